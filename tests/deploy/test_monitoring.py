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
from services.console.measured import Measured
from services.console.shared_view import View
from services.console.watch import Watch
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


def test_prometheus_watches_every_service_at_its_port() -> None:
    jobs = {job["job_name"]: job for job in yaml.safe_load(_monitoring("prometheus/prometheus.yml"))["scrape_configs"]}
    watched = {each["targets"][0]: each["labels"]["service"] for each in jobs["tuiding"]["static_configs"]}
    assert watched == {f"{service.name}:{service.port}": service.name for service in SERVICES}
    assert jobs["kafka"]["static_configs"][0]["targets"] == ["kafka-exporter:9308"]


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
