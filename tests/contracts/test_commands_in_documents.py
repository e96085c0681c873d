"""Every `tuiding …` that a document or a page names is one: the command, its options, no argument too many."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from cli import application

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(page for page in ROOT.glob("*.md")),
    *sorted(page for folder in ("docs", "policies", "deploy", "bench") for page in (ROOT / folder).rglob("*.md")),
    *sorted((ROOT / "services" / "console" / "pages").glob("*.html")),
]
PROGRAM: Any = typer.main.get_command(application())
FENCED = re.compile(r"^ *```\w*\n(.*?)^ *```", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+)`|<code[^>]*>([^<{]+)</code>")
CALLED = re.compile(r"(?:^|(?<!-n)[\s(=])(?:\.venv/bin/)?tuiding +([a-z-][^\n]*)")
ENDS = re.compile(r" +#.*$| *[|;&<>\\].*$|\)\".*$")


class Named(NamedTuple):
    page: Path
    words: tuple[str, ...]


def named() -> Iterator[Named]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        lines = [line for block in FENCED.findall(text) for line in block.splitlines()]
        spans = [one or other for one, other in SPAN.findall(FENCED.sub("", text))]
        for line in (*lines, *spans):
            for typed in CALLED.findall(line):
                yield Named(page, tuple(shlex.split(ENDS.sub("", typed).replace("…", "").replace("...", ""))))


EVERY = sorted(set(named()))


def wrong(words: tuple[str, ...]) -> str:
    """What is wrong with a line, if anything; a mere name of a command may stand without what it needs."""
    command, rest = PROGRAM, list(words)
    while rest and hasattr(command, "commands") and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in command.commands:
            return f"there is no command {name!r}"
        command = command.commands[name]
    if command.name == "demo":  # hands everything on
        return ""
    return _wrong_options(command, rest)


def _wrong_options(command: Any, rest: list[str]) -> str:
    context = typer.Context(command)
    options = {name: each for each in command.get_params(context) for name in (*each.opts, *each.secondary_opts)}
    places = [each for each in command.get_params(context) if each.param_type_name == "argument"]
    most = sum(each.nargs if each.nargs > 0 else 1_000 for each in places)
    while rest:
        word, _, value = rest.pop(0).partition("=")
        if not word.startswith("-"):
            most -= 1
        elif word not in options:
            return f"there is no option {word}"
        elif not options[word].is_flag and not value and rest:
            rest.pop(0)
    return "" if most >= 0 else "there is an argument too many"


@pytest.mark.parametrize("each", EVERY, ids=lambda each: f"{each.page.name}: {' '.join(each.words)}"[:90])
def test_a_command_that_a_document_names_can_be_typed(each: Named) -> None:
    assert wrong(each.words) == ""


def test_the_walk_finds_them_and_sees_what_is_wrong() -> None:
    assert {each.words[0] for each in EVERY} >= {"doctor", "retry", "dead-letters", "policy", "database", "carrier"}
    assert len({each.page for each in EVERY}) > 30
    assert "no command 'lst'" in wrong(("requests", "lst"))
    assert "no option --latest" in wrong(("requests", "list", "--latest"))
    assert "too many" in wrong(("doctor", "please"))
