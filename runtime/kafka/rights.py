"""Who may do what on Kafka: every right of every principal, made from contracts/flow.py; what is not here is denied."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from contracts.flow import (
    BY_NAME,
    CHANNEL_OF,
    COMMAND_TOPICS,
    GROUP_PREFIX,
    HEALTH_TOPIC,
    PREFIX,
    SERVICES,
    channel_user,
    dead_letter_topic,
    group_id,
    service_user,
    topic_name,
    written_topics,
)
from contracts.words import Channel

ADMINISTRATOR = "tuiding-admin"  # applies topics and rights; a super user, so no right of it stands here
OPERATOR = "tuiding-operator"  # the command line: looks at everything, writes nothing
Operation = Literal["READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS"]
Kind = Literal["TOPIC", "GROUP"]


class Right(NamedTuple):
    """`principal` may do `operation` on `name`; a `prefix` ends in a dot or a hyphen."""

    principal: str
    operation: Operation
    kind: Kind
    name: str
    prefix: bool = False


def principals() -> list[str]:
    """Whoever signs in, the administrator first."""
    services = [service_user(service.name) for service in SERVICES]
    return [ADMINISTRATOR, OPERATOR, *services, *(channel_user(channel) for channel in Channel)]


def rights() -> list[Right]:
    """The whole table, in the order of the principals."""
    found = [*_operator()]
    for service in SERVICES:
        found += _service(service.name)
    for topic, channel in CHANNEL_OF.items():  # what all share is written by our own door only, and sent again
        found += _writes(channel_user(channel), [topic])
    return found


def may(principal: str, operation: Operation, kind: Kind, name: str) -> bool:
    """The answer a broker that holds exactly these rights would give."""
    if principal == ADMINISTRATOR:
        return True
    implied = ("READ", "WRITE") if operation == "DESCRIBE" else ()  # as Kafka's own authorizer has it
    return any(
        right.principal == principal and right.kind == kind and right.operation in (operation, *implied)
        for right in rights()
        if (name.startswith(right.name) if right.prefix else name == right.name)
    )


def _service(name: str) -> Iterator[Right]:
    user, service = service_user(name), BY_NAME[name]
    yield from _reads(user, [topic_name(short) for short in service.reads], group_id(name))
    written = written_topics(name)
    if name == "intake":  # its HTTP door publishes for the channels
        written += COMMAND_TOPICS
    if name == "console":
        yield from _console(user)
        written += [topic_name(each.writes) for each in SERVICES if each.name != "console"]
        written += COMMAND_TOPICS
    yield from _writes(user, written)


def _console(user: str) -> Iterator[Right]:
    """It shows dead letters, lag and how old the oldest unread record is, and sends a dead letter's original back."""
    for topic in (*COMMAND_TOPICS, HEALTH_TOPIC):
        yield Right(user, "READ", "TOPIC", topic)
    for service in SERVICES:
        yield Right(user, "READ", "TOPIC", dead_letter_topic(service.name))
        if service.name != "console":
            yield Right(user, "DESCRIBE", "GROUP", group_id(service.name))
    for operation in ("DESCRIBE", "DESCRIBE_CONFIGS"):  # and says where topics are set so that records go
        yield Right(user, operation, "TOPIC", f"{PREFIX}.", prefix=True)


def _operator() -> Iterator[Right]:
    for operation in ("READ", "DESCRIBE_CONFIGS"):
        yield Right(OPERATOR, operation, "TOPIC", f"{PREFIX}.", prefix=True)
    yield Right(OPERATOR, "DESCRIBE", "GROUP", GROUP_PREFIX, prefix=True)


def _reads(user: str, topics: Iterable[str], group: str) -> Iterator[Right]:
    for topic in topics:
        yield Right(user, "READ", "TOPIC", topic)
    yield Right(user, "READ", "GROUP", group)


def _writes(user: str, topics: Iterable[str]) -> Iterator[Right]:
    for topic in topics:
        yield Right(user, "WRITE", "TOPIC", topic)
