"""Prometheus and Grafana know every service of flow.py and only metrics that exist."""

import re
from pathlib import Path

import pytest
import yaml

from contracts.flow import SERVICES
from runtime.worker.senders import Sender
from runtime.worker.telemetry import Meters

DEPLOY = Path(__file__).parents[2] / "deploy"


def _monitoring(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def test_prometheus_watches_every_service_at_its_port() -> None:
    jobs = {job["job_name"]: job for job in yaml.safe_load(_monitoring("prometheus/prometheus.yml"))["scrape_configs"]}
    watched = {each["targets"][0]: each["labels"]["service"] for each in jobs["tuiding"]["static_configs"]}
    assert watched == {f"{service.name}:{service.port}": service.name for service in SERVICES}
    assert jobs["kafka"]["static_configs"][0]["targets"] == ["kafka-exporter:9308"]


@pytest.mark.parametrize("name", ["prometheus/alerts.yml", "grafana/dashboards/tuiding.json"])
def test_alerts_and_plots_use_metrics_that_exist(name: str) -> None:
    meters = Meters("tests")
    meters.answers.labels("charge", "answered").inc(0)
    meters.outages.labels("charge").inc(0)
    meters.senders((), (Sender("cancellation.commands", "/channels/web"),))
    known = {sample.name for metric in meters.registry.collect() for sample in metric.samples}
    used = set(re.findall(r"\btuiding_\w+", _monitoring(name)))
    assert used and used <= known


def test_alerts_say_what_and_what_then() -> None:
    rules = yaml.safe_load(_monitoring("prometheus/alerts.yml"))["groups"][0]["rules"]
    assert all(rule["annotations"].keys() == {"summary", "description"} for rule in rules)
    assert {rule["labels"]["severity"] for rule in rules} == {"page", "ticket"}
