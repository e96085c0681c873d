"""The topics and users of contracts/flow.py as Strimzi's resources, for a Kafka that an operator runs in Kubernetes."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import yaml

from contracts.flow import TOPICS
from runtime.kafka.drift import MOST_REPLICAS
from runtime.kafka.rights import ADMINISTRATOR, Right, principals, rights
from runtime.kafka.topics import SURVIVES_ONE_BROKER
from runtime.settings import Settings

API = "kafka.strimzi.io/v1"
OPERATIONS = {"READ": "Read", "WRITE": "Write", "DESCRIBE": "Describe", "DESCRIBE_CONFIGS": "DescribeConfigs"}


def resources(cluster: str) -> str:
    """Many YAML documents: KafkaTopic, then KafkaUser; the passwords are made by Strimzi, as secrets."""
    return yaml.safe_dump_all([*_topics(cluster), *_users(cluster)], sort_keys=False, allow_unicode=True)


def _topics(cluster: str) -> Iterator[dict[str, Any]]:
    partitions = Settings().partitions
    for topic in TOPICS:
        spec = {
            "topicName": topic.name,
            "partitions": partitions,
            "replicas": MOST_REPLICAS,
            "config": topic.config | SURVIVES_ONE_BROKER,
        }
        yield _resource("KafkaTopic", topic.name.replace(".", "-"), cluster, spec)


def _users(cluster: str) -> Iterator[dict[str, Any]]:
    held = {name: list(each) for name, each in groupby(rights(), lambda right: right.principal)}
    for principal in principals():
        if principal == ADMINISTRATOR:
            continue  # Strimzi's own operators apply topics and rights
        acls = [_acl(right) for right in held[principal]]
        spec = {"authentication": {"type": "scram-sha-512"}, "authorization": {"type": "simple", "acls": acls}}
        yield _resource("KafkaUser", principal, cluster, spec)


def _acl(right: Right) -> dict[str, Any]:
    pattern = "prefix" if right.prefix else "literal"
    resource = {"type": right.kind.lower(), "name": right.name, "patternType": pattern}
    return {"resource": resource, "operations": [OPERATIONS[right.operation]]}


def _resource(kind: str, name: str, cluster: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"strimzi.io/cluster": cluster}}
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}
