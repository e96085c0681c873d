"""What a cluster is given is valid, is what contracts/flow.py says, and takes no more than it needs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from cli.deploy import ASKS_THE_CARRIER, SIGNS_PEOPLE_IN, manifests
from contracts.flow import PARTITIONS, SERVICES, TOPICS
from runtime.kafka.rights import ADMINISTRATOR, principals, rights
from runtime.kafka.strimzi import resources
from runtime.settings import Settings

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
KUBERNETES = "1.33"
DOCUMENTS: list[dict[str, Any]] = list(yaml.safe_load_all(manifests()))
KAFKA: list[dict[str, Any]] = list(yaml.safe_load_all(resources("tuiding")))
NAMES = [service.name for service in SERVICES]


def _of(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in DOCUMENTS if each["kind"] == kind}


def _pod(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = _of("Deployment")[name]["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: f"{each['kind']} {each['metadata']['name']}")
def test_every_resource_is_valid_by_kubernetes_own_schema(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, KUBERNETES, strict=True)


@pytest.mark.parametrize(
    ("file", "made"),
    [("services.yaml", manifests), ("kafka.yaml", lambda: resources("tuiding"))],
    ids=["services", "kafka"],
)
def test_the_committed_files_are_up_to_date(file: str, made: Callable[[], str]) -> None:
    assert (FOLDER / file).read_text(encoding="utf-8") == made()
    assert file in yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]


@pytest.mark.parametrize("kind", ["Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler"])
def test_every_service_of_the_flow_has_one(kind: str) -> None:
    assert list(_of(kind)) == NAMES


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_a_service_listens_where_the_flow_says_and_is_asked_for_its_health(service: Any) -> None:
    (container,) = _pod(service.name)["containers"]
    assert container["args"] == ["tuiding", "run", service.name]
    assert [port["containerPort"] for port in container["ports"]] == [service.port]
    probes = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert probes == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}


@pytest.mark.parametrize("name", NAMES)
def test_a_service_signs_in_as_itself_to_kafka_and_to_its_own_database(name: str) -> None:
    (container,) = _pod(name)["containers"]
    told = {each["name"]: each for each in container["env"]}
    assert told["TUIDING_KAFKA_USER"]["value"] == f"tuiding-{name}"
    assert told["TUIDING_DATABASE_FILE"]["value"] == "/etc/tuiding/database/url"
    assert {each["secret"]["secretName"] for each in _pod(name)["volumes"] if "secret" in each} == {
        "tuiding-cluster-ca-cert",
        f"tuiding-{name}",
        f"{name}-database",
        f"{name}-signing-key",
        *(["console-sign-in"] if name == SIGNS_PEOPLE_IN else ()),
    }


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_stands_in_an_environment_and_every_file_that_a_setting_names_is_mounted(name: str) -> None:
    (container,) = _pod(name)["containers"]
    assert not [each for each in container["env"] if "secretKeyRef" in each.get("valueFrom", {})]
    told = [each.get("value", "") for each in container["env"]] + [*_of("ConfigMap")["settings"]["data"].values()]
    files = [value for value in told if value.startswith("/etc/tuiding/")]
    places = [each["mountPath"] for each in container["volumeMounts"]]
    assert len(files) >= len(places) - 1  # beside /tmp nothing is mounted that no setting names
    assert all(any(f"{file}/".startswith(f"{place}/") for place in places) for file in files)


def test_every_setting_that_is_named_exists() -> None:
    named = set(_of("ConfigMap")["settings"]["data"])
    named |= {each["name"] for name in NAMES for each in _pod(name)["containers"][0]["env"]}
    assert named <= {f"TUIDING_{field.upper()}" for field in Settings.model_fields}


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_root_and_nothing_is_written_beside_tmp(name: str) -> None:
    pod = _pod(name)
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert [each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")] == ["/tmp"]


def test_who_asks_no_carrier_cannot_reach_one_and_what_has_no_policy_reaches_nothing() -> None:
    policies = _of("NetworkPolicy")
    assert policies["default-deny"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    out = {name: {to["ports"][0]["port"] for to in policies[name]["spec"]["egress"]} for name in NAMES}
    assert [name for name in NAMES if 443 in out[name]] == sorted((*ASKS_THE_CARRIER, SIGNS_PEOPLE_IN), key=NAMES.index)


def test_there_are_never_more_workers_than_partitions() -> None:
    assert {each["spec"]["maxReplicas"] for each in _of("HorizontalPodAutoscaler").values()} == {PARTITIONS}


def test_strimzi_is_given_every_topic_and_every_right() -> None:
    topics = {each["spec"]["topicName"]: each["spec"] for each in KAFKA if each["kind"] == "KafkaTopic"}
    users = {each["metadata"]["name"]: each["spec"] for each in KAFKA if each["kind"] == "KafkaUser"}
    assert list(topics) == [topic.name for topic in TOPICS]
    assert set(users) == set(principals()) - {ADMINISTRATOR}
    assert sum(len(user["authorization"]["acls"]) for user in users.values()) == len(rights())


def test_more_partitions_reach_strimzi_and_the_upper_end_of_autoscaling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIDING_PARTITIONS", "24")
    topics = [each["spec"] for each in yaml.safe_load_all(resources("tuiding")) if each["kind"] == "KafkaTopic"]
    scalers = [each for each in yaml.safe_load_all(manifests()) if each["kind"] == "HorizontalPodAutoscaler"]
    assert {each["partitions"] for each in topics} == {24}
    assert {each["spec"]["maxReplicas"] for each in scalers} == {24}
