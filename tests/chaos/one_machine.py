"""What is done to one machine of two, or to the network between it and all else (H1 to H5)."""

import random
import time
from collections import Counter
from collections.abc import Callable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from contracts.flow import SERVICES, group_id
from tests.chaos.machines import CABLES, WAYS, Machine
from tests.chaos.place import READY_SECONDS, NotReady, Place

LEAST_SECONDS, MOST_SECONDS = (0.0, 12.0), 60.0  # back at once, or when its workers have long given up
FLICKER_SECONDS, BLINK_SECONDS = 15.0, (0.3, 4.0)
LOOK_SECONDS, ANSWER_SECONDS = 0.2, 5.0
BAD = "bad line"


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
    """H4: now one cable, now another, for moments: cut, cut one way, or a line that loses and delays."""
    over, ways = time.monotonic() + FLICKER_SECONDS, Counter[str]()
    while time.monotonic() < over:
        machine, cable = dice.choice(_machines(place)), dice.choice([*CABLES])
        way = dice.choice((*WAYS, BAD))
        _blink(machine, cable, way, dice.uniform(*BLINK_SECONDS))
        ways[way] += 1
        time.sleep(dice.uniform(0, 1))
    _ready(place)
    return f"the network flickered: {', '.join(f'{way} {times}' for way, times in ways.items())}"


def _blink(machine: Machine, cable: str, way: str, seconds: float) -> None:
    try:
        if way == BAD:
            machine.narrow(cable)
        else:
            machine.cut(cable, way)
        time.sleep(seconds)
    finally:
        machine.mend(cable)


def clock_jumps(place: Place, dice: random.Random) -> str:
    """H5: its workers end before they decide by it, and are refused a start until it is right again."""
    machine = dice.choice(_machines(place))
    file = place.orders.clock(machine.name)
    file.touch()
    least = dice.uniform(*LEAST_SECONDS)
    return _until_taken_over(place, machine, least, f"the clock of {machine.name} was an hour ahead", file.unlink)


def _cut(place: Place, dice: random.Random, *cables: str) -> str:
    machine, way = dice.choice(_machines(place)), dice.choice(WAYS)
    for cable in cables:
        machine.cut(cable, way)

    def mend() -> None:
        for cable in cables:
            machine.mend(cable)

    what = f"{machine.name} lost its {' and '.join(cables)} ({way})"
    return _until_taken_over(place, machine, dice.uniform(*LEAST_SECONDS), what, mend)


def _until_taken_over(place: Place, machine: Machine, least: float, what: str, mend: Callable[[], None]) -> str:
    """Until the other machine has everything, and long enough; then it comes back by itself."""
    client = AdminClient({"bootstrap.servers": place.bootstrap, "log_level": 0})
    began, taken = time.monotonic(), 0.0
    try:
        while (now := time.monotonic() - began) < MOST_SECONDS and not (taken and now > least):
            taken = taken or (now if _has_nothing(client, machine) else 0.0)
            time.sleep(LOOK_SECONDS)
    finally:
        mend()
    seconds = time.monotonic() - began
    _ready(place)
    back = time.monotonic() - began - seconds
    done = f"taken over after {taken:.1f} s" if taken else "never taken over"
    return f"{what} for {seconds:.1f} s, {done}, back after {back:.1f} s"


def _has_nothing(client: AdminClient, machine: Machine) -> bool:
    """No group of a service counts on it any more, and each has somebody else."""
    asked = client.describe_consumer_groups(
        [group_id(service.name) for service in SERVICES], request_timeout=ANSWER_SECONDS
    )
    try:
        hosts = [{str(member.host).strip("/") for member in each.result().members} for each in asked.values()]
    except KafkaException:
        return False
    return all(each and machine.address("broker") not in each for each in hosts)


def _machines(place: Place) -> list[Machine]:
    if not place.machines:
        raise NotReady("one of several machines can only fail where there are several: --machines 2")
    return [*place.machines]


def _ready(place: Place) -> None:
    place.wait_ready(READY_SECONDS)
