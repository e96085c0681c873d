"""Who reads in our consumer groups and is none of our workers: what such a one takes, no service ever hears."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from contracts.flow import SERVICES, group_id
from runtime.exits import one_line
from runtime.kafka.connect import admin

LONGEST_NAME = 80


class Stranger(NamedTuple):
    group: str
    client: str  # as it calls itself
    host: str
    partitions: tuple[str, ...]  # that it has taken, as `topic[partition]`


def look(bootstrap: str, wait_seconds: float = 10.0) -> list[Stranger]:
    with admin(bootstrap, wait_seconds) as (client, reached):
        if reached.in_memory:  # it does not tell
            return []
        return sorted(strangers(client.describe_groups([group_id(each.name) for each in SERVICES])))


def strangers(groups: Mapping[str, Mapping[str, Any]]) -> Iterator[Stranger]:
    """Our workers sign in to a group under its own name, with theirs behind it."""
    for group, told in groups.items():
        for member in told["members"]:
            client = str(member["client_id"])
            if client != group and not client.startswith(f"{group}-"):
                host = str(member["client_host"]).removeprefix("/")
                yield Stranger(group, one_line(client)[:LONGEST_NAME], one_line(host), tuple(_taken(member)))


def _taken(member: Mapping[str, Any]) -> Iterator[str]:
    """What cannot be read is nothing that we would have told it."""
    assigned = member["member_assignment"]
    if isinstance(assigned, Mapping):
        for topic in assigned["assigned_partitions"]:
            yield from (one_line(f"{topic['topic']}[{each}]") for each in topic["partitions"])
