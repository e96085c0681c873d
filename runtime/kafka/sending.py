"""Sends whole batches with librdkafka; whoever sends waits until the broker has every record of his."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from confluent_kafka import KafkaException, Producer

from runtime.envelope import Record
from runtime.kafka.client_config import AWAY, STATISTICS_SECONDS

log = structlog.get_logger()
POLL_SECONDS = 1.0
GOODBYE_SECONDS = 2.0


class Delivery:
    """One batch on its way; its future is done when the last record is, with the first thing that went wrong."""

    def __init__(self, records: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self.loop.create_future()
        self.left = records
        self.error: Any = None

    def heard(self, error: Any, message: Any) -> None:
        """In the sending thread, once for every record."""
        self.error = self.error or error
        self.left -= 1
        if self.left == 0:
            with contextlib.suppress(RuntimeError):  # nobody waits any more: the loop is closed
                self.loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        if self.done.done():
            return
        if self.error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(KafkaException(self.error))


class Sending:
    def __init__(self, config: dict[str, Any], client: Callable[[dict[str, Any]], Any] = Producer) -> None:
        self.client = client(config | {"error_cb": self._failed})
        self.died = ""
        self.turned = time.monotonic()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sending", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What is still on its way was awaited by nobody who acknowledged it."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(GOODBYE_SECONDS)

    async def send(self, records: Sequence[Record]) -> None:
        """Returns once the broker has acknowledged every one of them."""
        if not records:
            return
        delivery = Delivery(len(records))
        for topic, key, value, headers in records:
            self.client.produce(topic, value, key, on_delivery=delivery.heard, headers=list(headers))
        await delivery.done

    def trouble(self, now: float, stall_seconds: float) -> str:
        if self.died:
            return f"sending to the broker has ended for good: {self.died}"
        if now - self.turned > stall_seconds + STATISTICS_SECONDS:
            return f"the thread that sends to the broker has not moved for {now - self.turned:.0f} s"
        return ""

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                self.turned = time.monotonic()
                self.client.poll(POLL_SECONDS)
        except Exception as error:
            self.died = self.died or repr(error)

    def _failed(self, error: Any) -> None:
        if error.code() not in AWAY:  # the client's own log says that, and it goes on trying
            log.warning("the broker", why=str(error))
        if error.fatal():
            self.died = str(error)
