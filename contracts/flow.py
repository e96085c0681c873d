"""Who reads what, who writes what: the whole system in one table. Start here.

Every service listens to the topics it reads, decides, and speaks on the one topic it writes. To add a step, add one
line here, its messages (with an example each) and a folder under `services/`; tests fail until all three agree.
"""

from functools import cache
from typing import NamedTuple

from contracts.words import Channel

PREFIX = "cancellation"
PARTITIONS = 6
GROUP_PREFIX = "tuiding-"


SHARED = "commands"  # any channel may be the speaker there; read for one release more, see TUIDING_SHARED_COMMANDS
OWN = {f"commands.{channel}": channel for channel in Channel}  # and one that belongs to each: the broker proves whose


class Service(NamedTuple):
    name: str
    reads: tuple[str, ...]  # short topic names: "intake" is the topic cancellation.intake
    writes: str
    port: int  # HTTP: health and metrics everywhere, the channels' door on intake, the page on console
    does: str


SERVICES = (
    Service(
        "intake",
        (SHARED, *OWN, "review", "billing", "termination", "notify", "ops"),
        "intake",
        8000,
        "takes requests in from every channel, checks that they are complete and true, keeps the public status",
    ),
    Service("review", ("intake", "ops"), "review", 8001, "approves, rejects with reasons, asks, or refers to a person"),
    Service(
        "billing",
        ("intake", "review", "termination", "ops"),
        "billing",
        8002,
        "quotes, settles, holds what is disputed, refunds, waives, issues the final bill",
    ),
    Service(
        "termination",
        ("intake", "billing", "ops"),
        "termination",
        8003,
        "waits out the notice period, switches off item by item, keeps the promised date",
    ),
    Service(
        "notify",
        ("intake", "review", "billing", "termination", "ops"),
        "notify",
        8004,
        "tells the customer at every step, on the next contact route when one fails",
    ),
    Service(
        "console",
        ("intake", "review", "billing", "termination", "notify", "ops"),
        "ops",
        8080,
        "shows operators where every request is and carries their decisions",
    ),
)
BY_NAME = {service.name: service for service in SERVICES}
DECIDING = tuple(service for service in SERVICES if service.name != "console")  # the console only shows


class Topic(NamedTuple):
    name: str
    written_by: str
    read_by: tuple[str, ...]
    config: dict[str, str]


KEPT = {  # longer than the longest notice period plus the five months in which a fee can be disputed
    "cleanup.policy": "delete",
    "retention.ms": str(400 * 24 * 3600 * 1000),
    "retention.bytes": "-1",  # nothing is deleted for its size
    "message.timestamp.type": "LogAppendTime",  # by a publisher's clock of 1970 the broker deletes what just came
    "compression.type": "uncompressed",  # our reader knows gzip only; the broker unpacks what a channel packed
}
LATEST = {  # the last word of each worker, and of none that has been gone for a day
    "cleanup.policy": "compact,delete",
    "retention.ms": str(24 * 3600 * 1000),
    "segment.ms": str(10 * 60 * 1000),  # what is being written to is never compacted
}
ROOM = {"max.message.bytes": str(2 * 1024 * 1024)}  # a dead letter is its original plus why


def topic_name(short: str) -> str:
    """`intake` -> `cancellation.intake`."""
    return f"{PREFIX}.{short}"


SHARED_COMMANDS = topic_name(SHARED)
CHANNEL_OF = {topic_name(short): channel for short, channel in OWN.items()}  # whose a command topic is
COMMAND_TOPICS = (SHARED_COMMANDS, *CHANNEL_OF)


def command_topic(channel: Channel, shared: bool = False) -> str:
    """Where a command of this channel is said."""
    return SHARED_COMMANDS if shared else topic_name(f"commands.{channel}")


def dead_letter_topic(service: str) -> str:
    return f"{PREFIX}.{service}.dead-letter"


@cache  # asked for each record
def group_id(service: str) -> str:
    """The consumer group of its workers."""
    return f"{GROUP_PREFIX}{service}"


def service_user(service: str) -> str:
    """As whom it signs in, to Kafka and to its database."""
    return f"tuiding-{service}"


def channel_user(channel: str) -> str:
    """As whom a channel signs in to Kafka, if it publishes itself."""
    return f"channel-{channel}"


def journal_topic(service: str) -> str:
    """What its transactions were made of; no service reads it, `tuiding replay` does."""
    return f"{PREFIX}.{service}.journal"


JOURNALS = {journal_topic(service.name): service.name for service in DECIDING}

HEALTH_TOPIC = f"{PREFIX}.health"  # how every worker is; whoever looks reads it, in no consumer group
AUDIT_TOPIC = f"{PREFIX}.audit"  # who asked what at a door, allowed or denied; nobody decides on it
CHANNELS, EVERY_SERVICE, EVERY_DOOR = "channels", "every service", "every channel's door"
DOORS = ("intake", "billing")  # where channels ask over HTTP
NOT_OF_A_REQUEST = (HEALTH_TOPIC, AUDIT_TOPIC)  # of those who listen to what becomes of requests, none reads them


def _readers(short: str) -> tuple[str, ...]:
    return tuple(service.name for service in SERVICES if short in service.reads)


TOPICS = (
    Topic(SHARED_COMMANDS, CHANNELS, _readers(SHARED), KEPT),
    *(Topic(topic_name(short), channel_user(channel), _readers(short), KEPT) for short, channel in OWN.items()),
    *(Topic(topic_name(s.writes), s.name, _readers(s.writes), KEPT) for s in SERVICES),
    *(Topic(dead_letter_topic(s.name), s.name, ("console",), KEPT | ROOM) for s in SERVICES),
    *(Topic(journal_topic(s.name), s.name, (), KEPT | ROOM) for s in DECIDING),
    Topic(HEALTH_TOPIC, EVERY_SERVICE, (), LATEST),
    Topic(AUDIT_TOPIC, EVERY_DOOR, (), KEPT),
)


def writers(topic: Topic) -> tuple[str, ...]:
    """The services, or the channels."""
    several = {EVERY_SERVICE: tuple(service.name for service in SERVICES), EVERY_DOOR: DOORS}
    return several.get(topic.written_by, (topic.written_by,))


def written_topics(service: str) -> list[str]:
    """All that a service writes: what it says, its dead letters, its journal, how its workers are, who asked."""
    return [topic.name for topic in TOPICS if service in writers(topic)]
