"""A service with nothing but a watchdog: `python -m tests.supervisor.watched PORT TROUBLE`; GET /trouble begins it.

`patient` instead of a trouble is none, under a watchdog that notices only what takes minutes.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from runtime.envelope import Record
from runtime.kernel.arrivals import AlarmDue, Arrival, Consumed, Outcome
from runtime.kernel.reached import Reached
from runtime.kernel.store import Store
from runtime.settings import Settings
from runtime.worker.engine import Engine
from runtime.worker.patience import utc_now
from runtime.worker.telemetry import Meters
from runtime.worker.watchdog import Watchdog
from tests.kernel.steps import arrived

SETTINGS = Settings(session_timeout_seconds=3, loop_stall_seconds=1.5, oldest_work_seconds=1)
PATIENT = Settings(session_timeout_seconds=300, loop_stall_seconds=300, oldest_work_seconds=300)
HURRY = {  # where its own trouble is, and nowhere else: a busy machine shows the others by itself
    "blocked": "loop_stall_seconds",
    "hung": "oldest_work_seconds",
    "old": "oldest_work_seconds",
    "none": "session_timeout_seconds",
}
LONG_SECONDS = 600


class Stuck:
    """A stepper whose database never answers."""

    worker = "1"
    patience_seconds = 0.0

    def __init__(self) -> None:
        self.store, self.reached = Store("memory:", "review"), Reached()

    def wants(self, record: Record) -> bool:
        return True

    def fault(self, consumed: Consumed) -> None:
        return None

    def may_wait(self, arrival: Arrival) -> bool:
        return False

    def partitions_came(self) -> None: ...

    def step(self, arrivals: Sequence[Arrival], published: Sequence[int], now: datetime) -> Outcome:
        time.sleep(LONG_SECONDS)
        raise AssertionError("the watchdog was faster")


class Door(BaseHTTPRequestHandler):
    trouble: Any = None

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        if self.path == "/trouble":
            self.trouble()

    def log_message(self, format: str, *args: object) -> None:
        pass


async def main(port: int, trouble: str) -> None:
    loop = asyncio.get_running_loop()
    settings = PATIENT
    if name := HURRY.get(trouble):
        settings = PATIENT.model_copy(update={name: getattr(SETTINGS, name)})
    engine = Engine(Stuck(), _publish, _ask, settings, Meters("review"))
    trouble_of_the_client: list[str] = []
    ways: dict[str, Any] = {
        "none": lambda: None,
        "patient": lambda: None,
        "blocked": lambda: time.sleep(LONG_SECONDS),
        "hung": lambda: vars(engine.stepper.store).update(read=lambda *_: time.sleep(LONG_SECONDS)),
        "old": lambda: loop.create_task(arrived(engine, AlarmDue("r", "ring", utc_now(), "", ""))),
        "client": lambda: trouble_of_the_client.append("the consumer group has had no coordinator for 70 s"),
    }
    Door.trouble = lambda self: loop.call_soon_threadsafe(ways[trouble])
    watchdog = Watchdog(settings, engine.oldest_seconds, lambda now: "".join(trouble_of_the_client))
    at_work = [asyncio.create_task(each) for each in (watchdog.tick(), engine.run())]
    await asyncio.sleep(0)  # whoever knocks finds a watchdog that looks already
    threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", port), Door).serve_forever, daemon=True).start()
    await asyncio.gather(*at_work)


async def _publish(records: Sequence[Record]) -> None:
    pass


async def _ask(*asked: Any) -> Any:
    raise AssertionError("nobody asks the carrier here")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
