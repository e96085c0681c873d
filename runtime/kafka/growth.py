"""More partitions for every topic, without a request overtaking itself: only once everything said has been heard."""

from typing import Any, NamedTuple

from contracts.flow import COMMAND_TOPICS, SERVICES, TOPICS, group_id
from runtime.kafka.connect import BrokerRefused, admin, wait_until_visible
from runtime.kafka.lag import lag

VISIBLE_SECONDS = 30.0
EMPTY = ("Empty", "Dead")  # nobody is in the group; it was never there


class Grown(NamedTuple):
    topic: str
    before: int
    after: int


class NotYet(BrokerRefused):
    """One sentence: what still has to happen first."""


def grow(bootstrap: str, partitions: int, wait_seconds: float = 10.0) -> list[Grown]:
    """A key is sent elsewhere afterwards, so what was sent before must have been read. Cut short, it is run again.

    Commands may go on coming: a follow-up that is read before its request waits for it. Raises NotYet.
    """
    with admin(bootstrap, wait_seconds) as (client, reached):
        if reached.in_memory:
            raise NotYet("A Kafka in memory has as many partitions as it likes: nothing to grow.")
        before = _counts(client)
        _refuse_fewer(before, partitions)
        _refuse_unread(bootstrap, wait_seconds)
        _refuse_members(client)
        _refuse_unread(bootstrap, wait_seconds)  # what the last of them said before it left
        smaller = {name: partitions for name, count in before.items() if count < partitions}
        if smaller:
            client.create_partitions(smaller)
        wait_until_visible(lambda: all(count >= partitions for count in _counts(client).values()), VISIBLE_SECONDS)
    return [Grown(name, before[name], partitions) for name in smaller]


def _counts(client: Any) -> dict[str, int]:
    ours = [topic.name for topic in TOPICS]
    return {each["name"]: len(each["partitions"]) for each in client.describe_topics() if each["name"] in ours}


def _refuse_fewer(found: dict[str, int], partitions: int) -> None:
    more = {name: count for name, count in found.items() if count > partitions}
    if more:
        name, count = sorted(more.items())[0]
        raise NotYet(f"{name} has {count} partitions already: Kafka takes none away. Say at least {count}.")


def _refuse_members(client: Any) -> None:
    """A worker that runs would go on writing to the old places."""
    groups = client.describe_groups([group_id(service.name) for service in SERVICES])
    busy = sorted(name for name, each in groups.items() if _state(each) not in EMPTY)
    if busy:
        raise NotYet(f"{', '.join(busy)} still have workers: stop all services first (their sessions end in seconds).")


def _state(group: Any) -> str:
    return str(group["group_state"] if isinstance(group, dict) else group.state)


def _refuse_unread(bootstrap: str, wait_seconds: float) -> None:
    behind = [each for each in lag(bootstrap, wait_seconds) if each.behind and each.topic not in COMMAND_TOPICS]
    if behind:
        first = behind[0]
        raise NotYet(
            f"{first.group} has {first.behind} records of {first.topic} to read: start the services with "
            "TUIDING_TAKES_COMMANDS=false until `tuiding lag` shows nothing but commands."
        )
