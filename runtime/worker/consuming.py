"""The Faust app of a service: which topics it takes, and how its batches come to the engine.

Faust is trusted with the app's life, its group and its rebalances; never with records (see docs/decisions.md): they
come in batches through `runtime/kafka/transport.py`, acknowledged by the engine after all they led to is published.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import faust
from faust.contrib.asgi import faust_app_running

from contracts.flow import BY_NAME, COMMAND_TOPICS, SERVICES, SHARED_COMMANDS, dead_letter_topic, group_id, topic_name
from runtime.kafka.transport import Came, Mark, Take, Transport
from runtime.kernel.arrivals import Consumed
from runtime.settings import Settings
from runtime.worker.service_host import Hosted

GOODBYE_SECONDS = 15
READING_PATIENCE_SECONDS = 0.2  # of who only shows what it reads; whoever decides is told at once


def read_topics(service: str) -> list[str]:
    names = [topic_name(short) for short in BY_NAME[service].reads]
    if service == "console":
        names += [dead_letter_topic(each.name) for each in SERVICES]
    return names


def taken_topics(service: str, settings: Settings) -> list[str]:
    """Those it reads just now: while partitions are added, commands wait on their topics and everything else drains."""
    if not settings.takes_commands:
        return [name for name in read_topics(service) if name not in COMMAND_TOPICS]
    return [name for name in read_topics(service) if name != SHARED_COMMANDS or settings.shared_commands]


def faust_app(service: str, settings: Settings, take: Take, came: Came, mark: Mark = str) -> Any:
    """`take` is given every batch of records, and how it is acknowledged; `came` hears of new partitions.

    `mark` lies beside every commit of the group, and `came` is told those that lay there.
    """
    folder = Path(settings.data, "faust", f"{service}-{settings.worker}")
    folder.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        group_id(service),
        broker=f"kafka://{settings.kafka.replace(',', ';')}",
        datadir=str(folder),
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        table_standby_replicas=0,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_commit_interval=1.0,
        stream_wait_empty=False,
        worker_redirect_stdouts=False,
    )
    patience_seconds = READING_PATIENCE_SECONDS if service == "console" else 0.0
    app.transport = app.producer_transport = Transport(app, settings, take, came, mark, patience_seconds)
    app.topics.add(app.topic(*taken_topics(service, settings), key_type=bytes, value_type=bytes))
    return app


def running(app: Any) -> AbstractAsyncContextManager[Any]:
    return faust_app_running(app, stop_timeout=GOODBYE_SECONDS)


def taking(hosted: Hosted) -> Take:
    """What nobody here decides on is only acknowledged in its turn."""
    wants = hosted.stepper.wants

    async def take(records: Sequence[Consumed], acknowledge: Callable[[], None]) -> None:
        if hosted.traces:
            hosted.traces.heard(records)
        wanted = [each for each in records if wants(each.record)]
        await hosted.engine.arrived_together(wanted, acknowledge, records[0].record.topic)

    return take
