"""Small histories for the invariants' own tests: one sound request, and ways to break it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.carrier.accounts import Balance
from contracts.carrier.asks import FinalBill
from contracts.fee_lines import FeeLine
from contracts.final_account import BalanceFate, FinalAccount
from contracts.flow import topic_name
from contracts.messages import Message, billing, commands, intake, notify, review
from contracts.words import Money, Text
from tests.contracts.sound import sample
from tests.proof.history import Account, AlarmFact, Effect, Event, History
from tests.proof.invariants import INVARIANTS

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
REQUEST = "11111111-2222-4333-8444-555555555555"
LINE = "sub-linecontract01"
ROOT = "command"
FEE = 1500


def told(type_: str, **changes: Any) -> Message:
    return sample(type_).model_copy(update={"request_id": REQUEST} | changes)


def submitted() -> Message:
    return told("cancellation.submit.v1")


def quoted(minor: int = FEE, version: int = 1) -> Message:
    example = told("quote.issued.v1")
    assert isinstance(example, billing.QuoteIssued)
    changes = {"version": version, "total": Money(minor=minor), "valid_until": AT + timedelta(days=7)}
    return example.model_copy(update={"quote": example.quote.model_copy(update=changes)})


def confirmed(given_at: datetime = AT, version: int = 1) -> Message:
    return told("confirmation.given.v1", quote_version=version, given_at=given_at, clauses_acknowledged=True)


def settled(minor: int = FEE, held: int = 0) -> Message:
    example = told("fee.settled.v1", quote_version=1, paid=Money(minor=minor), held=Money(minor=held))
    assert isinstance(example, billing.FeeSettled)
    return example.model_copy(update={"dates": example.dates.model_copy(update={"service_end": AT})})


def closed() -> Message:
    return told("request.closed.v1", notice="line-terminated")


SPEAKERS = {commands: "commands", intake: "intake", review: "review", billing: "billing", notify: "notify"}


def line(*messages: Message, **changes: Any) -> list[Event]:
    """Each said because of the one before; the first is the command."""
    events: list[Event] = []
    for index, message in enumerate(messages):
        speaker = type(message).__module__.rpartition(".")[2]
        topic = "commands" if index == 0 else ("intake" if speaker == "shared" else speaker)
        source = "/channels/app" if index == 0 else f"/tuiding/{topic}"
        cause, at = "" if index == 0 else events[-1].id, AT + timedelta(minutes=index)
        own = ROOT if index == 0 else f"event-{index}"
        count = 0 if index == 0 else 1 + sum(each.source == source for each in events)
        event = Event(topic_name(topic), 0, index, own, source, message, ROOT, cause, count, at)
        events.append(event._replace(**changes.get(f"at_{index}", {})))
    return events


def done(kind: str, what: str = "", minor: int = 0, at: timedelta = timedelta(minutes=4), entry: int = 1) -> Effect:
    effect = {"charge": minor, "refund": -minor, "waive": -minor}.get(kind, 0)
    return Effect(entry, kind, f"key-{entry}", REQUEST, LINE, what, minor, effect, AT + at)


def sound(**changes: Any) -> History:
    """Asked, quoted, confirmed, paid, switched off, told, closed."""
    effects = [
        done("charge", "settlement", FEE, entry=1),
        done("switch-off", "plan-basic", entry=2),
        done("send", "line-terminated", entry=3),
    ]
    accounts = [Account(LINE, 0, FEE), Account("carrier:cash", 0, -FEE)]
    events = line(submitted(), told("request.accepted.v1"), quoted(), confirmed(), settled(), closed())
    fields: dict[str, Any] = {"events": events, "effects": effects, "accounts": accounts, "lag": {}}
    return History(**(fields | changes))


def alarm(what: Any, due: datetime | None, at: datetime = AT) -> AlarmFact:
    return AlarmFact("billing", REQUEST, "quote-deadline", what, due, at)


# ---- final accounts --------------------------------------------------------------------------------------------------


def final_account(due: int, own: int, employer: int, kind: Any = "usage") -> FinalAccount:
    """Own money covers what is due, the rest is paid out; the employer's goes back."""
    nothing = Money(minor=0)
    money = {"used": Money(minor=due), "paid_out": Money(minor=own - due), "returned": nothing, "lost": nothing}
    theirs = {"used": nothing, "paid_out": nothing, "returned": Money(minor=employer), "lost": nothing}
    words = Text(zh="一项", en="One")
    charge = {"line": f"{kind}/one", "rule": kind, "item": None, "name": words, "steps": (), "clauses": ()}
    return FinalAccount(
        lines=(FeeLine(amount=Money(minor=due), kind=kind, **charge),),
        balances=(
            BalanceFate(origin="own", amount=Money(minor=own), **money),
            BalanceFate(origin="third-party", amount=Money(minor=employer), **theirs),
        ),
        owed=Money(minor=due),
        held=nothing,
        net=Money(minor=due - own),
    )


def balance_of(account: FinalAccount, origin: str, **parts: int) -> FinalAccount:
    changes = {name: Money(minor=minor) for name, minor in parts.items()}
    fates = (each.model_copy(update=changes if each.origin == origin else {}) for each in account.balances)
    return account.model_copy(update={"balances": tuple(fates)})


def with_account(account: FinalAccount, back: Message, effects: list[Effect]) -> History:
    """A line that closed with 50.00 of its own and 80.00 of an employer on it."""
    there = (Balance(origin="own", amount=Money(minor=5000)), Balance(origin="third-party", amount=Money(minor=8000)))
    bill = FinalBill(
        request_id=REQUEST,
        subscription=LINE,
        reference="bill-1",
        unbilled_usage=Money(minor=0),
        own_balance=Money(minor=5000),
        balances=there,
    )
    issued = told("final-bill.issued.v1", net=account.net, account=account, bill=bill)
    events = line(submitted(), told("request.accepted.v1"), quoted(), confirmed(), settled(), back, issued, closed())
    paid = [done("charge", "settlement", FEE), *effects]
    held = FEE + 13000 - sum(each.amount_minor for each in effects)
    accounts = [Account(LINE, 13000, held), Account("carrier:cash", 0, 13000 - held)]
    return sound(events=events, effects=paid, accounts=accounts)


def broken(invariant: str, history: History) -> str:
    """The first sentence this invariant has to say; fails when it has none."""
    found = INVARIANTS[invariant](history)
    assert found, f"{invariant} stayed green"
    assert {each.invariant for each in found} == {invariant}
    return found[0].sentence
