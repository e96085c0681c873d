"""A budget for each sender: junk slows whoever sends it, and stops nobody."""

import asyncio

import pytest

from runtime.envelope import Record
from runtime.kernel.arrivals import Consumed, Letter
from runtime.kernel.dead_letters import CANNOT_BE_STORED, DECISION_FAILED
from runtime.kernel.kernel import Kernel
from runtime.settings import Settings
from runtime.worker.engine import Engine, Flood
from runtime.worker.senders import LONGEST_LANE, InTurn, Senders, SlowLane
from runtime.worker.telemetry import MOST_SOURCES, Meters
from tests.kernel.steps import arrived
from tests.kernel.tally import buggy, pay
from tests.kernel.test_engine import Broker, nobody, until

TOPIC = "cancellation.commands"


def junk(offset: int, source: str = "/channels/web") -> Consumed:
    record = Record(TOPIC, b"k", b"{", [("ce_source", source.encode()), ("ce_type", b"payment.retry.v1")])
    return Consumed(record, 0, offset, 0, "tuiding-intake")


def letter(code: str, source: str = "/channels/web", topic: str = TOPIC) -> Letter:
    return Letter(code, topic, source)


def an_engine(kernel: Kernel, **settings: int) -> Engine:
    return Engine(kernel, Broker().publish, nobody, Settings(**settings), Meters("intake"))  # type: ignore[arg-type]


async def test_junk_of_one_sender_stops_no_service_and_the_others_are_decided(kernel: Kernel) -> None:
    engine, done = an_engine(kernel, junk_per_minute=200, dead_letters_per_minute=3), []
    task = asyncio.create_task(engine.run())
    for offset in range(1, 1001):
        await arrived(engine, junk(offset), lambda: None)
    await until(lambda: bool(engine.slowed))
    for offset in range(1001, 2001):
        await arrived(engine, junk(offset), lambda: None)
    await arrived(engine, pay(3000), lambda: done.append("web"))
    await until(lambda: engine.meters.handled._value.get() == 1)
    assert engine.slow_lane.waiting, "who pays did not wait for what the sender of junk has left to be looked at"
    assert engine.slowed == ("/channels/web on cancellation.commands",) and not task.done()
    assert done == [], "acknowledged only after all that came before it on its partition"
    await until(lambda: done == ["web"])
    task.cancel()


async def test_what_we_took_in_and_failed_at_still_stops_the_service_and_says_whose_fault_it_is(kernel: Kernel) -> None:
    engine = an_engine(kernel, dead_letters_per_minute=3)
    for number in range(10):
        await arrived(engine, buggy(number))
    with pytest.raises(Flood, match="decisions of ours failed within a minute: that is us, not them"):
        await engine.run()


@pytest.mark.parametrize(
    "code", ["breaks-contract", "headers-missing", "not-yours-to-say", "unknown-type", "too-large"]
)
def test_a_sender_is_slowed_beyond_its_budget_and_free_again_after_a_quiet_minute(code: str) -> None:
    senders = Senders(3)
    assert senders.heard([letter(code)] * 3, 0.0) == []
    (slowed,) = senders.heard([letter(code)], 1.0)
    assert slowed == (TOPIC, "/channels/web") and senders.heard([letter(code)], 2.0) == []
    assert senders.is_slowed(junk(1)) and not senders.is_slowed(junk(1, "/channels/app"))
    assert senders.slowed(61.9) == (slowed,) and senders.slowed(62.1) == ()
    assert not senders.is_slowed(junk(1))


@pytest.mark.parametrize("code", [DECISION_FAILED, CANNOT_BE_STORED])
def test_our_own_faults_are_nobody_elses(code: str) -> None:
    assert Senders(3).heard([letter(code)] * 10, 0.0) == []


def test_a_service_of_ours_is_never_slowed() -> None:
    assert Senders(3).heard([letter("unknown-type", "/tuiding/billing", "cancellation.billing")] * 10, 0.0) == []


def test_a_budget_is_a_minutes() -> None:
    senders = Senders(3)
    assert not any(senders.heard([letter("breaks-contract")], 25.0 * number) for number in range(20))


def test_who_calls_himself_another_each_time_is_one_sender() -> None:
    senders = Senders(3)
    for number in range(2000):
        senders.heard([letter("breaks-contract", f"/x/{number}")], 0.0)
    assert senders.is_slowed(junk(1, "/x/never heard of")) and len(senders._broken) < 600


def test_metrics_have_room_for_a_few_sources_only() -> None:
    meters = Meters("intake")
    for number in range(500):
        meters.senders([letter("breaks-contract", f"/x/{number}")], ())
    series = {sample.labels.get("source") for family in meters.letters_of.collect() for sample in family.samples}
    assert len(series) <= MOST_SOURCES + 1 and "others" in series


def test_the_slow_lane_is_bounded_keeps_its_order_and_lets_only_so_many_go() -> None:
    lane = SlowLane()
    out = [first for number in range(LONGEST_LANE + 5) if (first := lane.add(number)) is not None]
    assert out == [0, 1, 2, 3, 4]
    assert lane.due(1.0)[:2] == [5, 6] and lane.due(1.0) == [] and len(lane.due(1.5)) == 100


def test_what_came_is_acknowledged_in_its_order_whichever_is_done_first() -> None:
    turns, told = InTurn(), list[int]()
    first = turns.expect(lambda: told.append(1), records=2)
    second = turns.expect(lambda: told.append(2))
    second()
    first()
    assert told == []
    first()
    assert told == [1, 2]
