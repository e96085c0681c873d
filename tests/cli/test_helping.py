"""`--help` in both languages: every text has its Chinese, every command its group, and nothing is cut off."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from cli import application
from cli.helping import CHINESE, GROUPS, everything, in_chinese

ROOT = Path(__file__).parents[2]
LATIN = re.compile(r"[A-Za-z]{3,}(?: [a-z]{2,}){2,}")  # three English words in a row
PROGRAM = typer.main.get_command(application())


def helped(*words: str, **environment: str) -> str:
    line = [sys.executable, "-m", "cli", *words]
    given = {"PATH": "/usr/bin:/bin", "COLUMNS": "80", "LC_ALL": "C.UTF-8", **environment}
    return subprocess.run(line, env=given, cwd=ROOT, capture_output=True, text=True, timeout=60).stdout


def test_every_help_text_has_its_chinese_and_none_is_left_over() -> None:
    said = {each.help for each in everything(PROGRAM) if each.help}
    assert said == set(in_chinese())
    assert len(CHINESE.read_text(encoding="utf-8").splitlines()) == len(said)


def test_no_chinese_help_was_left_in_english() -> None:
    quoted = re.compile(r"`[^`]*`|tuiding [a-z-]+ .*|<[^>]*>")
    assert [text for text in in_chinese().values() if LATIN.search(quoted.sub("", text))] == []


def test_every_command_stands_in_one_group() -> None:
    named = [name for names in GROUPS.values() for name in names]
    assert sorted(named) == sorted(PROGRAM.commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("words", [("requests", "list"), ("plan",), ("dead-letters", "redrive"), ()])
def test_chinese_help_is_whole_on_a_narrow_terminal(words: tuple[str, ...]) -> None:
    shown = helped(*words, "--help", TUIDING_LANG="zh")
    assert "选项" in shown and "Show this message" not in shown
    assert "…" not in shown


def test_the_language_is_that_of_the_option_before_that_of_the_environment() -> None:
    assert "操作员" in helped("--help", TUIDING_LANG="zh") and "Operators" in helped("--help", TUIDING_LANG="en")
    assert "Why; it is kept." in helped("retry", "--help", "--lang", "en", TUIDING_LANG="zh")
    assert "原因（会保留）" in helped("retry", "--help", "--lang=zh", TUIDING_LANG="en")
