"""The evidence as a page for people, in one language, in one file without anything from elsewhere."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evidence.packs import Rules
from evidence.story import Json, Story
from policies.amounts import in_chinese
from policies.rules.words import money

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def report(parts: dict[str, Any], story: Story, under: Rules, language: str) -> bytes:
    """`parts` as they stand in the bundle's JSON files."""
    zone = under.pack.zone if under.pack else UTC
    seen = {
        "t": lambda zh, en: zh if language == "zh" else en,
        "words": lambda text: _told(text, language),
        "amount": lambda amount: money(amount["minor"], amount["currency"]) if amount else "",
        "moment": _moment(zone),
        "cited": _cited(under, language),
        "language": language,
        "zone": str(zone),
        "events": story.events,
    }
    return PAGES.get_template("report.html").render(parts | seen).encode()


def _told(text: dict[str, str] | None, language: str) -> str:
    told = text[language] if text else ""
    return in_chinese(told) if language == "zh" else told


def _moment(zone: Any) -> Callable[[str | None], str]:
    def moment(text: str | None) -> str:
        return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M:%S}" if text else ""

    return moment


def _cited(under: Rules, language: str) -> Callable[[str], str]:
    """A clause by its instrument and article, as far as the pack is here."""
    known: dict[str, Json] = {each.clause: each.model_dump() for each in under.pack.clauses} if under.pack else {}

    def cited(clause: str) -> str:
        if clause not in known:
            return clause
        found = known[clause]
        article = f" {found['article']}" if found["article"] else ""
        return f"{clause}: {found['instrument'][language]}{article}"

    return cited
