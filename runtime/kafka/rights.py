"""Who may do what on Kafka: every right of every principal, made from contracts/flow.py; what is not here is denied."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from kafka.admin import (  # type: ignore[import-untyped,unused-ignore]
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

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
from runtime.kafka.connect import BrokerRefused, admin, wait_until_visible
from runtime.kafka.security import Security

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


# ---- on a broker ---------------------------------------------------------------------------------------------------


class RightsChange(NamedTuple):
    right: Right
    what: Literal["granted", "taken away"]


def compare(bootstrap: str, wait_seconds: float = 10.0, security: Security | None = None) -> list[RightsChange]:
    """What `apply_rights` would do; empty when the broker holds exactly our table."""
    with admin(bootstrap, wait_seconds, security) as (client, _):
        held, wanted = set(_held(client)), set(rights())
    return [RightsChange(right, "granted") for right in rights() if right not in held] + [
        RightsChange(right, "taken away") for right in sorted(held - wanted)
    ]


def apply_rights(bootstrap: str, wait_seconds: float = 30.0, security: Security | None = None) -> list[RightsChange]:
    """Grants what is missing and takes away what our principals hold beyond the table; others are left alone."""
    changes = compare(bootstrap, wait_seconds, security)
    with admin(bootstrap, wait_seconds, security) as (client, _):
        if granted := [_acl(change.right) for change in changes if change.what == "granted"]:
            _all_taken(client.create_acls(granted))
        if surplus := [_filter(change.right) for change in changes if change.what == "taken away"]:
            client.delete_acls(surplus)
        wait_until_visible(lambda: set(_held(client)) == set(rights()), wait_seconds)
    return changes


def _held(client: Any) -> Iterator[Right]:
    anything = ACLFilter(
        principal=None,
        host=None,
        operation=ACLOperation.ANY,
        permission_type=ACLPermissionType.ANY,
        resource_pattern=ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
    )
    found, error = client.describe_acls(anything)
    if getattr(error, "errno", 0):
        raise BrokerRefused(f"The broker does not tell its rights: {error}. Sign in as {ADMINISTRATOR}.")
    ours = set(principals())
    for acl in found:
        principal = acl.principal.removeprefix("User:")
        if principal in ours and acl.permission_type == ACLPermissionType.ALLOW:
            pattern = acl.resource_pattern
            prefixed = pattern.pattern_type == ACLResourcePatternType.PREFIXED
            kind = pattern.resource_type.name
            yield Right(principal, acl.operation.name, kind, pattern.resource_name, prefixed)


def _all_taken(answer: dict[str, Any]) -> None:
    for acl, error in answer["failed"]:
        raise BrokerRefused(f"The broker refused a right ({acl}): {error}. Sign in as {ADMINISTRATOR}.")


def _acl(right: Right) -> Any:
    return _as_the_client_has_it(right, ACL, ResourcePattern)


def _filter(right: Right) -> Any:
    return _as_the_client_has_it(right, ACLFilter, ResourcePatternFilter)


def _as_the_client_has_it(right: Right, acl: Any, pattern: Any) -> Any:
    kind = ACLResourcePatternType.PREFIXED if right.prefix else ACLResourcePatternType.LITERAL
    place = pattern(ResourceType[right.kind], right.name, kind)
    return acl(f"User:{right.principal}", "*", ACLOperation[right.operation], ACLPermissionType.ALLOW, place)
