"""A production worker around which things go wrong on order: `python -m tests.chaos.unlucky SERVICE`.

Orders are files beside its data, so that the storm gives them from outside. `F5`: what is published, committed or
acknowledged now and then fails, or is done and said to have failed. `stop-<worker>`: it stops itself with messages in
its hands, just before it stores them, and so wakes up as a late twin whose writes must be refused (F2).
"""

import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from runtime.envelope import Record, event_type
from runtime.kafka.transport import BatchConsumer
from runtime.kernel.arrivals import Arrival, Consumed, Outcome
from runtime.kernel.cases import Conflict
from runtime.kernel.store import HURRIED, Store
from runtime.settings import Settings
from runtime.worker import worker
from runtime.worker.producer import Send
from runtime.worker.service_host import Hosted
from runtime.worker.watchdog import Watchdog
from tests.chaos import wrong_clock

BAD_LUCK = '"event": "bad luck"'
LATE_WRITE = '"event": "late write refused"'
PROBABILITY = 0.3
LATE = threading.Lock()
DICE = random.Random()  # when a process dies nobody knows anyway


class Orders:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    @property
    def unlucky(self) -> Path:
        return self.folder / "F5"

    def stop(self, worker_name: str) -> Path:
        return self.folder / f"stop-{worker_name}"

    def clock(self, machine: str) -> Path:
        """While it is there, that machine's clock is ahead."""
        return self.folder / f"clock-{machine}"

    def in_hand(self, worker_name: str) -> Path:
        """The ids of the messages the stopped worker has in its hands, one a line."""
        return self.folder / f"in-hand-{worker_name}"


def orders(data: str | Path) -> Orders:
    return Orders(Path(data, "orders"))


def main(service: str) -> None:
    settings = Settings()
    given = orders(settings.data)
    _spoil_publishing(given)
    _spoil_storing(given)
    _spoil_acknowledging(given)
    _stop_in_the_worst_moment(given, f"{service}-{settings.worker}")
    worker.run(service)


def _drawn(given: Orders, what: str) -> str:
    """Nothing, `lost` (it does not happen) or `unsaid` (it happens, and is said to have failed)."""
    if not given.unlucky.exists() or DICE.random() > PROBABILITY:
        return ""
    how = DICE.choice(("lost", "unsaid"))
    _say(BAD_LUCK, f'"what": "{what}", "how": "{how}"')
    return how


def _say(event: str, rest: str) -> None:
    print(f"{{{event}, {rest}}}", file=sys.stderr, flush=True)


def _spoil_publishing(given: Orders) -> None:
    make = vars(worker)["publisher"]

    def spoilt(send: Send) -> Send:
        publish = make(send)

        async def perhaps(records: Sequence[Record]) -> None:
            how = _drawn(given, "publish")
            if how != "lost":
                await publish(records)
            if how:
                raise ConnectionError(f"publishing failed ({how})")

        return perhaps

    vars(worker)["publisher"] = spoilt


def _spoil_storing(given: Orders) -> None:
    transaction = Store.transaction

    @contextmanager
    def perhaps(store: Store) -> Iterator[sa.Connection]:
        how = _drawn(given, "commit")
        with transaction(store) as tx:
            yield tx
            if how == "lost":
                raise _connection_lost()
        if how:
            raise _connection_lost()

    setattr(Store, "transaction", perhaps)  # noqa: B010 # a method is not assigned to, says the type checker


def _connection_lost() -> Exception:
    return sa.exc.OperationalError("commit", {}, Exception("the connection was lost"))


def _spoil_acknowledging(given: Orders) -> None:
    commit = BatchConsumer._commit

    async def perhaps(consumer: BatchConsumer, offsets: Mapping[Any, int]) -> bool:
        how = _drawn(given, "acknowledge")
        done = how != "lost" and await commit(consumer, offsets)
        return done and not how

    setattr(BatchConsumer, "_commit", perhaps)  # noqa: B010


def _stop_in_the_worst_moment(given: Orders, name: str) -> None:
    assemble: Callable[[str, Settings], Hosted] = vars(worker)["assemble"]

    def watched(service: str, settings: Settings) -> Hosted:
        hosted = assemble(service, settings)
        wrong_clock.follow()
        step = hosted.stepper.step

        def perhaps(arrivals: Sequence[Arrival], published: Sequence[int], now: datetime) -> Outcome:
            mine = [
                arrival for arrival in arrivals if isinstance(arrival, Consumed) and event_type(arrival.record.headers)
            ]
            if mine and given.stop(name).exists():
                with LATE:
                    _stand_still(given, name, mine)
                    return _late(step, arrivals, published, now)
            return step(arrivals, published, now)

        vars(hosted.stepper)["step"] = perhaps
        return hosted

    vars(worker)["assemble"] = watched
    vars(worker)["Watchdog"] = Slow


class Slow(Watchdog):
    """Looks twice a second as ever, and never in the moment in which the late twin writes."""

    def why(self, now: float) -> str:
        with LATE:
            return super().why(now)


def _stand_still(given: Orders, name: str, mine: Sequence[Consumed]) -> None:
    ids = [(dict(each.record.headers).get("ce_id") or b"").decode("ascii", "replace") for each in mine]
    given.in_hand(name).write_bytes(orjson.dumps(ids))
    given.stop(name).unlink()
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)  # this very thread, before it can begin a transaction


def _late(step: Callable[..., Outcome], *arguments: Any) -> Outcome:
    """The first thing after the wake-up; it waits for whoever writes just then, or nobody would see what refuses it."""
    hurried = HURRIED.set(False)
    try:
        outcome = step(*arguments)
    except Conflict:
        _say(LATE_WRITE, '"by": "version"')
        raise
    finally:
        HURRIED.reset(hurried)
    if outcome.duplicates:
        _say(LATE_WRITE, f'"by": "inbox", "messages": {outcome.duplicates}')
    return outcome


if __name__ == "__main__":
    main(sys.argv[1])
