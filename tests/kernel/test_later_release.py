"""Workers of two releases on one store: the earlier reads on while nothing new is said, and gives way once it is."""

import asyncio
import json
from functools import partial

import pytest
import sqlalchemy as sa

from contracts.messages import commands
from policies.pack import Pack, load
from runtime.decision import Decision
from runtime.kernel.cases import FromALaterRelease
from runtime.kernel.kernel import Kernel
from runtime.kernel.tables import CASES
from runtime.settings import Settings
from runtime.wiring import hears
from runtime.worker.engine import Engine
from runtime.worker.giving_up import Behind
from runtime.worker.telemetry import Meters
from runtime.worker.worker import _exit_code, _why
from tests.kernel import tally
from tests.kernel.conftest import Kernels
from tests.kernel.steps import OTHER, arrived, case
from tests.kernel.tally import NOW, REQUEST, Tally, pay
from tests.kernel.test_engine import Broker, nobody, running, until


class NextTally(Tally):
    """As the next release has it: one field more, and a use for it."""

    colour: str = ""


def paid(case: NextTally | None, message: commands.RetryPayment, now: object, pack: Pack) -> Decision:
    new = case or NextTally(request_id=message.request_id)
    used = {"colour": "red"} if message.request_id == OTHER else {}
    return Decision(new.model_copy(update={"heard": new.heard + 1} | used))


NEXT = tally.WIRING._replace(case=NextTally, on=(hears(commands.RetryPayment, paid), *tally.WIRING.on[1:]))


def newer(kernel: Kernel) -> Kernel:
    return Kernel(NEXT, kernel.store, load("demo"), "2")


def kept(kernel: Kernel, request_id: str) -> dict[str, object]:
    rows = kernel.store.read(sa.select(CASES.c.body).where(CASES.c.request_id == request_id))
    told: dict[str, object] = json.loads(rows[0].body)
    return told


def test_what_nobody_set_is_not_written(kernel: Kernel) -> None:
    newer(kernel).step([pay(1)], (), NOW)
    assert kept(kernel, REQUEST) == {"request_id": REQUEST, "heard": 1}


def test_two_releases_take_turns_at_a_case_while_the_new_field_is_unused(kernel: Kernel) -> None:
    for number, each in enumerate((kernel, newer(kernel), kernel, newer(kernel))):
        each.partitions_came()
        each.step([pay(number)], (), NOW)
    assert case(kernel).heard == 4


async def test_what_only_the_next_release_knows_is_left_to_it_and_nothing_is_lost(kernel: Kernel) -> None:
    later, broker, acknowledged = newer(kernel), Broker(), list[int]()
    later.step([pay(1, OTHER)], (), NOW)
    engine = Engine(kernel, broker.publish, nobody, Settings(), Meters("intake"), lambda: NOW)
    await arrived(engine, pay(2, OTHER), lambda: acknowledged.append(2))
    with pytest.raises(Behind, match=f"{OTHER} says colour, which only a later release knows.*upgrade.md") as stopped:
        await engine.run()
    await asyncio.to_thread(engine._thread.shutdown)
    assert _exit_code(stopped.value) == 78, "nothing starts it again"
    assert "请启动那个版本" in _why(stopped.value).zh and _why(stopped.value).en == str(stopped.value)
    assert acknowledged == [] and [each for each in broker.taken if each.topic.endswith("dead-letter")] == []
    async with running(later, broker) as taken_over:
        await arrived(taken_over, pay(2, OTHER), partial(acknowledged.append, 2))
        await until(lambda: acknowledged == [2])
    assert kept(kernel, OTHER) == {"request_id": OTHER, "heard": 2, "colour": "red"}


def test_a_worker_that_remembers_a_case_as_it_was_does_not_write_over_the_next_releases(another: Kernels) -> None:
    old = another("1")
    old.step([pay(1, OTHER)], (), NOW)
    newer(old).step([pay(2, OTHER)], (), NOW)
    with pytest.raises(Exception, match="another worker changed"):
        old.step([pay(3, OTHER)], (), NOW)
    with pytest.raises(FromALaterRelease):
        old.step([pay(3, OTHER)], (), NOW)
    assert kept(old, OTHER)["colour"] == "red"
