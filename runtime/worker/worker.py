"""Hosts one service: a Faust consumer, the engine, the HTTP door, a watchdog."""

import asyncio
import contextlib
import errno
import gc
import os
import signal
import socket
import sys
import threading
from typing import Any

import structlog
import uvicorn

from contracts.flow import group_id, written_topics
from contracts.words import Text
from policies.pack import PackError, folders, in_force
from runtime.exits import visible
from runtime.http.server import http_server
from runtime.kafka import predecessor, topics
from runtime.kafka.connect import BrokerTrouble
from runtime.kafka.security import NotSecured
from runtime.settings import Settings, WrongSetting
from runtime.worker.carrier import AskCarrier, Carrier, connect
from runtime.worker.clock import Clock, why_wrong
from runtime.worker.condition import trouble, why_not_ready
from runtime.worker.consuming import faust_app, read_topics, running, taking
from runtime.worker.engine import Engine
from runtime.worker.giving_up import STANDS_DOWN, GaveUp
from runtime.worker.heartbeat import Heart
from runtime.worker.producer import publisher
from runtime.worker.same_store import learning, partitions_come, refuse_an_older_one
from runtime.worker.service_host import Hosted, Stop, assemble, http_app
from runtime.worker.telemetry import set_up_logs
from runtime.worker.watchdog import FLOOD_EXIT_CODE, Watchdog

log = structlog.get_logger()
LONGEST_GOODBYE_SECONDS = 8.0
LAST_WORDS_SECONDS = 2.0
WRONG_SETTING_EXIT_CODE = 2  # as every command of the command line has it


class Ended(SystemExit):
    """With the exit code, and the sentence that explains it."""

    def __init__(self, code: int, why: Text) -> None:
        super().__init__(code)
        self.why = why


def run(service: str, ask: AskCarrier | None = None) -> None:
    """Runs until SIGTERM or Ctrl-C; exits non-zero with one sentence when it cannot go on.

    `ask` answers for the carrier; without it, the carrier is asked over HTTP.
    """
    try:
        settings = Settings().as_worker_of(service)
        set_up_logs(settings.log, settings.log_level, service=service, worker=settings.worker)
        _check(service, settings)
        hosted = assemble(service, settings)
        if wrong := why_wrong(hosted.store):
            raise Stop(wrong)
        refuse_an_older_one(service, settings, hosted.stepper)
        import uvloop

        uvloop.run(_serve(hosted, ask))
    except (WrongSetting, Stop, PackError, BrokerTrouble, NotSecured, GaveUp) as error:
        with contextlib.suppress(OSError):  # a full disk must not change the exit code
            print(visible(f"tuiding {service}: {error}"), file=sys.stderr)
        raise Ended(_exit_code(error), _why(error)) from None


def _check(service: str, settings: Settings) -> None:
    in_force(settings.policy, folders(settings.policies))
    missing = topics.missing(settings.kafka, [*read_topics(service), *written_topics(service)])
    if missing:
        what_to_do = "run: tuiding topics apply"
        if settings.kafka_user:
            what_to_do += f"; or {settings.kafka_user} may not see them: tuiding topics acls --apply"
        raise Stop(f"the topics {', '.join(missing)} do not exist; {what_to_do}")


def settle_memory() -> None:
    """What is loaded by now stays: the collector need not walk through it again and again (10-24 % of a step).

    It comes often and for little: while much is under way everybody waits for it, 76 ms for 50,000 objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 500)


async def _serve(hosted: Hosted, ask: AskCarrier | None) -> None:
    settings = hosted.settings
    listener = _listen(settings.host, hosted.port)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    settle_memory()
    stepper = hosted.stepper
    came, mark = partitions_come(stepper), lambda: str(stepper.reached.mark)
    app = faust_app(hosted.service, settings, taking(hosted), came, mark)
    carrier = Carrier(connect(settings))
    send = publisher(app.producer.publish)
    asks = ask or carrier.ask
    if traces := hosted.traces:
        send, asks = traces.sending(send), traces.asking(asks)
    answered_in = hosted.meters.answered_in
    heart = Heart(hosted.service, settings.worker, asks, send, answered_in=answered_in)
    learn = learning(hosted.service, settings, stepper)
    hosted.engine = Engine(stepper, send, heart.ask, settings, hosted.meters, Clock(), learn)
    hosted.engine.pause = lambda topics: app.consumer.polling.rest(topics)
    hosted.send = send
    web = http_server(http_app(hosted), settings, hosted.port)
    watchdog = Watchdog(settings, hosted.engine.oldest_seconds, lambda now: trouble(app, settings, now))
    await asyncio.to_thread(predecessor.put_out, settings, group_id(hosted.service))
    async with running(app):
        hosted.ready_when(lambda: why_not_ready(app, hosted.engine, settings))
        tasks = [
            asyncio.create_task(work, name=name)
            for name, work in {
                "engine": hosted.engine.run(),
                "http": web.serve([listener]),
                "faust": app.wait_until_stopped(),
                "watchdog": watchdog.tick(),
                "heartbeat": heart.beat(
                    hosted.engine, lambda: app.consumer.assignment(), lambda: app.consumer.polling.unread.gone
                ),
                "stop": stopped.wait(),
            }.items()
        ]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        watchdog.rest()
        error = _why_it_ended(done)
        if error:
            log.error("ending", why=str(error))
        await _wind_down(tasks, web, _exit_code(error))
        await _last_words(hosted.engine)
    await carrier.client.aclose()
    if error:
        raise error


def _listen(host: str, port: int) -> socket.socket:
    """Before any work: calls under way belong to a name, and where nobody gave one it is that of the port."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        ours = error.errno in (errno.EADDRINUSE, errno.EACCES)
        cure = "set TUIDING_PORT to another" if ours else "set TUIDING_HOST to an address of this machine"
        raise Stop(f"port {port} of {host} cannot be had ({error.strerror}); {cure}") from None


def _why_it_ended(done: set[asyncio.Task[Any]]) -> Exception | None:
    """None: because it was told to."""
    for task in done:
        if task.get_name() != "stop":
            error = task.exception()
            if isinstance(error, GaveUp):
                return error
            return Stop(f"{task.get_name()} ended: {error!r}" if error else f"{task.get_name()} ended without a reason")
    return None


def _why(error: Exception) -> Text:
    """What is not said in Chinese stands in the log alone, and nobody reads it on a page."""
    chinese = next((words for kind, words in STANDS_DOWN.items() if isinstance(error, kind)), str(error))
    return Text(zh=chinese, en=str(error))


def _exit_code(error: Exception | None) -> int:
    if isinstance(error, tuple(STANDS_DOWN)):
        return FLOOD_EXIT_CODE
    if isinstance(error, WrongSetting | NotSecured):
        return WRONG_SETTING_EXIT_CODE
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


async def _last_words(engine: Engine) -> None:
    """What is decided and published needs only its lines in the journal: then it does not come again."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(engine.clear_the_shelf(), LAST_WORDS_SECONDS)
