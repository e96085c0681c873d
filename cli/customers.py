"""What a customer, or whoever speaks for one, does: submit, quote, confirm, withdraw, reopen, status."""

from datetime import datetime
from typing import Annotated, Any

import typer

from cli import doors
from cli.command import command, refuse_without_yes
from cli.curve import curve
from cli.days import day, in_zone_of_rules
from cli.failure import Exit, Failure
from cli.presentation import details, plain
from cli.quoted import obstacles, offer
from cli.screen import Screen
from contracts.words import Channel, Kind, Language, Reason

app = typer.Typer()
Subscription = Annotated[str, typer.Argument(help="The carrier's reference of the line, such as sub-freeaddon01.")]
Request = Annotated[str, typer.Argument(metavar="ID", help="The request's id.")]
Items = Annotated[list[str] | None, typer.Argument(metavar="[ITEM]...", help="What to drop; none: the whole line.")]
KindOption = Annotated[Kind | None, typer.Option(help="Default: product when items are named, else line.")]
By = Annotated[Channel, typer.Option(help="The channel the customer uses.")]
Key = Annotated[str | None, typer.Option("--idempotency-key", help="Say the same again to repeat without doubling.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Agent = Annotated[str | None, typer.Option(help="Who filed for the customer (hotline, counter).")]
Call = Annotated[str | None, typer.Option(help="Reference of the call.")]
Document = Annotated[str | None, typer.Option("--identity-document", help="Reference of the proof of identity.")]
Paper = Annotated[str | None, typer.Option("--signed-paper", help="Reference of the signed confirmation.")]


@command(app)
def submit(
    screen: Screen,
    subscription: Subscription,
    items: Items = None,
    kind: KindOption = None,
    channel: By = Channel.APP,
    reason: Reason = Reason.OTHER,
    requested_end: Annotated[datetime | None, day("When it shall end; else as soon as possible.")] = None,
    notices_in: Annotated[Language | None, typer.Option(help="Language of the notices.")] = None,
    resubmission_of: Annotated[str | None, typer.Option(help="The request that was returned or rejected.")] = None,
    free_exit: Annotated[str | None, typer.Option(help="A ground on which leaving is free, such as moved.")] = None,
    agent: Agent = None,
    call: Call = None,
    identity_document: Document = None,
    key: Key = None,
) -> None:
    """Hands in a cancellation."""
    asked, door = _wish(subscription, items, kind, channel), doors.intake(screen)
    wish = asked | {
        "reason": reason,
        "requested_end": in_zone_of_rules(screen, door, asked, [requested_end])[0],
        "language": notices_in,
        "resubmission_of": resubmission_of,
        "free_exit": free_exit,
        "proof": _given({"agent": agent, "call": call, "identity_document": identity_document}),
    }
    answer = door.post("/v1/cancellations", _given(wish), key)
    screen.result(answer, details(answer, screen.language))
    screen.next(f"tuiding trace {answer.get('request_id', '')} --follow")


@command(app)
def quote(
    screen: Screen,
    subscription: Subscription,
    items: Items = None,
    kind: KindOption = None,
    channel: By = Channel.APP,
    requested_end: Annotated[datetime | None, day("The end to price; else as soon as possible.")] = None,
    on: Annotated[list[datetime] | None, day("A date to compare; say it again for more, up to 24.")] = None,
) -> None:
    """What an end would cost and change, now and on other dates; creates nothing."""
    wish, door = _wish(subscription, items, kind, channel), doors.intake(screen)
    end, *dates = in_zone_of_rules(screen, door, wish, [requested_end, *(on or ())])
    answer = door.post("/v1/quotes", _given(wish | {"requested_end": end, "dates": dates or None}))
    zone = str(answer.get("time_zone") or "")
    parts = (*offer(answer.get("quote") or {}, screen, zone), *obstacles(answer, screen))
    screen.result(answer, *parts, *curve(answer.get("dates") or (), screen, screen.out.width, zone))
    screen.next(" ".join(["tuiding submit", subscription, *(items or ())]))


@command(app)
def confirm(
    screen: Screen,
    request: Request,
    version: Annotated[int | None, typer.Option("--quote-version", help="Default: the latest quote.")] = None,
    channel: By = Channel.APP,
    agent: Agent = None,
    call: Call = None,
    signed_paper: Paper = None,
    yes: Yes = False,
    key: Key = None,
) -> None:
    """Says yes to the quote, its fees, effects and clauses."""
    quote = _offer(screen, request)
    if not screen.as_json:
        screen.show(*offer(quote, screen))
    total = plain(quote.get("total"), screen.language)
    refuse_without_yes(screen, yes, screen.words(f"确认退订,费用 {total}?", f"Confirm, for {total}?"))
    body = {
        "channel": channel,
        "quote_version": version or quote["version"],
        "clauses_acknowledged": True,
        "proof": _given({"agent": agent, "call": call, "signed_paper": signed_paper}),
    }
    answer = doors.intake(screen).post(f"/v1/cancellations/{request}/confirmation", body, key)
    screen.result(answer, details(answer, screen.language))
    screen.next(f"tuiding trace {request} --follow")


@command(app)
def withdraw(screen: Screen, request: Request, channel: By = Channel.APP, yes: Yes = False, key: Key = None) -> None:
    """Stays after all; possible until the first item is switched off."""
    refuse_without_yes(screen, yes, screen.words("撤回该申请?", "Withdraw this request?"))
    answer = doors.intake(screen).post(f"/v1/cancellations/{request}/withdrawal", {"channel": channel}, key)
    screen.result(answer, details(answer, screen.language))
    screen.next(f"tuiding status {request}")


@command(app)
def reopen(
    screen: Screen,
    request: Request,
    channel: By = Channel.APP,
    agent: Agent = None,
    call: Call = None,
    signed_paper: Paper = None,
    yes: Yes = False,
    key: Key = None,
) -> None:
    """Has a closed line back while its number is kept, for the fee that was shown."""
    fee = _reopening_fee(screen, request)
    said = plain(fee, screen.language)
    refuse_without_yes(screen, yes, screen.words(f"恢复该号码,费用 {said}?", f"Reopen the line, for {said}?"))
    proof = _given({"agent": agent, "call": call, "signed_paper": signed_paper})
    body = {"channel": channel, "fee": fee, "proof": proof}
    answer = doors.intake(screen).post(f"/v1/cancellations/{request}/reopening", body, key)
    screen.result(answer, details(answer, screen.language))
    screen.next(f"tuiding trace {request} --follow")


@command(app)
def status(screen: Screen, request: Request) -> None:
    """Where a request stands, and what can be done next."""
    answer = doors.intake(screen).get(f"/v1/cancellations/{request}")
    screen.result(answer, details(answer, screen.language))
    waiting = answer.get("stage") == "quoted"
    screen.next(f"tuiding confirm {request}" if waiting else f"tuiding trace {request}")


def _wish(subscription: str, items: list[str] | None, kind: Kind | None, channel: Channel) -> dict[str, Any]:
    wanted = kind or (Kind.PRODUCT if items else Kind.LINE)
    return {"channel": channel, "kind": wanted, "subscription": subscription, "items": items or []}


def _offer(screen: Screen, request: str) -> dict[str, Any]:
    quote = doors.intake(screen).get(f"/v1/cancellations/{request}").get("quote")
    if not quote:
        said = screen.words("该申请还没有费用确认单。", "This request has no quote to confirm.")
        raise Failure(Exit.REFUSED, said, f"tuiding status {request}", "no-such-quote")
    return dict(quote)


def _reopening_fee(screen: Screen, request: str) -> dict[str, Any]:
    number = doors.intake(screen).get(f"/v1/cancellations/{request}").get("number") or {}
    terms = number.get("terms")
    if not terms:
        said = screen.words("该申请没有可恢复的已销号码。", "This request has no closed line that could be reopened.")
        raise Failure(Exit.REFUSED, said, f"tuiding status {request}", "nothing-to-reopen")
    return dict(terms["fee"])


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, {})}
