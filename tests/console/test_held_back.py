"""An open transaction on the console: in the strip, among the topics, for programs and for whoever measures."""

import asyncio
import html
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from runtime.envelope import Record
from runtime.kafka.lag import Lag
from runtime.kafka.record_times import Place
from runtime.kafka.uncommitted import Spot, Uncommitted
from runtime.kernel.arrivals import Consumed
from services.console.showing.measured import Measured
from services.console.showing.shared_view import View
from services.console.watched.behind import unread
from services.console.watched.findings import Waiting, findings
from services.console.watched.watch import Watch
from tests.console.conftest import FakeBroker, FakeHost, Visit

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
TOPIC = "cancellation.commands.app"


def hanging(seconds: float, partition: int = 0, topic: str = TOPIC) -> Uncommitted:
    return Uncommitted(topic, partition, 7, 5, NOW - timedelta(seconds=seconds), seconds, "/channels/app")


def standing(bootstrap: str, wait_seconds: float) -> list[Lag]:
    return [Lag(TOPIC, 0, "tuiding-intake", 7, 7, 12)]


@pytest.fixture
def broker() -> FakeBroker:
    broker, stamp = FakeBroker(), int((datetime.now(UTC) - timedelta(minutes=5)).timestamp() * 1000)
    broker.first = Consumed(Record(TOPIC, b"k", b"v", [("ce_source", b"/channels/app")]), 0, 7, stamp, "")
    return broker


@pytest.mark.parametrize(
    ("open_ones", "expected"),
    [
        ([], []),
        ([hanging(29)], []),
        ([hanging(31)], [(TOPIC, 5)]),
        ([hanging(31), hanging(900, 3)], [(TOPIC, 10)]),
        ([hanging(31), hanging(40, topic="cancellation.ops")], [("cancellation.ops", 5), (TOPIC, 5)]),
    ],
)
def test_what_hangs_is_one_finding_a_topic(open_ones: list[Uncommitted], expected: list[tuple[str, int]]) -> None:
    found = findings(Waiting(), [], [], "", None, NOW, standing=open_ones)
    assert [(each.link.removeprefix("/topics/"), each.waiting) for each in found] == expected
    assert {(each.kind, each.level) for each in found} <= {("uncommitted", "bad")}


def test_it_names_the_place_that_waited_longest_who_began_it_and_what_ends_it() -> None:
    (found,) = findings(Waiting(), [], [], "", None, NOW, standing=[hanging(31), hanging(900, 3)])
    assert found.since == NOW - timedelta(seconds=900)
    for said in found.detail.in_language("zh"), found.detail.in_language("en"):
        assert f"{TOPIC}[3]" in said and "/channels/app" in said and f"tuiding topics abort {TOPIC} 3" in said


def test_while_nobody_can_ask_the_broker_nothing_is_said_of_what_stood_there_before() -> None:
    found = findings(Waiting(), [], [], "No broker.", NOW, NOW, standing=[hanging(900)])
    assert [each.kind for each in found] == ["broker"]


@pytest.mark.asyncio
async def test_pages_and_programs_show_how_many_records_stand_uncommitted(visit: Visit) -> None:
    async with visit(standing) as console:
        for path in ("/topics", f"/topics/{TOPIC}"):
            page = html.unescape((await console.get(path, headers={"accept-language": "en"})).text)
            assert "An open transaction holds back a topic" in page and "uncommitted" in page and "5 min" in page
        (seen,) = (await console.get("/v1/overview")).json()["topics"]
        assert seen["uncommitted"] == 5 and 300 <= seen["uncommitted_seconds"] < 310
        (found,) = (await console.get("/v1/findings")).json()["findings"]
        assert (found["kind"], found["waiting"]) == ("uncommitted", 5)


@pytest.mark.asyncio
async def test_whoever_measures_gets_the_age_and_the_record_is_looked_at_once(
    host: FakeHost, broker: FakeBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, moment = list[Any](), [0.0]
    ask = broker.first_uncommitted
    broker.ask = standing

    def counting(wanted: Mapping[Place, int]) -> dict[Spot, Consumed]:
        asked.append(dict(wanted))
        return ask(wanted)

    monkeypatch.setattr(broker, "first_uncommitted", counting)
    watch = Watch(broker, lambda: moment[0])
    for _ in range(3):
        moment[0] += 10
        await watch.now()
        while watch._asking is not None:
            await asyncio.sleep(0.001)
    assert asked == [{(TOPIC, 0): 7}, {}, {}]
    ages = {each.name: each for each in Measured(View(host, watch)).collect()}["tuiding_uncommitted_seconds"]
    assert [(each.labels, 300 <= each.value < 310) for each in ages.samples] == [({"topic": TOPIC}, True)]
    broker.ask = partial(lambda bootstrap, wait: [Lag(TOPIC, 0, "tuiding-intake", 12, 12, 12)])
    moment[0] += 10
    await watch.now()
    while watch._asking is not None:
        await asyncio.sleep(0.001)
    assert watch.seen.open == []


def test_what_lies_on_a_topic_that_was_made_again_is_unread() -> None:
    """A group whose position lies behind the end has read nothing of what is there now."""
    group = Lag(TOPIC, 0, "tuiding-intake", 100, 7, 7)
    assert (group.behind, group.unread_from) == (7, -1)
    assert unread([group]) == {(TOPIC, 0): {"tuiding-intake": -1}}
    assert Lag(TOPIC, 0, "tuiding-intake", 7, 7, 7).behind == 0
