"""The alerts fire when they should: promtool takes each of them through the minutes of a story."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ALERTS = Path("deploy/prometheus/alerts.yml")
STORIES = Path("deploy/prometheus/alerts_test.yml")
INSTALL = "promtool is not here: apt-get install prometheus (the Debian package), or run `make test`, which does"


def test_every_alert_fires_in_its_story_and_is_quiet_in_the_others() -> None:
    promtool = shutil.which("promtool")
    assert promtool, INSTALL
    done = subprocess.run([promtool, "test", "rules", str(STORIES)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["prometheus.yml", "prometheus-kubernetes.yml"])
def test_prometheus_understands_how_it_is_set_up(name: str, tmp_path: Path) -> None:
    """Debian's build knows no Kubernetes: there, everything but how pods are found."""
    promtool = shutil.which("promtool")
    assert promtool, INSTALL
    shutil.copy(ALERTS, tmp_path)
    known = yaml.safe_load(ALERTS.with_name(name).read_text())
    for job in known["scrape_configs"]:
        job.pop("kubernetes_sd_configs", None)
    (tmp_path / name).write_text(yaml.safe_dump(known))
    words = [promtool, "check", "config", str(tmp_path / name)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_is_a_story_of_every_alert() -> None:
    rules = [rule["alert"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    told = {
        test["alertname"]
        for story in yaml.safe_load(STORIES.read_text())["tests"]
        for test in story["alert_rule_test"]
        if test["exp_alerts"]
    }
    assert set(rules) == told
