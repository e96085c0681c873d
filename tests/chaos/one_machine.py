"""What is done to one machine of two, or to the network between it and all else (H1 to H5)."""

import random
import time
from collections.abc import Callable
from typing import Any

from contracts.flow import SERVICES, group_id
from runtime.kafka.connect import BrokerTrouble, admin
from tests.chaos.machines import WAYS, Machine
from tests.chaos.place import READY_SECONDS, NotReady, Place

LEAST_SECONDS, MOST_SECONDS = 12.0, 60.0
FLICKER_SECONDS, BLINK_SECONDS = 20.0, (0.3, 4.0)


def loses_broker(place: Place, dice: random.Random) -> str:
    """H1: it reads nothing, says nothing, and does not know whether it still has its partitions."""
    return _cut(place, dice, "broker")


def loses_database(place: Place, dice: random.Random) -> str:
    """H2: the broker still counts on it, but it can store nothing."""
    return _cut(place, dice, "database")


def loses_both(place: Place, dice: random.Random) -> str:
    """H3: only the carrier still hears from it."""
    return _cut(place, dice, "broker", "database")


def flicker(place: Place, dice: random.Random) -> str:
    """H4: now one cable, now another, for moments."""
    over, times = time.monotonic() + FLICKER_SECONDS, 0
    while time.monotonic() < over:
        machine, cable = dice.choice(_machines(place)), dice.choice(("broker", "database", "carrier"))
        machine.cut(cable, dice.choice(WAYS))
        time.sleep(dice.uniform(*BLINK_SECONDS))
        machine.mend(cable)
        times += 1
        time.sleep(dice.uniform(0, 1))
    _ready(place)
    return f"the network flickered {times} times"


def clock_jumps(place: Place, dice: random.Random) -> str:
    """H5: its workers end before they decide by it, and are refused a start until it is right again."""
    machine = dice.choice(_machines(place))
    file = place.orders.clock(machine.name)
    file.touch()
    return _until_taken_over(place, machine, f"the clock of {machine.name} was an hour ahead", file.unlink)


def _cut(place: Place, dice: random.Random, *cables: str) -> str:
    machine, way = dice.choice(_machines(place)), dice.choice(WAYS)
    for cable in cables:
        machine.cut(cable, way)

    def mend() -> None:
        for cable in cables:
            machine.mend(cable)

    return _until_taken_over(place, machine, f"{machine.name} lost its {' and '.join(cables)} ({way})", mend)


def _until_taken_over(place: Place, machine: Machine, what: str, mend: Callable[[], None]) -> str:
    """Until the other machine has everything, and long enough; then it comes back by itself."""
    began, taken = time.monotonic(), 0.0
    try:
        while (now := time.monotonic() - began) < MOST_SECONDS and not (taken and now > LEAST_SECONDS):
            taken = taken or (now if _has_nothing(place, machine) else 0.0)
            time.sleep(0.5)
    finally:
        mend()
    seconds = time.monotonic() - began
    _ready(place)
    back = time.monotonic() - began - seconds
    done = f"taken over after {taken:.1f} s" if taken else "never taken over"
    return f"{what} for {seconds:.1f} s, {done}, back after {back:.1f} s"


def _has_nothing(place: Place, machine: Machine) -> bool:
    """No group of a service counts on it any more, and each has somebody else."""
    try:
        with admin(place.bootstrap) as (client, _):
            groups = client.describe_groups([group_id(service.name) for service in SERVICES])
    except BrokerTrouble:
        return False
    hosts = [
        {str(_of(member, "client_host")).strip("/") for member in _of(each, "members")} for each in groups.values()
    ]
    return all(each and machine.address("broker") not in each for each in hosts)


def _of(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _machines(place: Place) -> list[Machine]:
    if not place.machines:
        raise NotReady("one of several machines can only fail where there are several: --machines 2")
    return [*place.machines]


def _ready(place: Place) -> None:
    for worker in place.workers:
        worker.wait_ready(READY_SECONDS)
