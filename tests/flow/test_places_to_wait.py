"""Whoever says follow-ups to requests that never come fills the places of his channel and topic, and nobody else's."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.flow import group_id, topic_name
from contracts.messages import commands
from contracts.messages.intake import CommandAwaited, RequestAccepted
from contracts.messages.shared import CommandRefused, RequestWithdrawn
from contracts.words import Channel
from runtime.envelope import Envelope, encode, event_type, traceparent
from runtime.kernel import due
from runtime.kernel.arrivals import Consumed, Outcome
from runtime.kernel.backlog import backlog
from runtime.kernel.cases import Conflict
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from runtime.kernel.tables import ALARMS, CASES, CLAIMS
from services.intake.app import WIRING
from tests.flow.packs import beside_ours, write
from tests.flow.system import System, new_id
from tests.flow.test_early_commands import PATIENCE

PLACES = 4
FLOOD = 16


@pytest.fixture
def system(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    write(tmp_path, "narrow", pack=f"extends: cn-carrier\npack: narrow\nmost_awaited: {PLACES}\n")
    database = getattr(request, "param", "memory:")
    url = request.getfixturevalue("fresh_postgresql_url") if database == "postgresql" else database
    system = System("narrow", url, where=beside_ours(tmp_path))
    yield system
    assert system.dead_letters() == []
    system.close()


def rows(system: System, table: sa.Table) -> int:
    return int(system.steppers["intake"].store.read(sa.select(sa.func.count()).select_from(table))[0][0])


def flood(system: System, topic: str = "commands.web", channel: str = "web", first: int = 0) -> None:
    for number in range(first, first + FLOOD):
        request_id = new_id(f"{topic} {channel} {number}")
        system.say(commands.WithdrawCancellation(request_id=request_id, channel=channel), topic)


def refused(system: System, code: str) -> list[CommandRefused]:
    return [each for each in system.events() if isinstance(each, CommandRefused) and each.code == code]


def withdraws_early(system: System, name: str, channel: Channel) -> None:
    mine = {"request_id": new_id(name), "channel": channel}
    system.say(commands.WithdrawCancellation(**mine), f"commands.{channel}")
    wish = {"kind": "product", "subscription": "sub-freeaddon01", "items": ("video-pack",), "reason": "price"}
    system.say(commands.SubmitCancellation(**mine, **wish), f"commands.{channel}")
    assert system.the(RequestWithdrawn, mine["request_id"])


@pytest.mark.parametrize("system", ["memory:", "postgresql"], indirect=True)
def test_a_flood_is_bounded_refused_with_its_reason_and_leaves_nothing_behind(system: System) -> None:
    flood(system)
    assert rows(system, CASES) == rows(system, ALARMS) == rows(system, CLAIMS) == PLACES
    beyond = refused(system, "too-many-waiting")
    assert len(beyond) == FLOOD - PLACES and "once the request is known" in beyond[0].hint.en
    withdraws_early(system, "of another channel", Channel.APP)
    system.advance(PATIENCE)
    assert len(refused(system, "unknown-request")) == PLACES
    assert (rows(system, CASES), due.next_alarm(system.steppers["intake"].store)) == (1, None)
    assert backlog(system.steppers["intake"].store, "1").early == {}
    flood(system, first=FLOOD)
    assert len([each for each in system.events() if isinstance(each, CommandAwaited)]) == 2 * PLACES + 1


def test_a_flood_of_one_topic_takes_no_place_of_another(system: System) -> None:
    for channel in Channel:
        flood(system, "commands", channel)
    for channel in (Channel.APP, Channel.WEB):
        withdraws_early(system, channel, channel)


def test_a_place_is_free_again_once_its_request_has_come(system: System) -> None:
    for number in range(3 * PLACES):
        withdraws_early(system, f"one after the other {number}", Channel.WEB)


def test_whoever_waits_is_heard_on_without_another_place_and_what_is_known_needs_none(system: System) -> None:
    flood(system)
    waiting = next(each.request_id for each in system.events() if isinstance(each, CommandAwaited))
    system.say(commands.RetryPayment(request_id=waiting, channel="web"), "commands.web")
    assert system.types(waiting) == ["command.awaited.v1"] * 2
    mine = {"request_id": new_id("known"), "channel": "web"}
    wish = {"kind": "product", "subscription": "sub-freeaddon01", "items": ("video-pack",), "reason": "price"}
    system.say(commands.SubmitCancellation(**mine, **wish), "commands.web")
    assert system.the(RequestAccepted, mine["request_id"])
    system.say(commands.WithdrawCancellation(**mine), "commands.web")
    assert system.the(RequestWithdrawn, mine["request_id"])


def test_a_place_given_up_is_open_to_the_request_that_comes_late(system: System) -> None:
    mine = {"request_id": new_id("late"), "channel": "web"}
    system.say(commands.WithdrawCancellation(**mine), "commands.web")
    system.advance(PATIENCE + timedelta(seconds=1))
    wish = {"kind": "product", "subscription": "sub-freeaddon01", "items": ("video-pack",), "reason": "price"}
    system.say(commands.SubmitCancellation(**mine, **wish), "commands.web")
    assert system.stage(mine["request_id"]) == "quoted"


@pytest.mark.parametrize("system", ["postgresql"], indirect=True)
def test_two_workers_that_take_places_at_once_take_no_more_than_there_are(
    system: System, fresh_postgresql_url: str
) -> None:
    """Both really at the same time, on one database, each deciding again what the other overtook."""
    workers = [Kernel(WIRING, Store(fresh_postgresql_url, "intake"), system.editions, name) for name in "ab"]
    for worker in workers:
        worker.step((), (), system.now)
    together, said = threading.Barrier(len(workers)), list[Outcome]()

    def works(worker: Kernel, mine: int) -> None:
        for number in range(mine, 2 * FLOOD, len(workers)):
            together.wait()
            while True:
                with contextlib.suppress(Conflict):
                    said.append(worker.step([early(system, number)], (), system.now))
                    break

    threads = [threading.Thread(target=works, args=(worker, at)) for at, worker in enumerate(workers)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    taken = {"web on cancellation.commands.web": PLACES}
    assert [backlog(worker.store, "a").early for worker in workers] == [taken] * 2
    for worker in workers:
        worker.store.close()
    types = Counter(event_type(each.record.headers) for outcome in said for each in outcome.publish)
    assert (types["command.awaited.v1"], types["command.refused.v1"]) == (PLACES, 2 * FLOOD - PLACES)
    assert rows(system, CASES) == rows(system, ALARMS) == rows(system, CLAIMS) == PLACES


def early(system: System, number: int) -> Consumed:
    own, topic = new_id(f"at once {number}"), topic_name("commands.web")
    message = commands.WithdrawCancellation(request_id=own, channel="web")
    envelope = Envelope(own, "/channels/web", message, own, "", traceparent(own, own))
    return Consumed(encode(topic, envelope, system.now, {}), number % 2, number, 0, group_id("intake"))
