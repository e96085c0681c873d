"""What an operator decides, with a reason, as who is signed in: reviews, disputes, retries, complaints, reopenings."""

from typing import Annotated, Any

import typer

from cli import doors
from cli.command import command, group
from cli.customers import By, Key, Request
from cli.failure import Exit, Failure, both
from cli.presentation import details
from cli.screen import Screen
from contracts.messages.commands import ComplaintLevel
from contracts.messages.ops import ElsewhereGround
from contracts.words import Channel, Money, Ruling
from policies.amounts import NotAnAmount, typed

app = typer.Typer()
review = group("A request that was referred to a person.")
dispute = group("A fee the customer disputes.")
complaint = group("A complaint that waits for an answer.")
elsewhere = group("What was refused here and is done elsewhere.")
reopening = group("A closed line the customer wants back.")
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]
WhyRead = Annotated[str, typer.Option("--reason", help="Why; it is kept, and the customer reads it.")]


@command(review)
def approve(screen: Screen, request: Request, reason: Why, key: Key = None) -> None:
    """Lets it go on."""
    _order(screen, request, "review-decision", {"approve": True}, reason, key)


@command(review)
def reject(screen: Screen, request: Request, reason: WhyRead, key: Key = None) -> None:
    """Ends it; the customer is told why and what can be done."""
    _order(screen, request, "review-decision", {"approve": False}, reason, key)


@command(dispute, "open")
def open_dispute(
    screen: Screen,
    request: Request,
    ground: Annotated[str, typer.Argument(help="A code, such as not-disclosed.")],
    line: Annotated[list[str] | None, typer.Option(help="A fee line that is not owed; none: all of them.")] = None,
    channel: By = Channel.HOTLINE,
    key: Key = None,
) -> None:
    """Says for a customer that a fee is not owed; it is held out while it is argued."""
    body = {"channel": channel, "ground": ground, "lines": line or []}
    answer = doors.intake(screen).post(f"/v1/cancellations/{request}/dispute", body, key)
    screen.result(answer, details(answer, screen.language))
    screen.next(f"tuiding trace {request}")


@command(dispute)
def decide(
    screen: Screen,
    request: Request,
    outcome: Annotated[Ruling, typer.Argument(help="upheld: it stands; lowered: --owed remains; waived: not owed.")],
    reason: WhyRead,
    owed: Annotated[
        str | None, typer.Option(help="With lowered: what remains due, such as 152.00 for 152 yuan.")
    ] = None,
    currency: Annotated[str, typer.Option(help="Currency of --owed.")] = "CNY",
    key: Key = None,
) -> None:
    """Ends the argument about a fee; the charge or refund follows by itself."""
    if (owed is None) == (outcome is Ruling.LOWERED):
        raise Failure(
            Exit.USAGE,
            both("--owed 只用于 `lowered`，且必须给出。", "--owed belongs to `lowered`, and only to that."),
            both("请写明还应付多少，如 --owed 152.00。", "Say what remains due, such as --owed 152.00."),
        )
    remains = {} if owed is None else {"owed": _remaining(owed, currency).model_dump()}
    _order(screen, request, "dispute-decision", {"outcome": outcome} | remains, reason, key)


def _remaining(owed: str, currency: str) -> Money:
    try:
        return typed(owed, currency)
    except NotAnAmount as no:
        said = both(f"--owed：{no.why.zh}。", f"--owed {no.why.en}.")
        how = both("以元为单位，不是分。", "It is in the currency's main unit, not in cents.")
        raise Failure(Exit.USAGE, said, how) from no


@command(app)
def retry(
    screen: Screen,
    request: Request,
    incident: Annotated[str, typer.Argument(help="The open incident, as `tuiding trace` names it.")],
    reason: Why,
    key: Key = None,
) -> None:
    """Tries again what an outside system refused for good."""
    _order(screen, request, "retry", {"incident": incident}, reason, key)


@command(elsewhere)
def note(
    screen: Screen,
    request: Request,
    incident: Annotated[str, typer.Argument(help="The open incident, as `tuiding trace` names it.")],
    ground: Annotated[
        ElsewhereGround,
        typer.Argument(help="off: an item; billed: a charge or last bill; not-charged: a charge; refunded: a refund."),
    ],
    evidence: Annotated[str, typer.Argument(help="Reference of what shows it, such as the other bill's.")],
    reason: Why,
    key: Key = None,
) -> None:
    """Notes that it is off, billed or given back elsewhere, or taken by nobody: it goes on, no money moves here."""
    body = {"incident": incident, "ground": ground, "evidence": evidence}
    _order(screen, request, "elsewhere-note", body, reason, key)


@command(reopening, "give-up")
def give_up(screen: Screen, request: Request, reason: WhyRead, key: Key = None) -> None:
    """Ends a reopening that cannot be carried out: what was restored goes off, the fee goes back."""
    _order(screen, request, "reopening-abandonment", {}, reason, key)


@command(complaint)
def reply(
    screen: Screen,
    request: Request,
    level: ComplaintLevel,
    answer: Annotated[str, typer.Argument(help="Reference of the letter that answers.")],
    reason: WhyRead,
    key: Key = None,
) -> None:
    """Notes what was answered at a level of the complaint."""
    _order(screen, request, "complaint-reply", {"level": level, "answer": answer}, reason, key)


def _order(screen: Screen, request: str, what: str, body: dict[str, Any], reason: str, key: str | None) -> None:
    answer = doors.console(screen).post(f"/v1/requests/{request}/{what}", body | {"reason": reason}, key)
    screen.result(answer, details(answer, screen.language))
    waits = f"tuiding proposals confirm {answer['proposal']}" if "proposal" in answer else ""
    screen.next(waits or f"tuiding trace {request}")
