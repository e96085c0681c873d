"""`tuiding deploy kubernetes`: every service of contracts/flow.py as resources of a Kubernetes cluster."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
import yaml

from cli.command import command, group
from cli.screen import Screen
from contracts.flow import SERVICES, Service, group_id, service_user
from runtime.settings import Settings

deploy = group("What a cluster needs to run tuiding.")

NAMESPACE = "tuiding"
KAFKA_PORT, POSTGRES_PORT, CARRIER_PORT, DNS_PORT = 9093, 5432, 443, 53
ASKS_THE_CARRIER = ("intake", "billing", "termination", "notify")
SIGNS_PEOPLE_IN, PROVIDER_PORT = "console", 443
SIGN_IN_SECRET = {"name": "sign-in", "secret": {"secretName": "console-sign-in"}}
HEADER = "# Made by `tuiding deploy kubernetes` out of contracts/flow.py; change it with kustomize, not by hand.\n"
MOUNTED = "/etc/tuiding"
SIGNING, SIGNERS = (
    f"{MOUNTED}/signing",
    f"{MOUNTED}/signers",
)  # in a container: a service's own key; everybody's public ones
TARGET_LAG_SECONDS = "5"
REPLICAS = 2  # one machine may go away
UNPRIVILEGED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
LIMITS = {"requests": {"cpu": "100m", "memory": "160Mi"}, "limits": {"memory": "512Mi"}}


@command(deploy)
def kubernetes(
    screen: Screen,
    image: Annotated[str, typer.Option(help="Image of all services, best with its digest.")] = "tuiding:dev",
    cluster: Annotated[str, typer.Option(help="Name of Strimzi's Kafka resource.")] = "tuiding",
) -> None:
    """Deployments, services, disruption budgets, autoscaling by lag, network policies; one YAML stream."""
    sys.stdout.write(manifests(image, cluster))


def manifests(image: str = "tuiding:dev", cluster: str = "tuiding") -> str:
    documents = [_namespace(), _settings(cluster), _nothing_is_open()]
    for service in SERVICES:
        documents += _of(service, image, cluster)
    return HEADER + yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True)


def _of(service: Service, image: str, cluster: str) -> Iterator[dict[str, Any]]:
    yield _deployment(service, image, cluster)
    yield _resource("v1", "Service", service.name, {"selector": _label(service), "ports": [_port(service)]})
    budget = {"maxUnavailable": 1, "selector": {"matchLabels": _label(service)}}
    yield _resource("policy/v1", "PodDisruptionBudget", service.name, budget)
    yield _resource("autoscaling/v2", "HorizontalPodAutoscaler", service.name, _autoscaling(service))
    yield _resource("networking.k8s.io/v1", "NetworkPolicy", service.name, _network(service))


def _namespace() -> dict[str, Any]:
    restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": restricted}}


def _settings(cluster: str) -> dict[str, Any]:
    """What all services share; what is secret is in secrets that somebody else makes."""
    addresses = {f"TUIDING_{field}": f"http://{each.name}:{each.port}" for field, each in _asked_over_http().items()}
    data = {
        "TUIDING_KAFKA": f"{cluster}-kafka-bootstrap:{KAFKA_PORT}",
        "TUIDING_KAFKA_SECURITY": "sasl_ssl",
        "TUIDING_KAFKA_CA": f"{MOUNTED}/kafka-ca/ca.crt",
        "TUIDING_KAFKA_PASSWORD_FILE": f"{MOUNTED}/kafka-user/password",
        "TUIDING_SIGNING_KEY": SIGNING,
        "TUIDING_SIGNERS": SIGNERS,
        "TUIDING_CARRIER": "https://carrier.example",
        "TUIDING_POLICY": "cn-carrier",
        "TUIDING_HOST": "0.0.0.0",
        "TUIDING_CHANNELS_ISSUER": "https://id.example",
        "TUIDING_CHANNELS_AUDIENCE": "tuiding",
        "TUIDING_DATA": "/tmp/tuiding",
        "TUIDING_LOG": "json",
    }
    return _resource("v1", "ConfigMap", "settings", None) | {"data": data | addresses}


def _asked_over_http() -> dict[str, Service]:
    by_name = {service.name: service for service in SERVICES}
    return {"QUOTES": by_name["billing"], "INTAKE": by_name["intake"]}


def _deployment(service: Service, image: str, cluster: str) -> dict[str, Any]:
    pod = {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 20,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 999, "seccompProfile": {"type": "RuntimeDefault"}},
        "topologySpreadConstraints": [_spread(service)],
        "containers": [_container(service, image)],
        "volumes": [
            {"name": "tmp", "emptyDir": {}},
            {"name": "kafka-ca", "secret": {"secretName": f"{cluster}-cluster-ca-cert"}},
            {"name": "kafka-user", "secret": {"secretName": service_user(service.name)}},
            {"name": "database", "secret": {"secretName": f"{service.name}-database"}},  # under `url`: its address
            {"name": "signing", "secret": {"secretName": f"{service.name}-signing-key"}},
            {"name": "signers", "configMap": {"name": "signers"}},
            *([SIGN_IN_SECRET] if service.name == SIGNS_PEOPLE_IN else ()),
        ],
    }
    spec = {
        "replicas": REPLICAS,
        "selector": {"matchLabels": _label(service)},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 1}},
        "template": {"metadata": {"labels": _label(service)}, "spec": pod},
    }
    return _resource("apps/v1", "Deployment", service.name, spec)


def _container(service: Service, image: str) -> dict[str, Any]:
    probe = {"periodSeconds": 10, "timeoutSeconds": 5}
    return {
        "name": service.name,
        "image": image,
        "args": ["tuiding", "run", service.name],
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "env": [
            {"name": "TUIDING_PORT", "value": str(service.port)},
            {"name": "TUIDING_WORKER", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "TUIDING_KAFKA_USER", "value": service_user(service.name)},
            {"name": "TUIDING_DATABASE_FILE", "value": f"{MOUNTED}/database/url"},
            *(_sign_in() if service.name == SIGNS_PEOPLE_IN else ()),
        ],
        "ports": [{"containerPort": service.port, "name": "http"}],
        "startupProbe": _asks("/livez") | {"periodSeconds": 5, "failureThreshold": 24},
        "livenessProbe": _asks("/livez") | probe | {"failureThreshold": 3},
        "readinessProbe": _asks("/readyz") | probe | {"failureThreshold": 2},
        "resources": LIMITS,
        "securityContext": UNPRIVILEGED,
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},
            *(_mounted(each) for each in ("kafka-ca", "kafka-user", "database", "signing", "signers")),
            *([_mounted("sign-in")] if service.name == SIGNS_PEOPLE_IN else ()),
        ],
    }


def _sign_in() -> list[dict[str, str]]:
    """Where operators sign in; the secret `console-sign-in` holds the one that the console shares with the provider."""
    settings = {
        "TUIDING_OIDC_ISSUER": "https://id.example",
        "TUIDING_OIDC_CLIENT": "tuiding-console",
        "TUIDING_OIDC_SECRET_FILE": f"{MOUNTED}/sign-in/secret",
        "TUIDING_PUBLIC_CONSOLE": "https://console.example",
    }
    return [{"name": name, "value": value} for name, value in settings.items()]


def _mounted(name: str) -> dict[str, Any]:
    return {"name": name, "mountPath": f"{MOUNTED}/{name}", "readOnly": True}


def _asks(path: str) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": "http"}}


def _spread(service: Service) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": _label(service)},
    }


def _autoscaling(service: Service) -> dict[str, Any]:
    """By how long the oldest unread record has waited; more workers than partitions would stand idle."""
    group = {"matchLabels": {"group": group_id(service.name)}}
    metric = {
        "type": "External",
        "external": {
            "metric": {"name": "tuiding_lag_seconds", "selector": group},
            "target": {"type": "Value", "value": TARGET_LAG_SECONDS},
        },
    }
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": service.name},
        "minReplicas": REPLICAS,
        "maxReplicas": Settings().partitions,
        "metrics": [metric],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 600}},  # every change moves partitions
    }


def _nothing_is_open() -> dict[str, Any]:
    spec: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return _resource("networking.k8s.io/v1", "NetworkPolicy", "default-deny", spec)


def _network(service: Service) -> dict[str, Any]:
    """In: its own port. Out: names, Kafka, the database; and for who asks them, quotes, the carrier, the provider."""
    out = [_to(DNS_PORT, "UDP"), _to(DNS_PORT), _to(KAFKA_PORT), _to(POSTGRES_PORT)]
    if service.name in ASKS_THE_CARRIER:
        out.append(_to(CARRIER_PORT))
    if service.name == SIGNS_PEOPLE_IN:
        out.append(_to(PROVIDER_PORT))
    if service.name == "intake":
        out.append(_to(_asked_over_http()["QUOTES"].port))
    return {
        "podSelector": {"matchLabels": _label(service)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"ports": [{"port": service.port, "protocol": "TCP"}]}],
        "egress": out,
    }


def _to(port: int, protocol: str = "TCP") -> dict[str, Any]:
    return {"ports": [{"port": port, "protocol": protocol}]}


def _port(service: Service) -> dict[str, Any]:
    return {"name": "http", "port": service.port, "targetPort": "http"}


def _label(service: Service) -> dict[str, str]:
    return {"app.kubernetes.io/name": service.name, "app.kubernetes.io/part-of": "tuiding"}


def _resource(version: str, kind: str, name: str, spec: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}}
    return found if spec is None else found | {"spec": spec}
