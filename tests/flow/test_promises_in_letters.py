"""Every sentence of every letter with a date or an amount is carried out by a step, or is a fact of the case."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import product

import pytest

from contracts.messages import Message, commands, ops, shared, termination
from contracts.words import Language, Money
from policies.pack import load
from runtime.kernel.store import ticks
from tests.flow import promises
from tests.flow.customer import WHO, confirm, decide_dispute, dispute, done, give_up, reopen, submit, withdraw
from tests.flow.promises import TABLE, Alarm, Clock, Moved, Proof, Same, Watched, events_of, field, reachable, told
from tests.flow.system import System

PACKS = ("cn-carrier", "de", "demo", "eu", "uk", "us-legacy")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EVERY = tuple(product(PACKS, Language))
pack_of = cache(load)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_date_and_amount_of_every_letter_is_walked_back(name: str, language: Language) -> None:
    proved = {(event, path) for event, paths in TABLE.items() for path in paths}
    assert told(pack_of(name), language) == proved, "neither a word without a proof nor a proof without a word"


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_no_letter_has_a_number_of_its_own(name: str, language: Language) -> None:
    assert promises.bare_numbers(pack_of(name), language) == set()


@pytest.mark.parametrize("name", PACKS)
def test_the_numbers_in_the_words_of_a_condition_are_those_it_decides_by(name: str) -> None:
    for row in pack_of(name).conditions:
        decided_by = set(re.findall(r"\d+", " ".join(map(repr, row.when))))
        for text in (row.reason.zh, row.reason.en, row.remedy.zh, row.remedy.en):
            assert set(re.findall(r"\d+", re.sub(r"{.*?}", "", text))) <= decided_by, (row.rule, text)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_letter_that_names_a_time_names_its_zone(name: str, language: Language) -> None:
    for notice in pack_of(name).notices:
        body = notice.body.in_language(language)
        assert ("| moment" in body or "| day" in body) == ("{{ pack | zone }}" in body), notice.notice


# ---- the journeys ----------------------------------------------------------------------------------------------------


def _closed_and_back(system: System) -> str:
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    system.advance(31 * DAY)
    system.books.payment_method("sub-linecontract01", works=False)
    reopen(system, request)
    system.books.payment_method("sub-linecontract01", works=True)
    reopen(system, request)
    return request


def _cannot_come_back(system: System) -> str:
    request = submit(system, "sub-reopened02")
    confirm(system, request)
    reopen(system, request)
    give_up(system, request)
    return request


def _asked_for_papers(system: System) -> str:
    return submit(system, "sub-norealname01")


def _nobody_decides(system: System) -> str:
    request = submit(system, "sub-business01")
    system.advance(4 * DAY)
    return request


def _never_paid(system: System) -> str:
    request = submit(system, "sub-declinealways01")
    confirm(system, request)
    system.advance(10 * DAY)
    return request


def _disputed_before(system: System) -> str:
    request = submit(system, "sub-disputeupheld01")
    dispute(system, request)
    confirm(system, request)
    decide_dispute(system, request, "upheld")
    return request


def _disputed_after(system: System) -> str:
    request = submit(system, "sub-disputelowered01")
    confirm(system, request)
    dispute(system, request)
    decide_dispute(system, request, "lowered", owed=Money(minor=100), overcharged=True)
    return request


def _withdrawn(system: System) -> str:
    request = submit(system, "sub-regret01")
    confirm(system, request)
    withdraw(system, request)
    return request


def _late(system: System) -> str:
    request = submit(system, "sub-latepromise01")
    confirm(system, request)
    system.advance(3 * DAY)
    system.carrier_acts("/customers/sub-latepromise01/fix-item", item="plan-basic")
    system.advance(HOUR)
    return request


def _account(system: System) -> str:
    request = submit(system, "sub-account01")
    confirm(system, request)
    return request


def _owing(system: System) -> str:
    request = submit(system, "sub-account02")
    confirm(system, request)
    return request


def _complains(system: System) -> str:
    request = submit(system, "sub-complaint01")
    for level in commands.ComplaintLevel:
        system.say(commands.EscalateComplaint(request_id=request, channel="web", level=level, ground="unfair-fee"))
        system.say(ops.ComplaintReplied(request_id=request, level=level, answer=f"letter-{level}", **WHO))
    return request


def _leaves(system: System) -> str:
    request = submit(system, "sub-portbalance01", kind="port-out")
    confirm(system, request)
    system.books.port_away("sub-portbalance01")
    system.advance(2 * HOUR)
    return request


def _code_not_used(system: System) -> str:
    request = submit(system, "sub-portclear01", kind="port-out")
    confirm(system, request)
    system.advance(2 * HOUR)
    return request


def _in_the_first_days(system: System) -> str:
    request = submit(system, "sub-coolingoff02", "phone-care")
    confirm(system, request)
    return request


JOURNEYS: tuple[tuple[Callable[[System], str], str], ...] = (
    (_closed_and_back, "cn-carrier"), (_cannot_come_back, "cn-carrier"), (_asked_for_papers, "cn-carrier"),
    (_nobody_decides, "cn-carrier"), (_never_paid, "cn-carrier"), (_disputed_before, "cn-carrier"),
    (_disputed_after, "cn-carrier"), (_withdrawn, "cn-carrier"), (_late, "cn-carrier"), (_account, "cn-carrier"),
    (_owing, "cn-carrier"), (_complains, "cn-carrier"), (_leaves, "cn-carrier"), (_code_not_used, "cn-carrier"),
    (_in_the_first_days, "demo"),
)  # fmt: skip
SEEN: set[promises.Told] = set()


@pytest.mark.parametrize(("journey", "pack"), JOURNEYS, ids=lambda each: getattr(each, "__name__", each).strip("_"))
def test_what_the_letters_of_a_journey_say_comes_true(journey: Callable[[System], str], pack: str) -> None:
    system = Watched(pack)
    try:
        request = journey(system)
        faults = [fault for event in system.events(request) for fault in _broken(system, request, event)]
        assert faults == []
    finally:
        system.close()


def test_every_promise_was_met_in_one_of_the_journeys() -> None:
    """Runs after them, in this file's order."""
    wanted = {(event, path) for event, paths in TABLE.items() for path, proof in paths.items() if _walks(path, proof)}
    if SEEN:
        assert wanted - SEEN == set()


def _walks(path: str, proof: Proof) -> bool:
    return reachable(path) and isinstance(proof, Alarm | Moved | Same)


def _broken(system: Watched, request: str, event: Message) -> Iterator[str]:
    for path, proof in TABLE.get(event.type, {}).items():
        value = field(event, path, system.pack) if _walks(path, proof) else None
        if value is None or (isinstance(value, Money) and value.minor <= 0):
            continue
        SEEN.add((event.type, path))
        if not _holds(system, request, value, proof):
            yield f"{event.type} {path}: {value} is not {proof}"


def _holds(system: Watched, request: str, value: datetime | Money, proof: Proof) -> bool:
    said = system.types(request)
    if isinstance(proof, Alarm):
        assert isinstance(value, datetime)
        set_then = [
            alarm for *whose, alarm, at in system.alarms if (*whose, at) == (proof.service, request, ticks(value))
        ]
        return any(alarm.endswith(proof.name) for alarm in set_then) or bool(proof.once and not {*proof.once} & {*said})
    if isinstance(proof, Moved):
        assert isinstance(value, Money)
        return value.minor in [minor for _, _, minor in done(system, request, *proof.kinds)] or not _paid(said)
    assert isinstance(proof, Same)
    others = [field(other, proof.field, system.pack) for other in events_of(system, request, proof.event)]
    return not others or value in others


def _paid(said: list[str]) -> bool:
    return "fee.settled.v1" in said


# ---- the clocks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "taken"), [(-timedelta(seconds=1), True), (timedelta(seconds=1), False)])
def test_a_dispute_is_taken_until_its_window_is_over(after: timedelta, taken: bool) -> None:
    system = System()
    request = submit(system, "sub-disputewaived01")
    confirm(system, request)
    system.advance(system.pack.due(system.now, system.pack.clocks.dispute_window) + after - system.now)
    dispute(system, request)
    assert ("dispute.opened.v1" in system.types(request)) == taken
    refused = [event.code for event in system.events(request) if isinstance(event, shared.CommandRefused)]
    assert bool(refused) == (not taken)
    system.close()


def test_a_number_is_kept_as_long_as_its_letter_says() -> None:
    system = System()
    request = submit(system, "sub-reopened01")
    confirm(system, request)
    free = system.the(termination.ServiceTerminated, request).number_free_from
    system.advance(free - timedelta(seconds=1) - system.now)
    assert "number.released.v1" not in system.types(request)
    system.advance(timedelta(seconds=1))
    assert system.the(termination.NumberReleased, request).kept_until == free
    system.close()


def test_every_clock_of_the_letters_has_its_test() -> None:
    tests = {proof.test for paths in TABLE.values() for proof in paths.values() if isinstance(proof, Clock)}
    assert [name for name in tests if name not in globals()] == []
