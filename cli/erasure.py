"""`tuiding erasure`: what would go of a subscription and what is in the way, and the order itself, which takes two."""

from typing import Annotated, Any

import typer

from cli import doors
from cli.command import command, group, refuse_without_yes
from cli.customers import Key
from cli.operators import Why
from cli.presentation import details, table
from cli.screen import Screen
from contracts.messages.ops import ErasureGround

app = group("Erases what is kept of a subscription, for good; a second person has to confirm.")
Whose = Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="As its requests name it, such as sub-line0001.")]
Ground = Annotated[ErasureGround, typer.Option(help="Why it has to go, as the law names it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@command(app)
def show(screen: Screen, subscription: Whose) -> None:
    """What would be erased, what stays by law, and what is in the way; nothing changes."""
    found = _ask(screen, subscription, {"ground": ErasureGround.REQUEST, "reason": "dry run", "dry_run": True}, None)
    shown = {name: len(found[name]) for name in ("requests", "letters")} | {"events": found["events"]}
    ways = [(each["request_id"], each["why"]) for each in found["in_the_way"]]
    rows = [details(shown | {"stays": ", ".join(found["stays"])}, screen.language)]
    screen.result(found, *rows, *([table(ways, "request", "in the way", language=screen.language)] if ways else []))
    if found["requests"] and not ways:
        screen.next(f"tuiding erasure order {subscription} --ground customers-request --reason WHY")
    elif found["letters"] and not found["requests"]:
        screen.next(f"tuiding dead-letters erase {found['letters'][0]} --reason WHY")


@command(app)
def order(screen: Screen, subscription: Whose, ground: Ground, reason: Why, yes: Yes = False, key: Key = None) -> None:
    """Proposes it; once a second person has confirmed, it is done everywhere and cannot be taken back."""
    question = screen.words(f"清除保存的关于 {subscription} 的一切？", f"erase all that is kept of {subscription}?")
    refuse_without_yes(screen, yes, question)
    answer = _ask(screen, subscription, {"ground": ground, "reason": reason}, key)
    screen.result(answer, details(answer, screen.language))
    screen.next(f"tuiding proposals confirm {answer['proposal']}")


def _ask(screen: Screen, subscription: str, body: dict[str, Any], key: str | None) -> dict[str, Any]:
    whole = {"subscription": subscription} | body
    answer: dict[str, Any] = doors.console(screen).post("/v1/erasures", whole, key)
    return answer
