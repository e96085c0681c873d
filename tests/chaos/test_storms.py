"""A short storm on each database: `make storms`."""

from pathlib import Path

import orjson
import pytest

from tests.chaos import __main__ as chaos

STORM_MINUTES = 0.4
SEEDS = {"sqlite": "4711", "postgresql": "4712"}
FAULTS = {"sqlite": "F1,F2,F4,F6,F7,F8,F10", "postgresql": "F1,F2,F3,F5,F6,F7,F8"}  # together all of them


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_nothing_is_doubled_whatever_breaks(database: str, tmp_path: Path) -> None:
    words = ["--minutes", str(STORM_MINUTES), "--database", database, "--seed", SEEDS[database], "--rate", "4"]
    file = tmp_path / "result.json"
    code = chaos.main([*words, "--faults", FAULTS[database], "--json", str(file)])
    seen = orjson.loads(file.read_bytes())
    assert seen["red"] == []
    assert code == 0
    assert {row["lost"] + row["doubled"] + row["money_off"] for row in seen["faults"].values()} == {0}


def test_one_of_three_brokers_is_killed_under_traffic_and_nobody_notices(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    words = ["--minutes", "0.2", "--brokers", "3", "--faults", "B1", "--seed", "4713", "--rate", "3"]
    code = chaos.main([*words, "--json", str(file)])
    seen = orjson.loads(file.read_bytes())
    assert (seen["red"], code) == ([], 0)
    assert seen["faults"]["B1"]["times"] >= 1
