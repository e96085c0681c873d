"""An erased subscription is in no store of a service any more; what goes on is left alone; a replay erases again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contracts.messages import billing, commands, ops
from contracts.messages.intake import WithdrawalRequested
from contracts.messages.shared import AttentionRequired
from policies.pack import load
from runtime.kernel.arrivals import Consumed
from runtime.kernel.due import prune
from runtime.kernel.store import Store
from runtime.kernel.tables import CALLS, METADATA, REPLIES
from runtime.replay.archive import Archive
from runtime.replay.replay import Replay, wiring_of
from runtime.replay.store_diff import decided, rows
from services.intake.door.idempotency import Replies
from services.intake.door.lookup import SOMEBODY, place_of
from services.termination import domain
from services.termination.settled import settled
from tests.flow.customer import confirm, submit
from tests.flow.system import System, new_id

LONG = timedelta(days=200)
WHO: dict[str, Any] = {"operator": "lead-1", "second": "lead-2", "reason": "asked in writing"}
ACT: dict[str, Any] = {"erasure": new_id("act"), "ground": "customers-request", "requests": 1}
SUBSCRIPTION = "sub-linecontract01"


@pytest.fixture
def closed(system: System) -> str:
    request = submit(system, SUBSCRIPTION)
    confirm(system, request)
    system.advance(LONG)
    assert system.stage(request) == "closed"
    return request


def erase(system: System, request: str) -> None:
    system.say(ops.SubscriptionErased(request_id=request, **WHO, **ACT))


def left(system: System, *names: str) -> set[str]:
    """The tables that hold one of these names."""
    return {place for place, text in _texts(system) if any(name in text for name in names)}


def _texts(system: System) -> Iterator[tuple[str, str]]:
    for service, each in system.steppers.items():
        for table in METADATA.sorted_tables:
            yield from ((f"{service} {table.name}", str(tuple(row))) for row in each.store.read(sa.select(table)))


def test_after_the_erasure_no_store_holds_the_subscription_or_its_request(system: System, closed: str) -> None:
    assert left(system, SUBSCRIPTION, closed) >= {"intake cases", "billing cases", "intake claims", "termination cases"}
    erase(system, closed)
    assert left(system, SUBSCRIPTION, closed) == set()
    erase(system, closed)
    assert left(system, SUBSCRIPTION, closed) == set() and system.dead_letters() == []


def test_requests_of_others_and_of_the_same_subscription_are_left_alone(system: System, closed: str) -> None:
    other = submit(system, "sub-linecontract02", name="other")
    again = submit(system, SUBSCRIPTION, name="again")
    before = {name: system.case(name, other) for name in system.steppers}
    erase(system, closed)
    assert {name: system.case(name, other) for name in system.steppers} == before
    assert system.case("intake", again) is not None
    assert left(system, closed) == set()


def test_what_the_door_noted_goes_and_not_what_it_noted_of_a_line_whose_name_begins_alike(
    system: System, closed: str
) -> None:
    store = system.steppers["intake"].store
    names = (closed, SUBSCRIPTION, f"{SUBSCRIPTION}2", "sub-linecontract0")
    replies, (mine, *others) = (
        Replies(store),
        [commands.DisputeFee(request_id=new_id(name), channel="app", ground="not-disclosed") for name in names],
    )
    for each in (mine.model_copy(update={"request_id": closed}), *others):
        replies.note_received(each, system.now)
    for name in names[1:]:
        for days in range(8):
            replies.one_more_today(name, system.now - timedelta(days=days), 100)
    erase(system, closed)
    kept = {row.key for row in store.read(sa.select(REPLIES.c.key))}
    assert left(system, closed) == set() and not any(f":{SUBSCRIPTION}:" in key for key in kept)
    assert len(kept) == len(others) + 2 * 8


def test_a_submission_that_joined_another_goes_too(system: System) -> None:
    request = submit(system, SUBSCRIPTION)
    twin = submit(system, SUBSCRIPTION, name="twin")
    confirm(system, request)
    system.advance(LONG)
    erase(system, request)
    assert left(system, SUBSCRIPTION) != set()
    erase(system, twin)
    assert left(system, SUBSCRIPTION, twin) == set()


def test_what_the_carrier_is_still_asked_is_not_forgotten_but_set_aside() -> None:
    system = System()
    system.carrier_acts("/faults/charge", "PUT", kind="error", times=10_000)
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    erase(system, request)
    assert system.steppers["billing"].store.read(sa.select(CALLS.c.operation)) == [("charge",)]
    letters = {letter.topic: dict(letter.headers)["x-error-message"] or b"" for letter in system.dead_letters()}
    assert set(letters) == {"cancellation.intake.dead-letter", "cancellation.billing.dead-letter"}
    assert all(b"still under way here" in why for why in letters.values())
    system.close()


def test_a_repair_that_the_carrier_refused_for_good_keeps_nothing_for_ever(system: System, closed: str) -> None:
    """A line that is closed takes no orders: what was to be switched off once more went off with it."""
    system.say(commands.ReportProblem(request_id=closed, channel="app", problem="late"))
    refused = [event.code for event in system.events(closed) if isinstance(event, AttentionRequired)]
    assert refused and {*refused} == {"already-closed"} and system.case("termination", closed).repairing
    erase(system, closed)
    assert left(system, SUBSCRIPTION, closed) == set()


def test_names_go_also_where_the_case_went_long_ago(system: System, closed: str) -> None:
    prune(system.steppers["intake"].store, system.now + timedelta(days=1), timedelta(0))
    assert left(system, SUBSCRIPTION) >= {"intake claims"} and system.case("intake", closed) is None
    erase(system, closed)
    assert left(system, SUBSCRIPTION, closed) == set()


def test_what_was_withdrawn_before_a_yes_goes_from_termination_with_its_time(system: System) -> None:
    request = submit(system, SUBSCRIPTION)
    system.say(commands.WithdrawCancellation(request_id=request, channel="app"))
    assert system.stage(request) == "withdrawn" and system.case("termination", request) is not None
    store, keep = system.steppers["termination"].store, timedelta(days=1)
    prune(store, system.now, keep)
    assert system.case("termination", request) is not None
    prune(store, system.now + LONG, keep)
    assert system.case("termination", request) is None


def test_a_settlement_that_nobody_has_said_yes_to_stays_whatever_its_time_and_a_withdrawal(system: System) -> None:
    request = submit(system, SUBSCRIPTION)
    confirm(system, request)
    settlement = system.the(billing.FeeSettled, request)
    withdrawal = WithdrawalRequested(request_id=request, audience=settlement.audience)
    pack = load("cn-carrier")
    words: list[tuple[Any, Any]] = [(domain.withdraw, withdrawal), (settled, settlement)]
    for first, then in (words, words[::-1]):
        known = first[0](None, first[1], system.now, pack).case
        case = then[0](known, then[1], system.now, pack).case
        assert (case.open, case.withdrawal_wanted, case.held) == (True, True, (settlement,))


def test_the_same_wish_after_the_erasure_gets_an_id_of_its_own_and_its_own_end(system: System) -> None:
    store, ids = system.steppers["intake"].store, list[str]()
    for _ in range(3):
        wish = commands.SubmitCancellation(
            request_id=SOMEBODY, channel="app", subscription="sub-freeaddon01", kind="product", items=("video-pack",)
        )
        ids.append(place_of(store, wish).request_id)
        system.say(wish.model_copy(update={"request_id": ids[-1]}))
        system.advance(LONG)
        assert system.case("intake", ids[-1]) is not None
        erase(system, ids[-1])
        assert left(system, wish.subscription, ids[-1]) == set()
    assert len(set(ids)) == 3


def test_a_follow_up_after_the_erasure_meets_a_request_that_nobody_knows(system: System, closed: str) -> None:
    erase(system, closed)
    system.say(commands.DisputeFee(request_id=closed, channel="app", ground="not-disclosed"))
    system.advance(timedelta(days=1))
    assert "command.refused.v1" in system.types(closed)
    assert left(system, SUBSCRIPTION) == set() and system.dead_letters() == []


def test_a_replay_comes_to_the_same_stores_without_what_was_erased(system: System, closed: str) -> None:
    submit(system, "sub-complaint01", name="another")
    erase(system, closed)
    archive = Archive()
    archive.put(Consumed(each, 0, at, 0, "") for records in system.log.values() for at, each in enumerate(records))
    for name, live in system.steppers.items():
        again = Store("memory:", name)
        list(Replay(wiring_of(name), archive, again, lambda _: system.editions).run())
        assert _state(again) == _state(live.store), name
        assert archive.only_said_again(name) == archive.only_on_the_topic(name) == [], name
        again.close()
    archive.close()


def _state(store: Store) -> list[Any]:
    with store.engine.connect().execution_options(reading=True) as connection:
        return [(each.table.name, *row) for each in decided() for row in rows(each, connection)]
