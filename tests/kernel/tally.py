"""A tiny service for the kernel's own tests: counts what it hears, says it, asks and sets alarms when told to."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid5

from contracts.carrier.asks import SubscriptionAsk
from contracts.messages import commands, intake
from contracts.messages.base import Message
from contracts.rights import SPEAKERS, spoken_on
from policies.pack import Pack
from runtime.decision import Alarm, AlarmRang, Call, Case, Decision, Taken
from runtime.envelope import NAMESPACE, Envelope, Record, encode, traceparent
from runtime.kernel.arrivals import Consumed
from runtime.wiring import Wiring, hears

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
REQUEST = str(uuid5(NAMESPACE, "the request"))
POISON = Consumed(Record("cancellation.commands", b"k\xff", b"\x00 not json", [("ce_id", b"\xfe")]), 3, 14, 0, "g")


class Tally(Case):
    heard: int = 0
    rung: int = 0


def paid(
    case: Tally | None, message: commands.RetryPayment | intake.PaymentRetried, now: datetime, pack: Pack
) -> Decision:
    """Counts, says it and arms the alarm."""
    new = (case or Tally(request_id=message.request_id)).model_copy(update={"heard": (case.heard if case else 0) + 1})
    return Decision(new, (intake.PaymentRetried(request_id=message.request_id),), alarms=(Alarm("later", LATER),))


def withdrawn(case: Tally | None, message: commands.WithdrawCancellation, now: datetime, pack: Pack) -> Decision:
    return Decision(case, alarms=(Alarm("later", None),))


def problem(case: Tally | None, message: commands.ReportProblem, now: datetime, pack: Pack) -> Decision:
    raise ZeroDivisionError("a bug in a decision")


def complaint(case: Tally | None, message: commands.EscalateComplaint, now: datetime, pack: Pack) -> Decision:
    new = case or Tally(request_id=message.request_id)
    return Decision(new, calls=(Call("look-up", SubscriptionAsk(subscription="sub-free01"), note="n"),))


def claim(case: Tally | None, message: commands.DisputeFee, now: datetime, pack: Pack) -> Decision:
    if message.ground == "let-go":
        return Decision(Tally(request_id=message.request_id), release=True)
    return Decision(Tally(request_id=message.request_id), claims=("the-line",))


def taken(case: Tally | None, message: Taken, now: datetime, pack: Pack) -> Decision:
    joined = message.holders["the-line"]
    return Decision(events=(intake.SubmissionJoined(request_id=message.request_id, joined=joined),))


def rang(case: Tally, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    event = intake.PaymentRetried(request_id=message.request_id)
    return Decision(case.model_copy(update={"rung": case.rung + 1}), (event,))


def answered(case: Tally, message: Any, now: datetime, pack: Pack) -> Decision:
    return Decision(case, (intake.PaymentRetried(request_id=case.request_id),))


WIRING = Wiring(
    service="intake",
    case=Tally,
    on=(
        hears(commands.RetryPayment, paid),
        hears(commands.WithdrawCancellation, withdrawn),
        hears(commands.ReportProblem, problem),
        hears(commands.EscalateComplaint, complaint),
        hears(commands.DisputeFee, claim),
        hears(intake.PaymentRetried, paid),
    ),
    answers={"look-up": answered},
    refusals={"look-up": answered},
    rings={"later": rang},
    taken=taken,
)


def record(message: Message, number: int, **headers: str) -> Consumed:
    """`number` makes the message's id: the same number is the same message again."""
    own = str(uuid5(NAMESPACE, f"message {number}"))
    topic = spoken_on(type(message))[0]
    source = SPEAKERS.get(topic, "/channels/test")
    made = encode(topic, Envelope(own, source, message, own, "", traceparent(own, own)), NOW, {})
    names = {name: name if name.startswith("ce_") else name.replace("_", "-") for name in headers}
    extra = [(names[name], value.encode()) for name, value in headers.items()]
    return Consumed(made._replace(headers=[*made.headers, *extra]), 0, number, 0, "tuiding-intake")


def pay(number: int, request_id: str = REQUEST, **headers: str) -> Consumed:
    return record(commands.RetryPayment(request_id=request_id, channel="app"), number, **headers)


def heard(number: int, request_id: str, policy: str) -> Consumed:
    """An event as another service says it, decided under `policy`."""
    return record(intake.PaymentRetried(request_id=request_id), number, ce_policyversion=policy)


def withdraw(number: int) -> Consumed:
    return record(commands.WithdrawCancellation(request_id=REQUEST, channel="app"), number)


def buggy(number: int) -> Consumed:
    return record(commands.ReportProblem(request_id=REQUEST, channel="app", problem="late"), number)


def ask(number: int) -> Consumed:
    wish = commands.EscalateComplaint(request_id=REQUEST, channel="app", level="operator", ground="unfair")
    return record(wish, number)


def hold(number: int, request_id: str, ground: str = "too-high") -> Consumed:
    return record(commands.DisputeFee(request_id=request_id, channel="app", ground=ground), number)
