"""docs/reasons.md names every code that a channel can get, over HTTP or Kafka, with what to do."""

import re
from pathlib import Path

import pytest

from contracts.refusals import REFUSALS
from contracts.set_aside import SET_ASIDE
from services.console.wording.words import LETTER_CODES
from services.intake.door.problem_codes import CODES
from services.intake.door.reasons import page

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("file", "language"), [("reasons.md", "en"), ("reasons.zh-CN.md", "zh")])
def test_the_page_is_what_the_code_says(file: str, language: str) -> None:
    again = f"run: .venv/bin/python -m services.intake.door.reasons {language} > docs/{file}"
    said = (ROOT / "docs" / file).read_text(encoding="utf-8")
    assert said == page(language), again
    rows = {code: (means, cure) for code, means, cure in re.findall(r"^\| `(.+?)` .*\| (.+?) \| (.+?) \|$", said, re.M)}
    assert rows.keys() == CODES.keys() | REFUSALS.keys() | SET_ASIDE.keys()
    assert all(means and cure for means, cure in rows.values())


def test_whatever_sets_a_record_aside_is_among_them() -> None:
    raised = {
        code
        for folder in ("runtime", "services")
        for file in (ROOT / folder).rglob("*.py")
        for code in re.findall(r"(?:Unreadable|SetAside)\(\s*\"([a-z0-9.-]+)\"", file.read_text(encoding="utf-8"))
    }
    assert len(raised) > 8 and raised <= SET_ASIDE.keys()
    assert SET_ASIDE.keys() == LETTER_CODES.keys()
