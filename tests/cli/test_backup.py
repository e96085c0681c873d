"""A backup is whole or not there, and what is no backup is not put back; each says what to name instead."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import application
from contracts.flow import SERVICES
from runtime.kernel.store import Store

NAMES = [service.name for service in SERVICES]


def tuiding(data: Path, *words: str) -> Result:
    environment = {"TUIDING_DATA": str(data), "TUIDING_LANG": "en"}
    return CliRunner().invoke(application(), ["database", *words], env=environment)


def stores(data: Path, *names: str) -> None:
    for name in names:
        Store(str(data / "db"), name).close()


@pytest.mark.parametrize("missing", [NAMES[0], NAMES[-1]])
def test_where_one_store_is_missing_none_is_copied_and_the_next_try_works(missing: str, tmp_path: Path) -> None:
    stores(tmp_path, *(name for name in NAMES if name != missing))
    done = tuiding(tmp_path, "backup", str(tmp_path / "copy"))
    assert done.exit_code == 4 and f"{missing}.db" in done.output and not (tmp_path / "copy").exists()
    stores(tmp_path, missing)
    assert tuiding(tmp_path, "backup", str(tmp_path / "copy")).exit_code == 0
    assert sorted(each.name for each in (tmp_path / "copy").iterdir()) == sorted(f"{name}.db" for name in NAMES)
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "copy").iterdir()} == {0o600}
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "copy", tmp_path / "db")} == {0o700}
    again = tuiding(tmp_path, "backup", str(tmp_path / "copy"))
    assert again.exit_code == 5 and "name another folder" in again.output


@pytest.mark.parametrize(
    ("held", "code", "words"),
    [
        (None, 4, "name the folder of a backup"),
        (b"", 4, "holds nothing of it: name the folder"),
        (b"PGDMP a dump of something else" * 200, 4, "no store, or a damaged one"),
    ],
    ids=["nothing", "an empty file", "another file"],
)
def test_what_is_no_backup_is_not_put_back(held: bytes | None, code: int, words: str, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    if held is not None:
        (folder / "review.db").write_bytes(held)
    done = tuiding(tmp_path, "restore", str(folder), "--service", "review", "--yes")
    said = " ".join(done.output.replace("│", " ").split())
    assert (done.exit_code, words in said) == (code, True), done.output
    assert "inside tuiding" not in said and not (tmp_path / "db").exists()
