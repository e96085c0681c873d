"""What docs/ says of operations, dependencies and metrics is what is there."""

import re
import tomllib
from pathlib import Path

import pytest

from contracts.carrier.asks import MessageAsk
from contracts.carrier.operations import OPERATIONS, OUTAGES
from runtime.settings import Settings
from runtime.worker.carrier import UNBELIEVABLE
from services.billing.settling import PAYMENT_DECLINED

ROOT = Path(__file__).parents[2]
CARRIER = pytest.mark.parametrize("page", ["carrier.md", "carrier.zh-CN.md"])
DECISIONS = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^## (\d+)\. (.+)\n((?:.+\n|\n(?!## ))*)", DECISIONS, re.M)
LINES = ["What", "Why", "Instead of", "Cost", "Revisit"]


@CARRIER
def test_the_carriers_page_has_every_operation_and_no_other(page: str) -> None:
    rows = re.findall(r"^\| ([a-z-]+) \| `(GET|POST) (\S+)` \| ([a-z]+) \|", _text(page), re.M)
    known = {(each.name, each.method, each.path, each.system) for each in OPERATIONS.values()}
    assert set(rows) == known and len(rows) == len(known)


@CARRIER
def test_the_carriers_page_names_what_the_code_does(page: str) -> None:
    told = _text(page)
    settings = [name.removeprefix("TUIDING_").lower() for name in re.findall(r"TUIDING_[A-Z_]+", told)]
    assert set(settings) <= Settings.model_fields.keys()
    assert f"| {', '.join(map(str, sorted(OUTAGES)))}, 5xx |" in told
    assert all(f"`{code}`" in told for code in (UNBELIEVABLE, PAYMENT_DECLINED, "unknown-subscription"))
    assert "route" in MessageAsk.model_fields


@pytest.mark.parametrize(("number", "title", "text"), ENTRIES, ids=lambda part: part[:40])
def test_a_decision_has_its_five_lines(number: str, title: str, text: str) -> None:
    assert title == "Dependencies" or re.findall(r"^- \*\*(.+?):\*\* \S", text, re.M) == LINES


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(number) for number, _, _ in ENTRIES] == list(range(1, DECISIONS.count("\n## ") + 1))


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_every_file_that_a_document_names_is_there(page: Path) -> None:
    named = re.findall(r"`((?:\w[\w-]*/)+\w[\w-]*\.(?:py|md|sh|yaml|yml|json))`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).is_file() and not name.startswith("var/")] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=~!;, ]", each)[0] for each in wanted}
    told = DECISIONS[DECISIONS.index("| dependency |") :]
    assert not [name for name in sorted(names) if name not in told and not name.startswith("types-")]


def _text(page: str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")
