"""Whatever a page can be narrowed down by, its command can too, and the other way round."""

import re
from typing import Any

import pytest
import typer

from cli import application
from services.console.rendering import HERE

FIELD = re.compile(r'<(?:input|select)\b[^>]*?\b(?:name|id)="([a-z-]+)"')
FORM = re.compile(r'<form class="filters".*?</form>', re.DOTALL)
PAGES = {  # the page, its command, what the command calls otherwise
    "requests.html": (("requests", "list"), {"q": "find"}),
    "letters.html": (("dead-letters", "list"), {"letters-q": "search"}),
    "topic.html": (("topics", "peek"), {}),
}
NO_FILTERS = {"lang", "most", "last", "wait", "topic", "json", "json_", "as_json", "language", "help"}
OTHERWISE = {  # what the page finds without a field of its own
    ("dead-letters", "list"): {"code", "service", "state"},  # in the box; what was dealt with stands below
}


def fields(template: str) -> set[str]:
    text = (HERE / "pages" / template).read_text()
    return {name for form in FORM.findall(text) for name in FIELD.findall(form)}


def options(names: tuple[str, ...]) -> set[str]:
    found: Any = typer.main.get_command(application())
    for name in names:
        found = found.commands[name]
    return {each.name for each in found.params} - NO_FILTERS


@pytest.mark.parametrize("template", PAGES)
def test_what_a_page_can_be_narrowed_down_by_its_command_can_too_and_the_other_way_round(template: str) -> None:
    command, called = PAGES[template]
    on_the_page = {called.get(name, name) for name in fields(template)} - NO_FILTERS
    assert on_the_page and on_the_page == options(command) - OTHERWISE.get(command, set())


def test_no_page_with_filters_is_forgotten() -> None:
    pages = {each.name for each in (HERE / "pages").glob("*.html") if FORM.search(each.read_text())}
    assert pages - {"contract.html"} == PAGES.keys()  # that one chooses a text to copy


def test_the_live_tail_is_narrowed_down_as_its_command_is() -> None:
    assert 'id="tail-filter"' in (HERE / "pages" / "topic.html").read_text()
    assert options(("topics", "tail")) == {"contains"}
