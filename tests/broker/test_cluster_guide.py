"""The commands of deploy/README.md as they stand there, typed into a shell, on a broker with TLS, users and rights."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.flow import SERVICES, TOPICS
from runtime.kafka import granting
from runtime.kafka.rights import ADMINISTRATOR
from runtime.local.broker import ApacheKafka

ROOT = Path(__file__).parents[2]
GUIDES = ("README.md", "README.zh-CN.md")
FENCED = re.compile(r"^```bash\n(.*?)^```", re.M | re.S)
ELSEWHERE = ("kubectl ", "make up ")  # no cluster is at hand; what `make up` starts has tests of its own
FOR_EACH = re.compile(r"^for .*; do\n(?:  .*\n)+done\n", re.M)
BROKERS = "kafka-1:9093,kafka-2:9093,kafka-3:9093"
SECONDS = 240


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Nobody has made a topic or a right there."""
    broker = ApacheKafka(tmp_path_factory.mktemp("guide-kafka"), 0, secure=True)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@pytest.fixture
def here(secured: ApacheKafka, tmp_path: Path) -> Path:
    """A folder in which the commands find what they name."""
    assert secured.keys is not None
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "deploy" / "kubernetes").mkdir(parents=True)
    shutil.copy(secured.keys.ca, tmp_path / "ca.pem")
    shutil.copy(secured.keys.password_file(ADMINISTRATOR), tmp_path / "admin.password")
    return tmp_path


def lines_of(text: str) -> list[str]:
    blocks = [FOR_EACH.sub(_but_in_the_cluster, block) for block in FENCED.findall(text)]
    return [line for block in blocks for line in block.splitlines() if not line.startswith(ELSEWHERE)]


def _but_in_the_cluster(loop: re.Match[str]) -> str:
    return "" if "kubectl " in loop[0] else loop[0]


def typed(lines: list[str], here: Path) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")}
    script = "set -euo pipefail\n" + "\n".join(lines)
    done = subprocess.run(
        ["bash", "-c", script], cwd=here, env=kept, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_command_of_the_guide_does_what_it_says(secured: ApacheKafka, here: Path) -> None:
    lines, in_chinese = (lines_of((ROOT / "deploy" / guide).read_text(encoding="utf-8")) for guide in GUIDES)
    assert lines == in_chinese
    assert sum(BROKERS in line for line in lines) == 1 and len(lines) >= 8
    said = typed([line.replace(BROKERS, secured.bootstrap) for line in lines], here)
    assert granting.compare(secured.bootstrap, security=secured.security()) == []
    assert all(topic.name in (here / "deploy/kubernetes/kafka.yaml").read_text() for topic in TOPICS)
    assert (here / "deploy/kubernetes/kafka.yaml").read_text() == (ROOT / "deploy/kubernetes/kafka.yaml").read_text()
    for service in SERVICES:
        assert f'"tuiding-{service.name}"' in said and list(
            (here / f"deploy/keys/private/{service.name}").glob("*.pem")
        )
    assert list((here / "deploy/keys/signers").glob("*.pem"))


def test_the_head_of_the_compose_file_makes_all_that_it_asks_for(here: Path) -> None:
    text = (ROOT / "deploy" / "docker-compose.yml").read_text(encoding="utf-8")
    commands = [
        each for each in re.findall(r"^#   (\.venv/bin/tuiding [^()\n]+)", text, re.M) if "operators" not in each
    ]
    assert len(commands) == 2
    typed(commands, here)
    made = dict(line.split("=", 1) for line in (here / "deploy/.env").read_text().splitlines())
    asked = set(re.findall(r"\{file: \./(passwords/\w+)\}", text))
    assert len(asked) == len(SERVICES) + 1 and made["TUIDING_SIGNERS"]
    assert [file for file in asked if not (here / "deploy" / file).read_text(encoding="utf-8").strip()] == []
