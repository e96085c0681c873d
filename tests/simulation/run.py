"""One seed from the first word to the last check."""

import asyncio
import gc
import hashlib
import itertools
import logging
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import structlog

from contracts.messages.commands import SubmitCancellation
from runtime.kernel.arrivals import Consumed
from tests.proof.ends import nothing_true_is_doubted
from tests.proof.history import History, Violation
from tests.proof.invariants import check
from tests.proof.reading import end_name, is_end
from tests.simulation.aftermath import history_of
from tests.simulation.cast import cast
from tests.simulation.chaos import Seen
from tests.simulation.customer import Customer
from tests.simulation.dice import dice_of
from tests.simulation.engine import long_waits
from tests.simulation.log import Heard
from tests.simulation.loop import VirtualLoop
from tests.simulation.operator import Operator
from tests.simulation.seams import Line, Plan, Seams
from tests.simulation.watched import batches
from tests.simulation.weather import storms
from tests.simulation.world import World

DAY = 86400.0
MOST_PEOPLE = 5
CHAOS_DAYS = 120.0
QUIET_ROUNDS = 60
RUNS = itertools.count()
QUIET_DAYS = (0.001, 0.1, 1.0, 5.0, 20.0)
UNTIL_EVERY_NUMBER_IS_FREE_DAYS = 95.0  # once: after 400 days in all a service forgets what it has heard


@dataclass
class Report:
    seed: int
    requests: int
    events: int
    ends: Counter[str]
    seen: Seen
    violations: list[Violation]
    digest: str
    people: int
    story: list[Line] = field(default_factory=list)


def run(plan: Plan, seams: Seams | None = None, story: bool = False) -> Report:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    seams = seams or Seams()
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    _spare_the_collector()
    try:
        with batches(seams.batch), long_waits(), dice_of(plan.seed):
            return loop.run_until_complete(_run(World(plan, seams, loop), story))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        asyncio.set_event_loop(None)
        loop.close()


def _spare_the_collector() -> None:
    """Each run leaves circles behind; looking for them all the time would cost a tenth of it."""
    gc.disable()
    if next(RUNS) % 10 == 0:
        gc.unfreeze()
        gc.collect()
        gc.freeze()


async def _run(world: World, story: bool) -> Report:
    world.open()
    roles = cast(world.books.audit.customers(), random.Random(f"{world.seed}/cast"), MOST_PEOPLE)
    operator = Operator(world)
    people = [Customer(world, number, role) for number, role in enumerate(roles)]
    chosen = [each for each in people if world.plan.people is None or each.number in world.plan.people]
    lives = [asyncio.ensure_future(each.live()) for each in chosen]
    others = [asyncio.ensure_future(operator.work()), asyncio.ensure_future(storms(world))]
    stuck = asyncio.ensure_future(world.stuck.wait())
    acting = asyncio.ensure_future(asyncio.wait(lives, timeout=CHAOS_DAYS * DAY))
    await asyncio.wait([acting, stuck], return_when=asyncio.FIRST_COMPLETED)
    for task in [*lives, *others]:
        task.cancel()
    world.calm()
    await quiet(world, operator)
    if not world.stuck.is_set():
        await asyncio.wait([stuck], timeout=UNTIL_EVERY_NUMBER_IS_FREE_DAYS * DAY)
        await quiet(world, operator)
    if not world.stuck.is_set() and operator.erase():
        await quiet(world, operator)
    if world.stuck.is_set():
        world.broken.append("somebody tries the same again and again and gets nowhere")
    spoke_again = reread(world)
    history = history_of(world, spoke_again)
    failed = [f"{task.exception()!r}" for task in lives if task.done() and not task.cancelled() and task.exception()]
    violations = [*check(history), *nothing_true_is_doubted(history), *_nothing_happened(world, history)]
    violations += [Violation("simulation", "", each) for each in failed]
    return report(world, history, violations, len(roles), story)


async def quiet(world: World, operator: Operator) -> None:
    """Everything due is driven, operators attend to all that waits, until nothing changes any more."""
    still = 0
    for number in range(QUIET_ROUNDS):
        if world.stuck.is_set():
            return
        said = len(world.log.order)
        operator.cure_everything()
        worked = operator.clear_the_desk()
        nap = asyncio.ensure_future(asyncio.sleep(QUIET_DAYS[min(still, len(QUIET_DAYS) - 1)] * DAY))
        stuck = asyncio.ensure_future(world.stuck.wait())
        await asyncio.wait([nap, stuck], return_when=asyncio.FIRST_COMPLETED)
        nap.cancel()
        stuck.cancel()
        still = 0 if worked or len(world.log.order) > said else still + 1
        if still > len(QUIET_DAYS) and number > 5:
            return


def reread(world: World) -> list[str]:
    """Every group starts from the very beginning: nothing new may be said, asked or woken."""
    spoke = []
    for group, workers in zip(world.groups, world.workers.values(), strict=True):
        stepper = workers[0].stepper
        stepper.stale = None
        world.seams.replaying(stepper)
        arrivals = [
            Consumed(heard.record, heard.partition, heard.offset, heard.at_ms, group.name)
            for heard in world.log.order
            if heard.record.topic in group.topics and stepper.wants(heard.record) and _still_there(world, heard)
        ]
        outcome = stepper.step(arrivals, (), world.now())
        spoke += _heard_again(group.name, outcome)
    return spoke


def _still_there(world: World, heard: Heard) -> bool:
    return heard.offset >= world.log.beginning((heard.record.topic, heard.partition))


def _heard_again(group: str, outcome: Any) -> list[str]:
    new = {"said": len(outcome.publish), "asked": len(outcome.calls), "decided": outcome.handled}
    if group.endswith("console"):
        new = {}  # it has nobody to speak to, and counts a dead letter each time it sees it
    return [f"{group} {what} {count} things" for what, count in new.items() if count]


def _nothing_happened(world: World, history: History) -> list[Violation]:
    """A run that shows nothing proves nothing."""
    if not any(is_end(event.message) for event in history.said):
        return [Violation("simulation", "", "nothing happened: no request reached an end")]
    return []


def report(world: World, history: History, violations: list[Violation], people: int, story: bool) -> Report:
    ends = Counter(end_name(event.message) for event in history.said if is_end(event.message))
    requests = {event.request_id for event in history.said if isinstance(event.message, SubmitCancellation)}
    return Report(
        world.seed,
        len(requests),
        len(history.events),
        ends,
        world.seen,
        violations,
        digest(world),
        people,
        world.story if story or violations else [],
    )


def digest(world: World) -> str:
    """Everything that was said and done, to the byte."""
    sum_ = hashlib.sha256()
    for heard in world.log.order:
        sum_.update(repr((heard.place, heard.at_ms, heard.record)).encode())
    sum_.update(repr(world.books.audit.ledger()).encode())
    sum_.update(repr(sorted(world.seen.faults.items())).encode())
    sum_.update("\n".join(f"{line.at} {line.request_id} {line.text}" for line in world.story).encode())
    return sum_.hexdigest()
