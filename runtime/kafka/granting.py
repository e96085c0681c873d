"""The rights that a broker holds, against our table: the missing are granted, those beside it taken away or named."""

from collections.abc import Iterable, Iterator
from itertools import starmap
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

from contracts.flow import GROUP_PREFIX, PREFIX, SERVICES, TOPICS, group_id
from runtime.kafka.connect import BrokerRefused, admin, wait_until_visible
from runtime.kafka.rights import ADMINISTRATOR, Right, principals, rights
from runtime.kafka.security import Security

ANYWHERE, EVERYBODY, ALL_OF_THEM = "*", "*", "*"
OURS = {
    "TOPIC": (f"{PREFIX}.", [topic.name for topic in TOPICS]),
    "GROUP": (GROUP_PREFIX, [group_id(service.name) for service in SERVICES]),
}


class Held(NamedTuple):
    """A rule of the broker's: `right`, or its denial, for whoever comes from `host`."""

    right: Right
    host: str = ANYWHERE
    denied: bool = False


class RightsChange(NamedTuple):
    held: Held
    what: Literal["granted", "taken away", "left alone"]

    @property
    def row(self) -> dict[str, Any]:
        right, host, denied = self.held
        may = f"not {right.operation}" if denied else right.operation
        return {"what": self.what} | right._asdict() | {"operation": may, "host": host}


def compare(bootstrap: str, wait_seconds: float = 10.0, security: Security | None = None) -> list[RightsChange]:
    """What `apply_rights` would do, and what others may or may not with what is ours; empty where it is our table."""
    with admin(bootstrap, wait_seconds, security) as (client, _):
        return _changes(list(_held(client)))


def apply_rights(bootstrap: str, wait_seconds: float = 30.0, security: Security | None = None) -> list[RightsChange]:
    """Grants what is missing and takes away what our principals hold beyond the table; others are left alone."""
    with admin(bootstrap, wait_seconds, security) as (client, _):
        changes = _changes(list(_held(client)))
        if granted := [_acl(change.held) for change in changes if change.what == "granted"]:
            _all_taken(client.create_acls(granted))
        if surplus := [_filter(change.held) for change in changes if change.what == "taken away"]:
            client.delete_acls(surplus)
        left = [change for change in changes if change.what == "left alone"]
        wait_until_visible(lambda: _changes(list(_held(client))) == left, wait_seconds)
    return changes


def _changes(held: Iterable[Held]) -> list[RightsChange]:
    ours, wanted = set(principals()), [Held(right) for right in rights()]
    there = {each for each in held if each.right.principal in ours}
    others = [each for each in held if each.right.principal not in ours and _is_ours(each.right)]
    found = [(each, "granted") for each in wanted if each not in there]
    found += [(each, "taken away") for each in sorted(there - set(wanted))]
    found += [(each, "left alone") for each in sorted(others)]
    return list(starmap(RightsChange, found))


def _is_ours(right: Right) -> bool:
    """What somebody else may: with a topic or group of ours, or everybody with the cluster."""
    if right.kind not in OURS:
        return right.principal == EVERYBODY
    begins, names = OURS[right.kind]
    if right.prefix:
        return right.name.startswith(begins) or begins.startswith(right.name)
    return right.name == ALL_OF_THEM or right.name in names


def _held(client: Any) -> Iterator[Held]:
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
    for acl in found:
        pattern = acl.resource_pattern
        prefixed = pattern.pattern_type == ACLResourcePatternType.PREFIXED
        principal, kind = acl.principal.removeprefix("User:"), pattern.resource_type.name
        right = Right(principal, acl.operation.name, kind, pattern.resource_name, prefixed)
        yield Held(right, acl.host, acl.permission_type == ACLPermissionType.DENY)


def _all_taken(answer: dict[str, Any]) -> None:
    for acl, error in answer["failed"]:
        raise BrokerRefused(f"The broker refused a right ({acl}): {error}. Sign in as {ADMINISTRATOR}.")


def _acl(held: Held) -> Any:
    return _as_the_client_has_it(held, ACL, ResourcePattern)


def _filter(held: Held) -> Any:
    return _as_the_client_has_it(held, ACLFilter, ResourcePatternFilter)


def _as_the_client_has_it(held: Held, acl: Any, pattern: Any) -> Any:
    right = held.right
    kind = ACLResourcePatternType.PREFIXED if right.prefix else ACLResourcePatternType.LITERAL
    place = pattern(ResourceType[right.kind], right.name, kind)
    permission = ACLPermissionType.DENY if held.denied else ACLPermissionType.ALLOW
    return acl(f"User:{right.principal}", held.host, ACLOperation[right.operation], permission, place)
