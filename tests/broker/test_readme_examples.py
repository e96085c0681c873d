"""The README's examples as they stand there, typed into a shell: Kafka's console producer and curl, real processes."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from runtime.local import tickets
from runtime.local.broker import ApacheKafka
from runtime.local.supervisor import Supervisor
from runtime.settings import Settings
from tests.ports import own_shift

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```bash\n(.*?)^```", re.M | re.S)
EXAMPLES = [
    block
    for block in FENCED.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    if re.search(r"\bcurl\b|\bConsoleProducer\b", block)
]
READY_SECONDS, TYPING_SECONDS = 120.0, 180.0
ID_WAS = "the request's id was"


@pytest.fixture
def addresses(own_kafka: ApacheKafka, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A whole tuiding with the demo's pack; what `make demo` starts, without its traffic."""
    known = Settings(kafka=own_kafka.bootstrap, data=str(tmp_path), policy="demo", port_shift=own_shift())
    said: list[str] = []
    with Supervisor(known, said.append) as supervisor:
        supervisor.wait_ready(READY_SECONDS)
        yield supervisor.addresses
    assert not any("starts again" in sentence for sentence in said), said


def test_the_readmes_two_requests_reach_closed_over_both_doors_and_three_channels(addresses: dict[str, str]) -> None:
    first, second = _type(EXAMPLES, addresses)
    assert _channels(first, addresses) == {"request.accepted.v1": "web", "confirmation.given.v1": "app"}
    assert _channels(second, addresses) == {"request.accepted.v1": "app", "confirmation.given.v1": "hotline"}
    for request_id in (first, second):
        status = _get(f"{addresses['intake']}/v1/cancellations/{request_id}")
        assert (status["stage"], status["ended"]) == ("closed", True)
    assert _get(f"{addresses['console']}/v1/dead-letters?state=", _token(addresses))["dead_letters"] == []


def _type(blocks: list[str], addresses: dict[str, str]) -> list[str]:
    """Runs them one after another in one shell, as a reader would; returns the requests' ids."""
    script = "\n".join(f"{block}\necho\necho {ID_WAS!r} $ID" for block in blocks)
    shell = subprocess.Popen(
        ["bash", "-e", "-c", script],
        cwd=ROOT,
        env=_environment(addresses),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        told, _ = shell.communicate(timeout=TYPING_SECONDS)
    finally:
        if shell.poll() is None:
            os.killpg(shell.pid, signal.SIGKILL)
    assert shell.returncode == 0, told
    return list(dict.fromkeys(re.findall(rf"^{ID_WAS} (\S+)$", told, re.M)))


def _environment(addresses: dict[str, str]) -> dict[str, str]:
    """The variables the README itself names, and nothing else of ours."""
    ours = {f"TUIDING_{name.upper()}": addresses[name] for name in ("kafka", "intake", "console", "data")}
    return {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")} | ours


def _channels(request_id: str, addresses: dict[str, str]) -> dict[str, str]:
    """On which channel the request was accepted and confirmed, as its events tell."""
    found = _get(f"{addresses['console']}/v1/requests/{request_id}", _token(addresses))
    wanted = ("request.accepted.v1", "confirmation.given.v1")
    return {event["type"]: event["channel"] for event in found["events"] if event["type"] in wanted}


def _token(addresses: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tickets.issue(Path(addresses['data']), tickets.TOKEN)}"}


def _get(address: str, headers: dict[str, str] | None = None) -> Any:
    return httpx.get(address, headers=headers, trust_env=False, timeout=10).raise_for_status().json()
