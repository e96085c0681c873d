"""Two machines as network namespaces, which needs root and `ip`: `make machines`."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.chaos import __main__ as chaos

MACHINES = ["--minutes", "0.1", "--database", "postgresql", "--machines", "2", "--rate", "3"]
FAULTS = {"H1", "H2", "H4", "H5"}


def test_a_machine_loses_its_broker_its_database_or_its_clock_and_the_other_takes_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "result.json"
    code = chaos.main([*MACHINES, "--seed", "4714", "--faults", ",".join(sorted(FAULTS)), "--json", str(file)])
    assert code != chaos.NOT_STARTED, capsys.readouterr().err
    seen = orjson.loads(file.read_bytes())
    assert (seen["red"], code) == ([], 0)
    assert {kind for kind, row in seen["faults"].items() if row["bites"]} == FAULTS


def test_where_nobody_may_make_machines_one_sentence_says_what_is_needed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.chaos", *MACHINES, "--keep", str(tmp_path)]
    without_rights = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    without_program = {**os.environ, "PATH": str(tmp_path)}
    refused = subprocess.run([*without_rights, *command], capture_output=True, text=True, check=False)
    missing = subprocess.run(command, env=without_program, capture_output=True, text=True, check=False)
    assert (refused.returncode, missing.returncode) == (chaos.NOT_STARTED, chaos.NOT_STARTED)
    assert "need root and a kernel with network namespaces" in refused.stderr
    assert "install iproute2" in missing.stderr
    assert "Traceback" not in refused.stderr + missing.stderr
