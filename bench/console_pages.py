"""Times of the console's pages and searches at three sizes: `python -m bench.console_pages [REQUESTS ...]`.

Each store is filled directly, three events a request, and served to a client in this process: what is measured is the
queries, the page and nobody's network. It prints a table: the median and the worst of several, in milliseconds.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from uuid import NAMESPACE_URL, uuid5

import httpx
import orjson
import psutil
import sqlalchemy as sa
from fastapi import FastAPI
from prometheus_client.registry import Collector

from contracts.health import Heartbeat
from contracts.messages.billing import QuoteIssued
from contracts.messages.intake import RequestAccepted
from contracts.messages.notify import RequestClosed
from policies.pack import Pack, load
from runtime.envelope import Record
from runtime.kafka.drift import Drift
from runtime.kafka.lag import Lag
from runtime.kernel.store import Store, ticks
from runtime.settings import Settings
from runtime.signatures import OFF
from services.console.app import projection
from services.console.door import prepare, routes
from services.console.kept.tables import DEADLINES, EVENTS, REQUESTS
from services.console.watched.broker import Broker

SIZES = (1_000, 100_000, 1_000_000)
AT_ONCE, TIMES, MICROSECONDS = 20_000, 9, 1_000_000
STAGES = ("closed",) * 90 + ("quoted",) * 5 + ("scheduled",) * 3 + ("in-review", "referred")
CHANNELS = ("app", "web", "hotline", "counter")
KINDS = (RequestAccepted.type, QuoteIssued.type, RequestClosed.type)


class Quiet(Broker):
    """Nobody is behind and nobody was heard."""

    def lag(self, wait_seconds: float) -> list[Lag]:
        return []

    def drifts(self, wait_seconds: float) -> list[Drift]:
        return []

    def heartbeats(self) -> dict[str, Heartbeat]:
        return {}


class Alone:
    """The console's host without a worker."""

    def __init__(self, store: Store) -> None:
        self.store, self.pack, self.settings, self.signatures = store, load("demo"), Settings(auth="none"), OFF

    def pack_of(self, policy: str) -> Pack:
        return self.pack

    def measure(self, collector: Collector) -> None:
        """Nobody scrapes."""

    async def publish(self, record: Record) -> None:
        raise AssertionError("nothing is ordered here")


def request_id(number: int) -> str:
    return str(uuid5(NAMESPACE_URL, str(number)))


def fill(store: Store, requests: int) -> None:
    now = ticks(datetime.now(UTC))
    for first in range(0, requests, AT_ONCE):
        numbers = range(first, min(requests, first + AT_ONCE))
        with store.engine.begin() as tx:
            tx.execute(sa.insert(REQUESTS), [_request(number, requests, now) for number in numbers])
            tx.execute(sa.insert(EVENTS), [event for number in numbers for event in _events(number, requests, now)])
            tx.execute(
                sa.insert(DEADLINES), [_deadline(number, now) for number in numbers if _stage(number) != "closed"]
            )
    with store.engine.connect() as connection:
        connection.execute(sa.text("ANALYZE"))
        connection.commit()


def _stage(number: int) -> str:
    return STAGES[number % len(STAGES)]


def _began(number: int, requests: int, now: int) -> int:
    """Spread over a year, the last ones within this hour."""
    return now - (requests - number) * (31_536_000 * MICROSECONDS // requests)


def _request(number: int, requests: int, now: int) -> dict[str, object]:
    stage, began = _stage(number), _began(number, requests, now)
    closed, person = stage == "closed", stage == "referred"
    return {
        "request_id": request_id(number),
        "subscription": f"sub-{number:08}",
        "masked_number": f"138****{number % 10_000:04}",
        "last_digits": f"{number % 10_000:04}",
        "channel": CHANNELS[number % 4],
        "kind": "line",
        "stage": stage,
        "language": "zh",
        "root": request_id(number),
        "first_at": began,
        "last_at": began + MICROSECONDS,
        "end": "closed" if closed else "",
        "attention": int(person),
        "incidents": '["review"]' if person else "[]",
        "late": number % 500 == 0,
        "reason": "price",
        "ended_at": began + 2 * MICROSECONDS if closed else 0,
    }


def _events(number: int, requests: int, now: int) -> Iterator[dict[str, object]]:
    own, began = request_id(number), _began(number, requests, now)
    body = orjson.dumps({"request_id": own, "noise": "x" * 300}).decode()
    for sequence, kind in enumerate(KINDS):
        yield {
            "id": str(uuid5(NAMESPACE_URL, f"{number}/{sequence}")),
            "request_id": own,
            "type": kind,
            "source": "/tuiding/intake",
            "topic": "cancellation.intake",
            "partition": number % 6,
            "offset": number * 3 + sequence,
            "at": began + sequence,
            "channel": CHANNELS[number % 4],
            "sequence": sequence,
            "cause": own,
            "root": own,
            "body": body,
        }


def _deadline(number: int, now: int) -> dict[str, object]:
    return {
        "request_id": request_id(number),
        "clocks": "{}",
        "next_due": now + (number % 30 - 1) * 86_400 * MICROSECONDS,
    }


def pages(requests: int) -> dict[str, str]:
    some = requests // 2
    return {
        "pipeline": "/",
        "requests": "/requests",
        "by subscription": f"/requests?q=sub-{some:08}",
        "by last digits": f"/requests?q={some % 10_000:04}",
        "by beginning": f"/requests?q={request_id(some)[:8]}",
        "nobody": "/requests?q=nobody-at-all",
        "all that are open": "/requests?stage=open",
        "closed, app": "/requests?stage=closed&channel=app",
        "late": "/requests?late=yes",
        "reason price": "/requests?reason=price&order=oldest",
        "a person": "/requests?waits=person",
        "a request": f"/requests/{request_id(some)}",
        "work": "/work",
        "orders": "/workers",
        "dead letters": "/dead-letters",
    }


async def measure(store: Store, requests: int) -> dict[str, list[float]]:
    app = FastAPI()
    prepare(app)
    app.include_router(routes(Alone(store), Quiet("nowhere:9092")))
    found: dict[str, list[float]] = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console", timeout=120) as client:
        for name, path in pages(requests).items():
            for _ in range(TIMES):
                await asyncio.sleep(0)
                began = time.perf_counter()
                answer = await client.get(path)
                found.setdefault(name, []).append((time.perf_counter() - began) * 1000)
                assert answer.is_success or "/requests/" in answer.headers["location"], (path, answer.status_code)
    return found


def main() -> None:
    for requests in [int(each) for each in sys.argv[1:]] or SIZES:
        with tempfile.TemporaryDirectory(prefix="tuiding-console-") as folder:
            store = Store(folder, "console")
            projection(store, load("demo"), "1")
            began = time.perf_counter()
            fill(store, requests)
            print(f"{requests:,} requests, filled in {time.perf_counter() - began:.0f} s", flush=True)
            for name, times in asyncio.run(measure(store, requests)).items():
                print(f"  {name:<20} {median(times):8.1f} ms   worst {max(times):8.1f} ms", flush=True)
            print(f"  memory {psutil.Process().memory_info().rss / 2**20:.0f} MiB", flush=True)
            store.close()


if __name__ == "__main__":
    main()
