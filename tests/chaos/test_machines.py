"""Two machines as network namespaces, which needs root and `ip`: `make machines`."""

from pathlib import Path

import orjson

from tests.chaos import __main__ as chaos


def test_a_machine_loses_its_broker_its_database_or_its_clock_and_the_other_takes_over(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    words = ["--minutes", "0.2", "--database", "postgresql", "--machines", "2", "--seed", "4714", "--rate", "3"]
    code = chaos.main([*words, "--faults", "H1,H2,H5", "--json", str(file)])
    seen = orjson.loads(file.read_bytes())
    assert (seen["red"], code) == ([], 0)
    assert {kind for kind, row in seen["faults"].items() if row["bites"]} == {"H1", "H2", "H5"}
