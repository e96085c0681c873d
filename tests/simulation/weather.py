"""Faults that come over everybody: brokers and carrier systems away, rebalances, rewinds, a clock set back, poison."""

import asyncio
import random
import sqlite3
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from contracts.flow import COMMAND_TOPICS, topic_name
from runtime.envelope import Record
from runtime.kernel.reached import Mark
from runtime.worker.patience import Stepper
from tests.carrier.changes import CHANGES, change, replaced
from tests.contracts.poison import POISONS
from tests.simulation.carrier import SYSTEMS
from tests.simulation.process import CLOCK_BACK
from tests.simulation.stage import copy_of, in_memory

if TYPE_CHECKING:
    from tests.simulation.log import Group
    from tests.simulation.worker import Worker
    from tests.simulation.world import World

DAY_SECONDS = 86400.0
LONGEST_SECONDS_TO_COMMIT = 60
LOUD = ("/channels/web", "/channels/web", "/channels/web", "/channels/app")
SMALL = [each for each in POISONS if len(each.record.value or b"") < 20_000]


async def storms(world: "World") -> None:
    """One at a time, mostly while something moves: a storm over an idle system proves nothing."""
    dice = random.Random(f"{world.seed}/storms")
    kinds = (
        broker_away,
        carrier_away,
        rebalance,
        rewind,
        clock_back,
        poison,
        flood,
        lights_out,
        bad_build,
        bad_writing,
        older_store,
        changed_there,
    )
    while world.rates.storms:
        await asyncio.sleep(dice.uniform(0, DAY_SECONDS))
        await world.something_said()
        await asyncio.sleep(dice.choice((0.0, 0.001, 0.01, 0.1, 1.0)))
        if dice.random() < world.rates.storms and world.rates.storms:
            kind = bad_writing if dice.random() < world.rates.writing else dice.choice(kinds)
            await kind(world, dice)


async def broker_away(world: "World", dice: random.Random) -> None:
    world.happened("broker away")
    world.broker_away = True
    await asyncio.sleep(dice.uniform(1, 20))
    world.broker_back()


async def carrier_away(world: "World", dice: random.Random) -> None:
    world.happened("carrier away")
    system = dice.choice(SYSTEMS)
    world.carrier.away.add(system)
    await asyncio.sleep(dice.uniform(5, 120))
    world.carrier.away.discard(system)


async def rebalance(world: "World", dice: random.Random) -> None:
    for _ in range(dice.randint(1, 5)):
        world.happened("rebalanced")
        dice.choice(world.groups).rebalance()
        await asyncio.sleep(dice.uniform(0, 2))


async def rewind(world: "World", dice: random.Random) -> None:
    """Everybody of one service leaves, its offsets go back to the beginning, everybody comes back."""
    world.happened("rewound")
    service = dice.choice(list(world.workers))
    for worker in world.workers[service]:
        worker.kill()
        worker.group.leave(worker)
    world.workers[service][0].group.rewind()


async def clock_back(world: "World", dice: random.Random) -> None:
    world.happened("clock back")
    worker = dice.choice(world.workers[dice.choice(list(world.workers))])
    worker.clock_back = CLOCK_BACK
    await asyncio.sleep(dice.uniform(600, 7200))
    worker.clock_back *= 0


async def changed_there(world: "World", dice: random.Random) -> None:
    """The carrier changes a line, or takes an item out of its books, and tells nobody."""
    await asyncio.sleep(0)
    if lines := world.subscriptions():
        world.happened("changed there")
        day = world.now().date() + timedelta(days=dice.randint(0, 40))
        change(world.books, dice.choice(lines), dice.choice((*CHANGES, replaced, replaced)), day)


async def older_store(world: "World", dice: random.Random) -> None:
    """The database goes over to a standby that had stopped to follow; a person notices and brings back the true one.

    Not within the second in which what was published last is not in a commit yet: of that nobody could know.
    """
    service = dice.choice(list(world.workers))
    stepper, group = world.workers[service][0].stepper, world.workers[service][0].group
    live = in_memory(stepper.store)
    behind, stopped_at = copy_of(live), how_far(stepper)
    await asyncio.sleep(dice.choice((60.0, 3600.0, 5 * DAY_SECONDS)))
    await world.something_said()
    if not await _committed(stepper, group) or how_far(stepper) == stopped_at:
        return
    world.happened("older store")
    true = copy_of(live)
    _go_over(world, service, behind)
    world.older.add(service)
    try:
        await asyncio.sleep(dice.uniform(5, 300))
    finally:
        world.older.discard(service)
        _go_over(world, service, true)


async def _committed(stepper: Stepper, group: "Group") -> bool:
    for _ in range(LONGEST_SECONDS_TO_COMMIT):
        if how_far(stepper) == group.reached():
            return True
        await asyncio.sleep(1.0)
    return False


def how_far(stepper: Stepper) -> Mark:
    with stepper.store.transaction() as tx:
        return stepper.reached.how_far(tx, Mark())


def _go_over(world: "World", service: str, other: sqlite3.Connection) -> None:
    other.backup(in_memory(world.workers[service][0].stepper.store))
    for worker in world.workers[service]:
        worker.cut_off = True


async def poison(world: "World", dice: random.Random) -> None:
    await asyncio.sleep(0)
    if dice.random() < world.rates.poison * 5:
        for _ in range(dice.randint(1, 3)):
            world.happened("poison")
            each = dice.choice(SMALL)
            services = [topic_name(short) for short in ("billing", "intake", "review", "ops")]
            topic = dice.choice([*services, dice.choice(COMMAND_TOPICS)])
            world.log.append(each.record._replace(topic=topic))


async def flood(world: "World", dice: random.Random) -> None:
    """One sender breaks the contract again and again, in bursts, with somebody else's few broken records between."""
    if world.rates.poison:
        world.happened("flood")
        for _ in range(dice.randint(2, 4)):
            for _ in range(dice.randint(5, 15)):
                world.log.append(junk(dice.choice(LOUD), dice))
            await asyncio.sleep(dice.choice((0.0, 0.3, 2.0, 40.0)))


def junk(source: str, dice: random.Random) -> Record:
    """On any partition; some of it lacks what an event has, some only breaks its form."""
    own = str(uuid.UUID(int=dice.getrandbits(128), version=4)).encode()
    named = [
        ("ce_id", own),
        ("ce_source", source.encode()),
        ("ce_type", b"payment.retry.v1"),
        ("ce_specversion", b"1.0"),
    ]
    headers = [*named, ("ce_subject", own)] if dice.random() < 0.5 else named
    return Record(dice.choice(COMMAND_TOPICS), own, b"{", headers)


async def bad_writing(world: "World", dice: random.Random) -> None:
    """Both workers' decisions are well, but the database takes nothing of what they make of one kind of message."""
    await _faulty(world, dice, world.workers[_deciding(world, dice)], in_writing=True)


async def bad_build(world: "World", dice: random.Random) -> None:
    """One of two workers is brought up to date, and its decisions on one kind of message fail."""
    await _faulty(world, dice, [dice.choice(world.workers[_deciding(world, dice)])], in_writing=False)


def _deciding(world: "World", dice: random.Random) -> str:
    return dice.choice([name for name in world.workers if name != "console"])


async def _faulty(world: "World", dice: random.Random, workers: Sequence["Worker"], in_writing: bool) -> None:
    understood = workers[0].stepper.by_type
    said = {heard.envelope.message.type for heard in world.log.order[-60:] if heard.envelope is not None}
    kind = dice.choice(sorted(said & understood.keys()) or sorted(understood))
    builds = [world.builds[worker.name] for worker in workers]
    for build in builds:
        build.in_writing, build.fails_on = in_writing, kind
    await asyncio.sleep(dice.choice((60.0, 3600.0, 5 * DAY_SECONDS)))
    for build in builds:
        build.fails_on = ""


async def lights_out(world: "World", dice: random.Random) -> None:
    """The lights go out over two services."""
    await asyncio.sleep(0)
    for service in dice.sample(list(world.workers), 2):
        for worker in world.workers[service]:
            world.died(worker, "everywhere")
            worker.kill()
