"""Brings a broker's topics in step with contracts/flow.py and says where they are not."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from kafka import KafkaProducer  # type: ignore[import-untyped,unused-ignore]
from kafka.admin import ConfigResource, ConfigResourceType  # type: ignore[import-untyped,unused-ignore]
from kafka.errors import (  # type: ignore[import-untyped,unused-ignore]
    AuthorizationError,
    NoError,
    TopicAlreadyExistsError,
    for_code,
)

from contracts.flow import TOPICS, Topic
from runtime.kafka.connect import BrokerAway, BrokerRefused, BrokerTrouble, Reach, admin, wait_until_visible
from runtime.kafka.drift import (
    BOUNDED,
    MOST_REPLICAS,
    OURS,
    UNCHECKED,
    Drift,
    Found,
    config_drifts,
    drifts,
    presence,
)
from runtime.kafka.lag import Lag, lag, offsets
from runtime.kafka.security import Security
from runtime.settings import Settings

__all__ = [
    "BrokerAway",
    "BrokerRefused",
    "BrokerTrouble",
    "Change",
    "Drift",
    "Lag",
    "apply",
    "lag",
    "missing",
    "offsets",
    "verify",
]

SURVIVES_ONE_BROKER = {"min.insync.replicas": "2"}  # else one copy is enough for an acknowledgement
ON_THE_DISK = {"flush.messages": "1"}  # else a record may still be in memory only, of each of its brokers
VISIBLE_SECONDS = 10.0


class Change(NamedTuple):
    topic: str
    what: Literal["created", "configured", "left"]
    detail: str


def apply(
    bootstrap: str,
    wait_seconds: float = 30.0,
    security: Security | None = None,
    flushed: bool = False,
    delete_older: bool = False,
) -> list[Change]:
    """Creates what is missing and corrects settings. Partitions stay: more of them would send keys elsewhere.

    `flushed`: every record is on the disk before it is acknowledged (durability class D2), on topics that are made now.
    `delete_older`: also where the broker then deletes records that it keeps now; else those settings are left and told.
    """
    with admin(bootstrap, wait_seconds, security) as (client, reached):
        missing = [topic for topic in TOPICS if topic.name not in client.list_topics()]
        if reached.in_memory:
            return _touch(missing, reached)
        return _create(client, missing, ON_THE_DISK if flushed else {}) + _correct(client, delete_older)


def _touch(missing: Iterable[Topic], reached: Reach) -> list[Change]:
    """The in-memory broker creates a topic when somebody asks about it."""
    producer = KafkaProducer(**reached.producer_options)
    try:
        return [
            Change(topic.name, "created", f"{len(producer.partitions_for(topic.name))} partitions, in memory")
            for topic in missing
        ]
    finally:
        producer.close()


def _create(client: Any, missing: list[Topic], more: dict[str, str]) -> list[Change]:
    if not missing:
        return []  # kafka-python refuses an empty request
    replicas = min(MOST_REPLICAS, len(client.describe_cluster()["brokers"]))
    answer = client.create_topics({topic.name: _order(topic, replicas, more) for topic in missing}, raise_errors=False)
    created = [topic["name"] for topic in answer["topics"] if _was_created(topic)]
    client.wait_for_topics([topic.name for topic in missing])
    return [Change(name, "created", f"{_partitions()} partitions, {replicas} replicas") for name in created]


def _order(topic: Topic, replicas: int, more: dict[str, str]) -> dict[str, Any]:
    durable = (SURVIVES_ONE_BROKER if replicas == MOST_REPLICAS else {}) | more
    return {"num_partitions": _partitions(), "replication_factor": replicas, "configs": topic.config | durable}


def _partitions() -> int:
    return Settings().partitions


def _was_created(answer: dict[str, Any]) -> bool:
    error = for_code(answer["error_code"])
    if issubclass(error, AuthorizationError):
        raise error(answer["name"])
    if error not in (NoError, TopicAlreadyExistsError):  # two may apply at once: the other one was first
        raise BrokerRefused(
            f"The broker refused to create {answer['name']}: {answer['error_message'] or error.__name__}."
        )
    return error is NoError


def _correct(client: Any, delete_older: bool) -> list[Change]:
    found = _config_drift(client)
    left = [] if delete_older else [drift for drift in found if drift.deletes]
    wanted = [drift for drift in found if drift not in left]
    resources = {name: ConfigResource(ConfigResourceType.TOPIC, name, {}) for name in {d.topic for d in wanted}}
    for drift in wanted:
        key, _, value = drift.wanted.partition("=")
        resources[drift.topic].configs[key] = value
    if resources:
        _alter(client, list(resources.values()), left)
    changed = [Change(drift.topic, "configured", f"{drift.wanted} (was {drift.found})") for drift in wanted]
    return changed + [Change(drift.topic, "left", _why_left(drift)) for drift in left]


def _why_left(drift: Drift) -> str:
    key, _, value = drift.wanted.partition("=")
    return f"{key}={drift.found}: with {value} the broker deletes records that it keeps now; to set it: {drift.remedy}"


def _alter(client: Any, resources: list[Any], left: list[Drift]) -> None:
    for name, answer in client.alter_configs(resources)["topic"].items():
        if answer != "OK":  # kafka-python returns the refusal as text and raises nothing
            raise BrokerRefused(f"The broker refused the settings of {name}: {answer}")
    wait_until_visible(lambda: _config_drift(client) == left, VISIBLE_SECONDS)


def missing(bootstrap: str, wanted: Iterable[str], wait_seconds: float = 10.0) -> list[str]:
    """Those of `wanted` that are not there, or that whoever signs in may not see."""
    with admin(bootstrap, wait_seconds) as (client, _):
        return sorted(set(wanted) - set(client.list_topics()))


def verify(bootstrap: str, wait_seconds: float = 10.0, security: Security | None = None) -> list[Drift]:
    """Empty when the broker is as flow.py says."""
    with admin(bootstrap, wait_seconds, security) as (client, reached):
        found = _found(client)
        if reached.in_memory:
            return sorted([*presence(found, _partitions()), UNCHECKED])
        return drifts(_with_config(client, found), _partitions(), len(client.describe_cluster()["brokers"]))


def _found(client: Any) -> dict[str, Found]:
    return {
        topic["name"]: Found(
            len(topic["partitions"]), min((len(each["replica_nodes"]) for each in topic["partitions"]), default=0)
        )
        for topic in client.describe_topics()
    }


def _with_config(client: Any, found: dict[str, Found]) -> dict[str, Found]:
    topics = [OURS[name] for name in found if name in OURS]
    if not topics:
        return found
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, topic.name, dict.fromkeys([*topic.config, *BOUNDED]))
        for topic in topics
    ]
    answers = client.describe_configs(resources, config_filter="all")["topic"]  # a wanted value may be the default
    read = {name: {key: each.get("value") for key, each in answer.items()} for name, answer in answers.items()}
    return {name: here._replace(config=read.get(name, {})) for name, here in found.items()}


def _config_drift(client: Any) -> list[Drift]:
    found = _with_config(client, _found(client))
    seen = [(OURS[name], here) for name, here in found.items() if name in OURS and here.config]
    return [drift for topic, here in seen for drift in config_drifts(topic, here)]
