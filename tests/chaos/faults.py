"""Everything that is done to a running system on purpose; each returns when it is over and says what it was."""

import random
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import psutil
import sqlalchemy as sa
from kafka import OffsetAndMetadata, TopicPartition  # type: ignore[import-untyped,unused-ignore]
from kafka.errors import KafkaError, NoError  # type: ignore[import-untyped,unused-ignore]

from contracts.carrier.operations import OPERATIONS
from contracts.flow import BY_NAME, PARTITIONS, group_id
from runtime.kafka.connect import BrokerTrouble, admin
from runtime.kernel.tables import INBOX
from runtime.worker.consuming import read_topics
from tests.chaos import one_broker, one_machine
from tests.chaos.place import CALL_SECONDS, READY_SECONDS, SESSION_SECONDS, Place
from tests.chaos.workers import Worker
from tests.proof.gathering import deciding

STORM_SECONDS, EVERY_SECONDS = 20.0, 2.0
FULL_HANDS_SECONDS, TAKEN_SECONDS = 15.0, 30.0
RESET_SECONDS = 60.0
BEGINNING = OffsetAndMetadata(0, "", -1)
EXTRA = 3  # number of the first extra member
CARRIER_KINDS: dict[str, dict[str, Any]] = {
    "delay": {"delay_seconds": CALL_SECONDS / 2},
    "error": {"status": 500},
    "too-many": {"retry_after_seconds": 1},
    "timeout-after-work": {"delay_seconds": CALL_SECONDS + 1},
    "wrong-amount": {},
    "wrong-shape": {},
    "wrong-request": {},
    "refusal": {"probability": 0.3},
    "duplicate": {},
}
Fault = Callable[[Place, random.Random], str]


def kill(place: Place, dice: random.Random) -> str:
    """F1: SIGKILL; the keeper starts it again after 0 to 5 s."""
    victims = dice.sample(place.workers, dice.choice((1, 1, 1, 2, 3)))
    killed = [worker for worker in victims if worker.signal(signal.SIGKILL)]
    _all_back(killed)
    return f"SIGKILL {_names(killed)}"


def stop_and_continue(place: Place, dice: random.Random) -> str:
    """F2: it stands still with messages in its hands until another has them, then wakes up and writes: too late."""
    began, deciders = time.monotonic(), [worker for worker in place.workers if worker.service in deciding()]
    busy = (worker for worker in dice.sample(deciders, len(deciders)) if _stops_with_full_hands(place, worker))
    victim = next(busy, None)
    if victim is None:
        raise TimeoutError("no worker had a message in its hands")
    time.sleep(SESSION_SECONDS + dice.uniform(1.5, 4))
    taken = _until(lambda: _taken_by_another(place, victim), TAKEN_SECONDS)
    victim.signal(signal.SIGCONT)
    time.sleep(1.0)  # its watchdog looks twice a second
    _all_back([victim])
    return (
        f"{victim.name} stood still for {time.monotonic() - began:.1f} s, its messages {'' if taken else 'not '}taken"
    )


def _stops_with_full_hands(place: Place, worker: Worker) -> bool:
    order = place.orders.stop(worker.name)
    order.touch()
    if _until(lambda: _stands_still(worker), FULL_HANDS_SECONDS):
        return True
    try:
        order.unlink()
    except FileNotFoundError:  # it took the order in this very moment
        return _until(lambda: _stands_still(worker), FULL_HANDS_SECONDS)
    return False


def _stands_still(worker: Worker) -> bool:
    process = worker.process
    return process is not None and process.status() == psutil.STATUS_STOPPED


def _taken_by_another(place: Place, victim: Worker) -> bool:
    file = place.orders.in_hand(victim.name)
    if not file.exists():
        return False
    mine = sa.select(INBOX.c.id).where(INBOX.c.id.in_(orjson.loads(file.read_bytes())))
    try:
        taken = bool(place.stores[victim.service].read(mine))
    except sa.exc.SQLAlchemyError:
        return False
    if taken:
        file.unlink()
    return taken


def _until(look: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return seen


def restart_broker(place: Place, dice: random.Random) -> str:
    """F3: in order, or as a power cut would."""
    hard, seconds = dice.random() < 0.5, dice.uniform(0.5, 4)
    (place.broker.kill if hard else place.broker.stop)()
    time.sleep(seconds)
    place.broker.start()
    return f"broker {'kill -9' if hard else 'restarted'}, {seconds:.1f} s away"


def rewind(place: Place, dice: random.Random) -> str:
    """F4: one service reads everything again from the beginning."""
    service = dice.choice([*BY_NAME])
    workers = place.of(service)
    for worker in workers:
        worker.ask_to_stop()
    for worker in workers:
        worker.stop()
    reset_offsets(place.bootstrap, service)
    for worker in workers:
        worker.start()
    _all_back(workers)
    return f"{service} reads from the beginning"


def reset_offsets(bootstrap: str, service: str) -> None:
    """Its workers are down; a killed one counts as a member until its session ends."""
    places = [TopicPartition(topic, number) for topic in read_topics(service) for number in range(PARTITIONS)]
    deadline = time.monotonic() + RESET_SECONDS
    while why := _not_reset(bootstrap, service, places):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the offsets of {service} could not be reset: {why}")
        time.sleep(0.5)


def _not_reset(bootstrap: str, service: str, places: list[Any]) -> str:
    """kafka-python: librdkafka's admin client crashes the process when the broker dies under its question."""
    try:
        with admin(bootstrap) as (client, _):
            answers = client.alter_group_offsets(group_id(service), dict.fromkeys(places, BEGINNING))
    except (BrokerTrouble, KafkaError) as error:
        return f"{type(error).__name__}: {error}"
    return ", ".join(sorted({answer.__name__ for answer in answers.values()} - {NoError.__name__}))


def said_it_failed(place: Place, dice: random.Random) -> str:
    """F5: for a while publishing, committing and acknowledging fail, or succeed and say that they failed."""
    seconds = dice.uniform(4, 10)
    place.orders.unlucky.touch()
    time.sleep(seconds)
    place.orders.unlucky.unlink()
    return f"publish, commit and acknowledge fail now and then for {seconds:.1f} s"


def misbehave(place: Place, dice: random.Random) -> str:
    """F6: one operation of the carrier, or one of its systems, for a few seconds."""
    kind = dice.choice([*CARRIER_KINDS])
    fits = [each.name for each in OPERATIONS.values() if kind != "wrong-amount" or "amount" in each.answer.model_fields]
    system = dice.choice(sorted({each.system for each in OPERATIONS.values()}))
    path = dice.choice(fits) if kind == "wrong-amount" or dice.random() < 0.5 else f"system/{system}"
    fault = {"kind": kind, "probability": dice.choice((0.3, 0.6, 1.0))} | CARRIER_KINDS[kind]
    seconds = dice.uniform(3, 8)
    place.ask_carrier("PUT", f"/faults/{path}", fault)
    time.sleep(seconds)
    httpx.delete(f"{place.carrier}/faults", trust_env=False, timeout=30)
    return f"carrier {path}: {kind} for {seconds:.1f} s"


def database_away(place: Place, dice: random.Random) -> str:
    """F7: restarted, connections cut in the middle of a transaction, busy with another writer, full."""
    return place.database.go_away(dice, lambda service: [each.process for each in place.of(service) if each.process])


def members_come_and_go(place: Place, dice: random.Random) -> str:
    """F10: every two seconds somebody joins a group or leaves it."""
    service, extras, began = dice.choice([*BY_NAME]), list[Worker](), time.monotonic()
    times = 0
    while time.monotonic() < began + STORM_SECONDS:
        times += 1
        ready = [worker for worker in extras if worker.is_ready()]
        if ready:
            extras.remove(ready[0])
            ready[0].stop()
        elif len(extras) < 2:
            extras.append(_joins(place, service, times))
        time.sleep(EVERY_SECONDS)
    for worker in extras:
        worker.stop()
    return f"{times} times somebody joined or left {service}"


def _joins(place: Place, service: str, times: int) -> Worker:
    worker = place.new_worker(service, EXTRA + times)
    worker.start()
    return worker


def _all_back(workers: list[Worker]) -> None:
    for worker in workers:
        worker.wait_ready(READY_SECONDS)


def _names(workers: list[Worker]) -> str:
    return ", ".join(worker.name for worker in workers) or "nobody"


FAULTS: dict[str, tuple[str, Fault | None]] = {
    "F1": ("a worker is killed", kill),
    "F2": ("a late twin", stop_and_continue),
    "F3": ("the broker restarts", restart_broker),
    "F4": ("duplicates and rewinds", rewind),
    "F5": ("done, said to have failed", said_it_failed),
    "F6": ("the carrier misbehaves", misbehave),
    "F7": ("the database goes away", database_away),
    "F8": ("poison", None),  # comes with the traffic, as F4's copies do
    "F10": ("members come and go", members_come_and_go),
}
OF_SEVERAL_BROKERS: dict[str, tuple[str, Fault | None]] = {
    "B1": ("one broker of three is killed", one_broker.kill_one),
    "B2": ("three brokers restart in turn", one_broker.restart_in_turn),
    "B3": ("one broker of three is cut off", one_broker.stand_still),
    "B4": ("the disk of one broker is full", one_broker.fill_disk),
}
OF_SEVERAL_MACHINES: dict[str, tuple[str, Fault | None]] = {
    "H1": ("a machine loses its broker", one_machine.loses_broker),
    "H2": ("a machine loses its database", one_machine.loses_database),
    "H3": ("a machine loses both", one_machine.loses_both),
    "H4": ("the network flickers, or hardly carries", one_machine.flicker),
    "H5": ("the clock of a machine jumps an hour ahead", one_machine.clock_jumps),
}
EVERY = FAULTS | OF_SEVERAL_BROKERS | OF_SEVERAL_MACHINES
