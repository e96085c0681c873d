"""Hosts one service: a Faust consumer, the engine, the HTTP door, a watchdog.

Faust is trusted with consumer groups, rebalances and sending; never with acknowledging (see docs/decisions.md): the
stream is `noack`, a record is acknowledged by the engine after everything it led to is published.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import faust
import faust.streams
import structlog
import uvicorn
from faust.contrib.asgi import faust_app_running

from contracts.flow import BY_NAME, PARTITIONS, SERVICES, dead_letter_topic, topic_name
from policies.pack import PackError, folders, in_force
from runtime.envelope import Record
from runtime.exits import visible
from runtime.http.server import http_server
from runtime.kafka import topics
from runtime.kafka.connect import BrokerTrouble
from runtime.kafka.header_names import read_any_header_name
from runtime.kafka.lag import group_id
from runtime.kernel.arrivals import Consumed
from runtime.settings import Settings
from runtime.worker.carrier import AskCarrier, Carrier, connect
from runtime.worker.consumer import TruthfulConsumer
from runtime.worker.engine import Engine, Flood, GaveUp
from runtime.worker.heartbeat import Heart
from runtime.worker.producer import publisher, rest_between_failures
from runtime.worker.service_host import Hosted, Stop, assemble, http_app
from runtime.worker.telemetry import set_up_logs
from runtime.worker.watchdog import FLOOD_EXIT_CODE, Watchdog

log = structlog.get_logger()
LINGER_SECONDS = 0.002
LONGEST_GOODBYE_SECONDS = 8.0


class Ended(SystemExit):
    """With the exit code, and the sentence that explains it."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(code)
        self.why = why


def run(service: str, ask: AskCarrier | None = None) -> None:
    """Runs until SIGTERM or Ctrl-C; exits non-zero with one sentence when it cannot go on.

    `ask` answers for the carrier; without it, the carrier is asked over HTTP.
    """
    settings = Settings()
    set_up_logs(settings.log, settings.log_level, service=service, worker=settings.worker)
    try:
        _check(service, settings)
        hosted = assemble(service, settings)
        import uvloop

        uvloop.run(_serve(hosted, ask))
    except (Stop, PackError, BrokerTrouble, GaveUp) as error:
        with contextlib.suppress(OSError):  # a full disk must not change the exit code
            print(visible(f"tuiding {service}: {error}"), file=sys.stderr)
        raise Ended(_exit_code(error), str(error)) from None


def _check(service: str, settings: Settings) -> None:
    if getattr(faust.streams, "_CStreamIterator", None) is None:
        raise Stop("Faust runs without its compiled stream, which acknowledges too early; install the wheel")
    in_force(settings.policy, folders(settings.policies))
    missing = [drift.topic for drift in topics.verify(settings.kafka) if drift.what == "missing"]
    if missing:
        raise Stop(f"the topics {', '.join(missing)} do not exist; run: tuiding topics apply")


def read_topics(service: str) -> list[str]:
    names = [topic_name(short) for short in BY_NAME[service].reads]
    if service == "console":
        names += [dead_letter_topic(each.name) for each in SERVICES]
    return names


def faust_app(service: str, settings: Settings) -> Any:
    session = settings.session_timeout_seconds
    folder = Path(settings.data, "faust", f"{service}-{settings.worker}")
    folder.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        group_id(service),
        broker=f"kafka://{settings.kafka.replace(',', ';')}",
        datadir=str(folder),
        web_enabled=False,
        topic_partitions=PARTITIONS,
        topic_disable_leader=True,
        topic_allow_declare=False,
        table_standby_replicas=0,
        broker_session_timeout=session,
        broker_heartbeat_interval=session / 3,
        broker_rebalance_timeout=30.0,
        broker_request_timeout=45.0,
        broker_max_poll_interval=30 * 24 * 3600.0,
        broker_max_poll_records=settings.batch_records,
        broker_commit_interval=1.0,
        producer_request_timeout=30.0,
        producer_max_batch_size=131072,
        producer_linger=LINGER_SECONDS,
        producer_max_request_size=2 * 1024 * 1024,
        consumer_max_fetch_size=4 * 1024 * 1024,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        worker_redirect_stdouts=False,
    )
    vars(app.transport)["Consumer"] = TruthfulConsumer
    read_any_header_name()
    return app


def _listen(app: Any, hosted: Hosted) -> None:
    """Every record goes to the engine's queue in the order of its partition, acknowledged there and only there."""
    names = read_topics(hosted.service)
    source = app.topic(
        *names, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw", allow_empty=True
    )
    group, engine, wants = group_id(hosted.service), hosted.engine, hosted.stepper.wants

    async def listen(stream: Any) -> None:
        async for event in stream.noack().events():
            message = event.message
            record = Record(message.topic, message.key, message.value, tuple(message.headers or ()))
            milliseconds = int((message.timestamp or 0) * 1000)
            wanted = wants(record)
            arrival = Consumed(record, message.partition, message.offset, milliseconds, group) if wanted else None
            await engine.arrived(arrival, event.ack)

    app.agent(source, name=f"{hosted.service}-listen", concurrency=1)(listen)


def _settle_memory() -> None:
    """What is loaded by now stays: the collector need not walk through it again and again (10-24 % of a step)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def _serve(hosted: Hosted, ask: AskCarrier | None) -> None:
    settings = hosted.settings
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    _settle_memory()
    rest_between_failures()
    app = faust_app(hosted.service, settings)
    carrier = Carrier(connect(settings.carrier, settings.call_timeout_seconds, settings.calls_at_once))
    send = publisher(app.producer.send)
    heart = Heart(hosted.service, settings.worker, ask or carrier.ask, send)
    hosted.engine = Engine(hosted.stepper, send, heart.ask, settings, hosted.meters)
    hosted.send = send
    _listen(app, hosted)
    web = http_server(http_app(hosted), settings, hosted.port)
    watchdog = Watchdog(settings, hosted.engine.oldest_seconds, lambda: _coordination_task(app))
    async with faust_app_running(app, stop_timeout=15):
        hosted.ready_when(lambda: _why_not_ready(app, hosted.engine))
        tasks = [
            asyncio.create_task(work, name=name)
            for name, work in {
                "engine": hosted.engine.run(),
                "http": web.serve(),
                "faust": app.wait_until_stopped(),
                "watchdog": watchdog.tick(),
                "heartbeat": heart.beat(hosted.engine, lambda: app.consumer.assignment()),
                "stop": stopped.wait(),
            }.items()
        ]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        watchdog.rest()
        error = _why_it_ended(done)
        if error:
            log.error("ending", why=str(error))
        await _wind_down(tasks, web, _exit_code(error))
    await carrier.client.aclose()
    if error:
        raise error


def _why_it_ended(done: set[asyncio.Task[Any]]) -> Exception | None:
    """None: because it was told to."""
    for task in done:
        if task.get_name() != "stop":
            error = task.exception()
            if isinstance(error, GaveUp):
                return error
            return Stop(f"{task.get_name()} ended: {error!r}" if error else f"{task.get_name()} ended without a reason")
    return None


def _exit_code(error: Exception | None) -> int:
    if isinstance(error, Flood | PackError):  # starting again would only repeat it
        return FLOOD_EXIT_CODE
    return 1 if error else 0


async def _wind_down(tasks: list[asyncio.Task[Any]], web: uvicorn.Server, exit_code: int) -> None:
    """Nothing to save: what is not acknowledged comes again. Nobody waits for a client that waits for a dead broker."""
    end = threading.Timer(LONGEST_GOODBYE_SECONDS, os._exit, [exit_code])
    end.daemon = True
    end.start()
    web.should_exit = True
    for task in tasks:
        if task.get_name() != "http":
            task.cancel()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)


def _coordination_task(app: Any) -> Any:
    """aiokafka's group coordination: when it dies, it dies in silence."""
    consumer = getattr(getattr(app.consumer, "_thread", None), "_consumer", None)
    return getattr(getattr(consumer, "_coordinator", None), "_coordination_task", None)


def _why_not_ready(app: Any, engine: Engine) -> str:
    if engine.waiting_for:
        return engine.waiting_for
    if app.rebalancing:
        return "the consumer group is rebalancing"
    return "" if app.consumer.assignment() else "no partitions are assigned to this worker yet"
