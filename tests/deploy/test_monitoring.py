"""Prometheus and Grafana know every service of flow.py and only metrics that exist."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics_core import Metric

from contracts.flow import SERVICES
from runtime.worker.telemetry import Meters
from services.console.showing.measured import Measured
from services.console.showing.shared_view import View
from services.console.watched.watch import Watch
from tests.console.conftest import FakeBroker

DEPLOY = Path(__file__).parents[2] / "deploy"


SERIES: dict[str, Callable[[str], list[str]]] = {
    "counter": lambda name: [f"{name}_total"],
    "gauge": lambda name: [name],
    "histogram": lambda name: [f"{name}_bucket", f"{name}_count", f"{name}_sum"],
}


def alone() -> list[Metric]:
    """What only the console exports."""
    host: Any = None
    return list(Measured(View(host, Watch(FakeBroker()))).collect())


def exported() -> list[Metric]:
    return [*Meters("tests").registry.collect(), *alone()]


def _monitoring(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def _jobs(name: str) -> dict[str, Any]:
    return {job["job_name"]: job for job in yaml.safe_load(_monitoring(f"prometheus/{name}"))["scrape_configs"]}


def test_prometheus_looks_up_every_worker_behind_the_name_of_its_service() -> None:
    jobs = _jobs("prometheus.yml")
    watched = {(each["names"][0], each["type"], each["port"]) for each in jobs["tuiding"]["dns_sd_configs"]}
    assert watched == {(service.name, "A", service.port) for service in SERVICES}
    assert jobs["tuiding"]["relabel_configs"] == [{"source_labels": ["__meta_dns_name"], "target_label": "service"}]
    assert jobs["kafka"]["static_configs"][0]["targets"] == ["kafka-exporter:9308"]


def test_in_a_cluster_every_pod_of_ours_is_a_target_under_its_service() -> None:
    job = _jobs("prometheus-kubernetes.yml")["tuiding"]
    (found,) = job["kubernetes_sd_configs"]
    pods = [
        each for each in yaml.safe_load_all(_monitoring("kubernetes/services.yaml")) if each["kind"] == "Deployment"
    ]
    label, _, value = found["selectors"][0]["label"].partition("=")
    for pod in (each["spec"]["template"] for each in pods):
        assert pod["metadata"]["labels"][label] == value
        assert [port["name"] for port in pod["spec"]["containers"][0]["ports"]] == ["http"]
    assert {each["metadata"]["namespace"] for each in pods} == set(found["namespaces"]["names"])
    assert {each["metadata"]["labels"]["app.kubernetes.io/name"] for each in (p["spec"]["template"] for p in pods)} == {
        service.name for service in SERVICES
    }


def test_a_service_that_is_no_target_any_more_is_missed_by_its_name() -> None:
    rules = {
        each["alert"]: each["expr"]
        for each in yaml.safe_load(_monitoring("prometheus/alerts.yml"))["groups"][0]["rules"]
    }
    missed = re.findall(r'absent\(up\{job="tuiding", service="(\w+)"\}\)', rules["ServiceDown"])
    assert missed == [service.name for service in SERVICES]


@pytest.mark.parametrize("name", ["prometheus/alerts.yml", "grafana/dashboards/tuiding.json"])
def test_alerts_and_plots_use_metrics_that_exist(name: str) -> None:
    used = set(re.findall(r"\btuiding_\w+", _monitoring(name)))
    assert used and used <= {series for each in exported() for series in SERIES[each.type](each.name)}


def test_the_table_of_metrics_is_what_is_exported() -> None:
    rows = re.findall(r"^\| `(tuiding_\w+)` \| ([a-z ]+) \|", (DEPLOY.parent / "docs" / "metrics.md").read_text(), re.M)
    assert dict(rows) == {
        f"{each.name}_total" if each.type == "counter" else each.name: of
        for of, metrics in (("every service", Meters("tests").registry.collect()), ("console", alone()))
        for each in metrics
    }


def test_what_autoscaling_goes_by_is_exported() -> None:
    named = set(re.findall(r"\btuiding_lag\w+", (DEPLOY / "kubernetes" / "services.yaml").read_text()))
    assert named and named <= {each.name for each in alone()}


def test_alerts_say_what_and_what_then() -> None:
    rules = yaml.safe_load(_monitoring("prometheus/alerts.yml"))["groups"][0]["rules"]
    assert all(rule["annotations"].keys() == {"summary", "description"} for rule in rules)
    assert {rule["labels"]["severity"] for rule in rules} == {"page", "ticket"}
