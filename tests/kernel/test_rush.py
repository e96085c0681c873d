"""Under load a moment's patience fills a batch; one request alone, and the answers to what it asks, wait for nobody."""

import pytest

from runtime.kernel.kernel import Kernel
from runtime.rush import IN_A_ROW, Rush
from runtime.settings import Settings
from runtime.worker.engine import Engine
from runtime.worker.telemetry import Meters
from tests.kernel.steps import arrived
from tests.kernel.tally import pay
from tests.kernel.test_engine import Broker, nobody


def told(*pauses: float) -> list[bool]:
    """Whether a rush goes on at each of them; a pause lies between the end of one and the beginning of the next."""
    rush, now, found = Rush(0.02), 0.0, []
    for pause in pauses:
        now += pause
        found.append(rush.goes_on(now))
        now += 5.0  # however long its own work takes
        rush.ended(now)
    return found


def test_a_rush_has_begun_where_several_follow_each_other_and_ends_with_a_pause() -> None:
    close, apart = 0.001, 0.5
    assert told(apart, *[close] * IN_A_ROW, close, apart, close) == [False] * IN_A_ROW + [True, True, False, False]


@pytest.mark.parametrize(("turns", "waits"), [(2, False), (IN_A_ROW, True)])
async def test_a_call_and_its_answer_are_no_rush(kernel: Kernel, turns: int, waits: bool) -> None:
    engine = Engine(kernel, Broker().publish, nobody, Settings(), Meters("intake"))
    engine._rush.seconds = 3600.0  # however slow this machine is
    for number in range(turns):
        await arrived(engine, pay(number))
        await engine._gather()
        await engine._turn(engine._batch())
    await arrived(engine, pay(turns))
    gathering = engine._gather()
    try:
        gathering.send(None)
        waited = True
    except StopIteration:
        waited = False
    gathering.close()
    assert waited == waits


async def test_what_is_only_acknowledged_neither_waits_nor_makes_a_rush(kernel: Kernel) -> None:
    engine = Engine(kernel, Broker().publish, nobody, Settings(), Meters("intake"))
    engine._rush.seconds = 3600.0
    for _ in range(2 * IN_A_ROW):
        await arrived(engine, None)
        await engine._gather()
        await engine._turn(engine._batch())
    await arrived(engine, pay(1))
    with pytest.raises(StopIteration):
        engine._gather().send(None)
