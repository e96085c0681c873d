"""`tuiding evidence`, and the checker that lies in the file, as people use them."""

import ast
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from evidence.bundle import CHECKER, bundle
from evidence.verify import LARGEST_BYTES, unwrapped, verify
from tests.cli.conftest import Doors
from tests.evidence.conftest import Case

Tuiding = Callable[..., Result]


@pytest.fixture
def answering(doors: Doors, case: Case) -> Doors:
    doors.answers[f"GET /v1/requests/{case.request_id}"] = (200, case.told)
    doors.answers["GET /ledger"] = (200, case.ledger)
    return doors


def test_a_request_becomes_a_file_and_its_root_is_told(tuiding: Tuiding, answering: Doors, case: Case) -> None:
    done = tuiding("evidence", case.request_id, "--out", "e.zip", "--carrier", answering.address)
    assert done.exit_code == 0, done.output
    assert Path("e.zip").read_bytes() == case.data
    assert Path("e.zip").stat().st_mode & 0o777 == 0o600
    assert verify(case.data)["root"] in done.stdout and "tuiding evidence verify e.zip" in done.stderr
    assert [asked.path for asked in answering.asked][1] == f"/ledger?request_id={case.request_id}"


def test_without_out_the_file_is_named_after_the_request(tuiding: Tuiding, answering: Doors, case: Case) -> None:
    done = tuiding("evidence", "collect", case.request_id, "--json")
    assert json.loads(done.stdout)["file"] == f"evidence-{case.request_id}.zip"
    assert Path(f"evidence-{case.request_id}.zip").read_bytes() == bundle(case.told)


def test_an_unknown_request_leaves_no_file(tuiding: Tuiding, doors: Doors) -> None:
    done = tuiding("evidence", "00000000-0000-4000-8000-000000000000", "--out", "e.zip")
    assert done.exit_code == 4 and not Path("e.zip").exists()


def test_a_file_that_cannot_be_written_is_named(tuiding: Tuiding, answering: Doors, case: Case) -> None:
    done = tuiding("evidence", case.request_id, "--out", "nowhere/e.zip")
    assert done.exit_code == 2 and "nowhere/e.zip" in done.stderr


def test_verify_says_what_is_proved_in_either_language(tuiding: Tuiding, case: Case) -> None:
    Path("e.zip").write_bytes(case.data)
    root = verify(case.data)["root"]
    done = tuiding("evidence", "verify", "e.zip", "--root", root)
    assert done.exit_code == 0 and "what the customer confirmed is what was shown" in done.stdout
    assert "客户确认的正是出示的费用确认单" in tuiding("evidence", "verify", "e.zip", "--lang", "zh").stdout
    told: dict[str, Any] = json.loads(tuiding("evidence", "verify", "e.zip", "--json").stdout)
    assert told["root"] == root and all(claim["proved"] for claim in told["claims"])


def test_verify_names_the_first_bad_item_and_fails(tuiding: Tuiding, case: Case) -> None:
    Path("e.zip").write_bytes(case.data.replace(b'"kind": "paid"', b'"kind": "held"', 1))
    done = tuiding("evidence", "verify", "e.zip")
    assert done.exit_code == 1 and "money.json" in done.stderr
    Path("e.zip").write_bytes(case.data)
    other = tuiding("evidence", "verify", "e.zip", "--root", "0" * 64, "--json")
    assert other.exit_code == 1 and json.loads(other.stderr)["code"] == "evidence-root"
    assert "根哈希" in tuiding("evidence", "verify", "e.zip", "--root", "0" * 64, "--lang", "zh").stderr


def test_verify_of_no_file_or_of_far_too_large_a_one_reads_nothing(tuiding: Tuiding) -> None:
    assert tuiding("evidence", "verify", "e.zip").exit_code == 4
    with Path("e.zip").open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)  # a hole: takes no room
    done = tuiding("evidence", "verify", "e.zip")
    assert done.exit_code == 1 and str(LARGEST_BYTES + 1) in done.stderr


def checked(folder: Path, *words: str, alone: str = "-S") -> subprocess.CompletedProcess[str]:
    """With the standard library alone: no site-packages, no path of ours; `-I` leaves out its own folder too."""
    bare = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, alone, "verify.py", *words]
    return subprocess.run(command, cwd=folder, env=bare, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("alone", ["-S", "-I"])
def test_the_enclosed_checker_needs_only_the_standard_library(tmp_path: Path, case: Case, alone: str) -> None:
    zipfile.ZipFile(io.BytesIO(case.data)).extractall(tmp_path / "unpacked")
    (tmp_path / "e.zip").write_bytes(case.data)
    root = verify(case.data)["root"]
    done = checked(tmp_path / "unpacked", "../e.zip", "--root", root, alone=alone)
    assert (done.returncode, done.stderr) == (0, "") and root in done.stdout and "NOT PROVED" not in done.stdout
    wrong = checked(tmp_path / "unpacked", "../e.zip", "--root", "0" * 64)
    assert wrong.returncode == 1 and wrong.stdout.startswith("BAD")
    (tmp_path / "cut.zip").write_bytes(case.data[:1000])
    assert checked(tmp_path / "unpacked", "../cut.zip").stdout.startswith("BAD")
    for no_file in ("../gone.zip", ".."):
        assert checked(tmp_path / "unpacked", no_file).stdout.startswith("BAD"), no_file


@pytest.mark.parametrize("name", CHECKER)
def test_the_enclosed_checker_is_written_for_a_python_of_some_years_ago(case: Case, name: str) -> None:
    tree = ast.parse(case.files[name], feature_version=(3, 8))
    assert isinstance(tree.body[1], ast.ImportFrom) and tree.body[1].module == "__future__"
    assert b"strict=" not in case.files[name]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_report_stands_alone_and_says_the_same_in_both_languages(case: Case, language: str) -> None:
    text = case.files[f"report.{language}.html"].decode()
    tags = Tags()
    tags.feed(text)
    assert ("html", {"lang": language}) in tags.seen and text.startswith("<!doctype html>")
    assert not {tag for tag, _ in tags.seen} & {"script", "link", "img", "iframe", "object"}
    assert not [attributes for _, attributes in tags.seen if attributes.keys() & {"src", "href", "onclick"}]
    for fact in (case.request_id, "CNY 152.08", "early-termination/plan-basic", verify(case.data)["until"][:10]):
        assert fact in text
    assert not [word for word in ("None", "{{", "Undefined") if word in text]


def test_words_from_outside_stay_words_in_the_report(case: Case) -> None:
    evil = "<script>alert(1)</script>"
    told = json.loads(json.dumps(case.told).replace("checked by hand", evil).replace('"plan-basic"', json.dumps(evil)))
    for language in ("zh", "en"):
        assert evil not in unwrapped(bundle(told))[f"report.{language}.html"].decode()


@pytest.mark.parametrize("odd", ["/dev/zero", "/dev/urandom", "/dev/null", "pipe", ".", "nobody.zip"])
def test_what_is_no_file_is_refused_at_once(tuiding: Tuiding, odd: str) -> None:
    if odd == "pipe":
        os.mkfifo("pipe")
    done = tuiding("evidence", "verify", odd)
    assert done.exit_code == 4 and "cannot be read" in done.stderr
    own = Path(__file__).parents[2] / "evidence" / "verify.py"
    by_itself = subprocess.run([sys.executable, str(own), odd], capture_output=True, text=True, timeout=20)
    assert by_itself.returncode == 1 and by_itself.stdout.startswith("BAD  ")
