"""`python -m bench.timers [--alarms 1000000] [--due 10000]`: what many armed alarms cost, on a store as in production.

One kernel arms them, a batch in one transaction; then it is opened anew as after a restart, and a part of them is due
within one second while the engine turns. No broker: what is said is timed and thrown away.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import psutil
import sqlalchemy as sa

from contracts.flow import group_id, topic_name
from contracts.messages import commands, intake
from contracts.words import Value
from policies.pack import Pack, load
from runtime.decision import Alarm, AlarmRang, Case, Decision
from runtime.envelope import Envelope, Record, derived_id, encode, traceparent
from runtime.kernel import due
from runtime.kernel.arrivals import Consumed
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store, ticks
from runtime.kernel.tables import ALARMS
from runtime.settings import Settings
from runtime.wiring import Wiring, hears
from runtime.worker.carrier import Outage
from runtime.worker.engine import Engine
from runtime.worker.telemetry import Meters

NAME, SERVICE, BATCH = "later", "intake", 500
FAR = timedelta(days=400)
AHEAD_SECONDS = 2.0  # the first is due so long after the engine began


class Timed(Case):
    """Remembers nothing but that it waits."""


def arm(case: Timed | None, message: commands.RetryPayment, now: datetime, pack: Pack) -> Decision:
    return Decision(case or Timed(request_id=message.request_id), alarms=(Alarm(NAME, now + FAR),))


def rang(case: Timed, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    return Decision(case, (intake.PaymentRetried(request_id=message.request_id),))


WIRING = Wiring(SERVICE, Timed, (hears(commands.RetryPayment, arm),), rings={NAME: rang})


class Figures(NamedTuple):
    alarms: int
    armed_a_second: float
    megabytes_more: float
    restarted_in_ms: float
    due: int
    rung: int
    earliest_ms: float
    late_ms_p50: float
    late_ms_p99: float


def request(number: int) -> str:
    return str(UUID(int=number + 1))


def commands_from(numbers: Sequence[int]) -> list[Consumed]:
    return [Consumed(_command(number), 0, number, 0, group_id(SERVICE)) for number in numbers]


def _command(number: int) -> Record:
    own, message = derived_id("timers", str(number)), commands.RetryPayment(request_id=request(number), channel="app")
    envelope = Envelope(own, "/channels/app", message, own, "", traceparent(own, own))
    return encode(topic_name("commands"), envelope, datetime.now(UTC), {})


def measure(url: str, alarms: int, soon: int) -> Figures:
    pack = load("demo")
    before, began = psutil.Process().memory_info().rss, time.perf_counter()
    kernel = Kernel(WIRING, Store(url, SERVICE), pack)
    published: list[int] = []
    for start in range(0, alarms, BATCH):
        numbers = range(start, min(alarms, start + BATCH))
        outcome = kernel.step(commands_from(numbers), published, datetime.now(UTC))
        published = [*outcome.unforgotten, *(each.position for each in outcome.publish)]
    kernel.step((), published, datetime.now(UTC))
    armed = time.perf_counter() - began
    more = psutil.Process().memory_info().rss - before
    kernel.store.close()
    began = time.perf_counter()
    kernel = Kernel(WIRING, Store(url, SERVICE), pack)
    due.next_alarm(kernel.store)
    restarted = time.perf_counter() - began
    late = asyncio.run(_lateness(kernel, soon))
    kernel.store.close()
    cuts = quantiles(late, n=100)
    return Figures(
        alarms, alarms / armed, more / 2**20, restarted * 1000, soon, len(late), min(late), cuts[49], cuts[98]
    )


async def _lateness(kernel: Kernel, soon: int) -> list[float]:
    """Milliseconds from when each was due until the broker would have had what it led to."""
    first = datetime.now(UTC) + timedelta(seconds=AHEAD_SECONDS)
    moments = {request(number): first + timedelta(seconds=number / soon) for number in range(soon)}
    _move(kernel.store, moments)
    late: list[float] = []
    done = asyncio.Event()

    async def publish(records: Sequence[Record]) -> None:
        now = datetime.now(UTC)
        said = [record.key.decode() for record in records if record.key and not record.topic.endswith(".journal")]
        late.extend((now - moments[key]).total_seconds() * 1000 for key in said)
        if len(late) >= soon:
            done.set()

    async def nobody(operation: str, ask: Value, key: str) -> Value:
        raise Outage("nobody is asked here")

    engine = Engine(kernel, publish, nobody, Settings(), Meters(SERVICE))
    turning = asyncio.create_task(engine.run())
    ended = asyncio.create_task(done.wait())
    await asyncio.wait([turning, ended], return_when=asyncio.FIRST_COMPLETED)
    for task in (turning, ended):
        task.cancel()
    await asyncio.gather(turning, ended, return_exceptions=True)
    return late


def _move(store: Store, moments: dict[str, datetime]) -> None:
    due_at: Any = sa.bindparam("at")
    statement = sa.update(ALARMS).where(ALARMS.c.request_id == sa.bindparam("whose")).values(due=due_at)
    with store.transaction() as tx:
        tx.execute(statement, [{"whose": key, "at": ticks(at)} for key, at in moments.items()])


def _told(figures: Figures) -> Iterator[str]:
    for name, value in figures._asdict().items():
        yield f"{name.replace('_', ' '):18} {value:,.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.timers", description=__doc__)
    parser.add_argument("--alarms", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000, help="so many of them within one second")
    parser.add_argument("--database", default="", help="of PostgreSQL, postgresql+psycopg://...; else SQLite")
    parser.add_argument("--json", action="store_true", help="figures only, for programs")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tuiding-timers-") as folder:
        figures = measure(wanted.database or str(Path(folder)), wanted.alarms, min(wanted.due, wanted.alarms))
    print(orjson.dumps(figures._asdict()).decode() if wanted.json else "\n".join(_told(figures)))


if __name__ == "__main__":
    main()
