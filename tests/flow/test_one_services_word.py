"""Nothing is switched off, charged, paid back or let go of on the word of one service alone."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from contracts.asyncapi import EXAMPLES
from contracts.messages import TYPES, Message, billing, commands, intake, notify, review, shared
from contracts.rights import spoken_on
from policies.customers_word import incident_of
from runtime.decision import NOTHING, AlarmRang
from runtime.kernel.tables import CASES, CLAIMS
from services.intake import ends, follow_ups
from services.termination import settled
from services.termination.case import TerminationCase
from tests.flow.customer import confirm, done, order_retry, reopen, submit, withdraw
from tests.flow.system import System

LINE = "sub-reopened01"
PATIENCE = timedelta(minutes=15)
EFFECTS = ("charge", "refund", "waive", "final-bill", "switch-off", "restore", "port-code")
Forged = type[Message]


def quoted(system: System) -> str:
    return submit(system, LINE)


def in_its_notice(system: System) -> str:
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    assert system.stage(request) == "scheduled"
    return request


def closed(system: System) -> str:
    request = submit(system, LINE)
    confirm(system, request)
    assert system.stage(request) == "closed"
    return request


def porting(system: System) -> str:
    return submit(system, "sub-portclear01", kind="port-out")


STAGES: dict[str, Callable[[System], str]] = {
    "quoted": quoted,
    "in its notice": in_its_notice,
    "closed": closed,
    "porting, quoted": porting,
}
SEEN: dict[str, set[str]] = {  # who looks is told of what was tried
    "quoted": {
        incident_of("confirmation"),
        "out-of-turn:fee.settled.v1",
        "out-of-turn:request.rejected.v1",
        "out-of-turn:request.withdrawn.v1",
        "out-of-turn:quote.expired.v1",
        "out-of-turn:settlement.abandoned.v1",
    },
    "in its notice": {
        incident_of("withdrawal"),
        incident_of("problem"),
        "out-of-turn:request.closed.v1",
        "out-of-turn:service.terminated.v1",
        "out-of-turn:item.terminated.v1",
        "out-of-turn:termination.late.v1",
    },
    "closed": {incident_of("withdrawal"), incident_of("reopening")},
    "porting, quoted": {incident_of("confirmation")},
}
SAID_BY_SERVICES = [
    model
    for model in TYPES.values()
    if model.__module__.rpartition(".")[2] in ("review", "billing", "termination", "notify", "shared")
]


@cache
def heard_once() -> dict[str, dict[Forged, Message]]:
    """What was really said in whole journeys of the same requests: the best that a forger could write."""
    found: dict[str, dict[Forged, Message]] = {}
    for name, begin in STAGES.items():
        system = System()
        request = begin(system)
        confirm(system, request)
        system.advance(timedelta(days=31))
        reopen(system, request)
        system.advance(timedelta(days=200))
        found[name] = {type(event): event for event in system.events(request)}
        system.close()
    return found


def forged(stage: str, model: Forged, request: str) -> Message:
    if model in heard_once()[stage]:
        return heard_once()[stage][model]
    body = model.model_validate_json((EXAMPLES / f"{model.type}.json").read_text(encoding="utf-8"))
    return body.model_copy(update={"request_id": request})


def state(system: System, request: str) -> tuple[Any, ...]:
    names = [tuple(row) for row in system.steppers["intake"].store.read(CLAIMS.select())]
    case = system.case("intake", request)
    return done(system, request, *EFFECTS), sorted(map(str, names)), case.open, case.ended


def topics(model: Forged) -> list[str]:
    """Where it may be said; intake says nothing of its own here."""
    short = (topic.removeprefix("cancellation.") for topic in spoken_on(model))
    return [topic for topic in short if topic != "intake"]


@pytest.mark.parametrize("stage", STAGES)
def test_what_one_service_says_alone_moves_nothing_and_ends_nothing(system: System, stage: str) -> None:
    request = STAGES[stage](system)
    before, believed = state(system, request), set()
    for model in SAID_BY_SERVICES:
        for topic in topics(model):
            system.say(forged(stage, model, request), topic)
        if state(system, request) != before:
            believed.add(model.type)
            before = state(system, request)
    assert not believed
    system.advance(PATIENCE + timedelta(seconds=1))
    assert state(system, request) == before
    asked = {each.incident for each in system.events(request) if isinstance(each, shared.AttentionRequired)}
    assert asked >= SEEN[stage]


INTAKES = "out-of-turn:fee.settled.v1"  # who knows at once that nobody said yes


def asked(system: System, request: str) -> list[shared.AttentionRequired]:
    return [each for each in system.events(request) if isinstance(each, shared.AttentionRequired)]


# ---- a settlement and its yes ----------------------------------------------------------------------------------------


def settled_alone(system: System) -> tuple[str, Message, Message]:
    """A request at its quote, with what intake and billing would say of it next."""
    request = quoted(system)
    real = heard_once()["quoted"]
    system.say(real[billing.FeeSettled], "billing")
    assert done(system, request, *EFFECTS) == []
    return request, real[billing.FeeSettled], real[intake.ConfirmationGiven]


def test_a_settlement_without_a_yes_waits_and_then_a_person_is_asked(system: System) -> None:
    request, _, _ = settled_alone(system)
    system.advance(PATIENCE - timedelta(seconds=1))
    assert [each.incident for each in asked(system, request)] == [INTAKES]
    system.advance(timedelta(seconds=1))
    first, second = asked(system, request)
    missing = first if second.incident == INTAKES else second
    assert (missing.incident, missing.code) == (incident_of("confirmation"), "customers-word-missing")
    order_retry(system, request, missing.incident)
    assert system.the(shared.CommandRefused, request).code == "never-said"
    assert done(system, request, *EFFECTS) == []


def test_the_yes_may_come_after_its_settlement_also_when_a_person_was_asked(system: System) -> None:
    request, _, yes = settled_alone(system)
    system.advance(PATIENCE)
    system.say(yes, "intake")
    assert "switch-off" in [kind for kind, _, _ in done(system, request)]
    solved = [each.incident for each in system.events(request) if isinstance(each, shared.AttentionResolved)]
    assert solved == [incident_of("confirmation")]


@pytest.mark.parametrize(
    "other", [{"quote_version": 2}, {"disclosure": {"quote_sha256": "0" * 64}}], ids=["version", "hash"]
)
def test_a_yes_to_another_quote_is_no_yes_to_this_settlement(system: System, other: dict[str, Any]) -> None:
    request, _, yes = settled_alone(system)
    assert isinstance(yes, intake.ConfirmationGiven) and yes.disclosure is not None
    if "disclosure" in other:
        other = {"disclosure": yes.disclosure.model_copy(update=other["disclosure"])}
    system.say(yes.model_copy(update=other), "intake")
    assert "switch-off" not in [kind for kind, _, _ in done(system, request)]


EARLIER, LATER = timedelta(microseconds=-1), timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("kind", "off", "believed"),
    [
        (intake.ConfirmationGiven, timedelta(), True),
        (intake.ConfirmationGiven, EARLIER, False),
        (intake.ConfirmationGiven, LATER, False),
        (intake.WordRecalled, EARLIER, True),  # intake says once more that there was one, and no longer when
    ],
)
def test_a_settlement_that_was_made_up_before_the_yes_cannot_name_its_moment(
    system: System, kind: Forged, off: timedelta, believed: bool
) -> None:
    request, settlement, yes = settled_alone(system)
    assert isinstance(yes, intake.ConfirmationGiven) and isinstance(settlement, billing.FeeSettled)
    case = system.case("termination", request)
    if kind is intake.ConfirmationGiven:
        said = yes.model_copy(update={"given_at": settlement.confirmed_at + off})
        decision = settled.confirmed(case, said, system.now, system.pack)
    else:
        recalled = intake.WordRecalled(request_id=request, word="confirmation", quote_version=yes.quote_version)
        decision = settled.recalled(case, recalled, system.now, system.pack)
    assert (decision.case is not None and decision.case.state != "waiting") == believed  # type: ignore[attr-defined]
    assert bool(decision.calls or decision.alarms) == believed


def test_a_retry_does_not_put_a_word_without_its_moment_beside_the_one_that_was_heard(system: System) -> None:
    request, settlement, yes = settled_alone(system)
    assert isinstance(yes, intake.ConfirmationGiven) and isinstance(settlement, billing.FeeSettled)
    heard = yes.model_copy(update={"given_at": settlement.confirmed_at + LATER})
    noted = settled.confirmed(system.case("termination", request), heard, system.now, system.pack).case
    assert isinstance(noted, TerminationCase)
    recalled = intake.WordRecalled(request_id=request, word="confirmation", quote_version=yes.quote_version)
    assert settled.recalled(noted, recalled, system.now, system.pack) == NOTHING


def test_a_withdrawn_request_is_not_switched_off_by_a_settlement_that_was_made_up_before_the_yes(
    system: System,
) -> None:
    request = submit(system, "sub-linecontract01")
    system.books.payment_method("sub-linecontract01", works=False)
    real = heard_once()["in its notice"][billing.FeeSettled]
    assert isinstance(real, billing.FeeSettled)
    at_once = real.dates.model_copy(update={"service_end": system.now})
    system.say(real.model_copy(update={"request_id": request, "dates": at_once}), "billing")
    system.advance(timedelta(seconds=1))
    confirm(system, request)
    withdraw(system, request)
    assert system.stage(request) == "withdrawn"
    assert done(system, request, *EFFECTS) == []


@pytest.mark.parametrize(("later", "code"), [(0, ""), (1, "quote-expired")])
def test_a_yes_after_the_quotes_last_second_is_no_yes_whoever_holds_a_settlement(
    system: System, later: int, code: str
) -> None:
    request, _, _ = settled_alone(system)
    case = system.case("intake", request)
    late = commands.ConfirmQuote(request_id=request, channel="app", quote_version=1, clauses_acknowledged=True)
    decision = follow_ups.confirm(case, late, case.quote.valid_until + timedelta(seconds=later), system.pack)
    (said,) = decision.events
    assert (said.code if isinstance(said, shared.CommandRefused) else "") == code


def test_an_operators_retry_asks_intake_which_says_again_what_the_customer_had_said(system: System) -> None:
    request = submit(system, "sub-linecontract01")
    system.books.payment_method("sub-linecontract01", works=False)
    confirm(system, request)
    with system.steppers["termination"].store.transaction() as tx:  # as if the yes had gone by an older build
        tx.execute(CASES.delete())
    system.books.payment_method("sub-linecontract01", works=True)
    system.say(commands.RetryPayment(request_id=request, channel="app"))
    system.advance(PATIENCE)
    assert "termination.scheduled.v1" not in system.types(request)
    order_retry(system, request, incident_of("confirmation"))
    assert system.the(intake.WordRecalled, request).quote_version == 1
    assert system.stage(request) == "scheduled"


# ---- money that goes back --------------------------------------------------------------------------------------------


def test_what_was_paid_goes_back_once_the_customers_withdrawal_is_heard_as_well(system: System) -> None:
    request = in_its_notice(system)
    audience = system.the(billing.FeeSettled, request).audience
    gone = shared.RequestWithdrawn(request_id=request, audience=audience, stage="review")
    system.say(gone, "review")
    assert done(system, request, "refund") == [] and system.stage(request) == "scheduled"
    withdraw(system, request)
    assert len(done(system, request, "refund")) == 1 and system.stage(request) == "withdrawn"


def test_told_of_its_end_first_a_request_is_closed_when_it_has_ended(system: System) -> None:
    request = in_its_notice(system)
    closing = heard_once()["in its notice"][notify.RequestClosed]
    system.say(closing, "notify")
    system.advance(PATIENCE)
    assert system.stage(request) == "scheduled"
    asked = system.the(shared.AttentionRequired, request)
    order_retry(system, request, asked.incident)
    assert system.the(shared.AttentionResolved, request).incident == asked.incident
    system.advance(timedelta(days=31))
    assert system.stage(request) == "closed"


def test_of_a_closing_without_its_settlement_it_is_said_that_the_settlement_is_missing(system: System) -> None:
    request = in_its_notice(system)
    said = heard_once()["in its notice"]
    lost = system.case("intake", request).model_copy(update={"settled_at": None, "stage": "confirmed"})
    for word, missing in (("off", "settled"), ("on", "switched off")):
        case = lost.model_copy(update={"closing": True, "switched_off": word == "off"})
        alarm = AlarmRang(request_id=request, name=ends.EARLY_CLOSE, at=system.now)
        (told,) = ends.never_arrived(case, alarm, system.now, system.pack).events
        assert isinstance(told, shared.AttentionRequired)
        assert told.detail == f"{said[notify.RequestClosed].type}: nobody has said that it was {missing}"


# ---- ends that only their speaker can know ---------------------------------------------------------------------------


def referred(system: System) -> str:
    request = submit(system, "sub-business01")
    assert system.stage(request) == "referred"
    return request


def test_reviews_no_before_a_quote_ends_the_request_without_any_effect_and_lets_go_of_what_it_held(
    system: System,
) -> None:
    request = referred(system)
    system.say(forged("quoted", review.RequestRejected, request), "review")
    assert not system.case("intake", request).open and done(system, request, *EFFECTS) == []
    assert review.RequestRejected.type in system.types(request), "the customer hears of it, and who said it"
    held = system.steppers["intake"].store.read(CLAIMS.select().where(CLAIMS.c.holder == request))
    assert list(held) == [], "the same can be asked for again"


def test_a_settlement_can_be_abandoned_once_the_customer_said_yes_and_can_no_longer_pay(system: System) -> None:
    system.books.payment_method("sub-linecontract01", works=False)
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    system.say(forged("quoted", billing.SettlementAbandoned, request), "billing")
    assert system.case("intake", request).open
    system.advance(system.case("intake", request).due - system.now)
    assert not system.case("intake", request).open and done(system, request, *EFFECTS) == []
