"""The phone's pages from templates: escaped, cleaned, in the reader's language, with times of the rules' zone."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, Environment, FileSystemLoader

from contracts.words import Text
from demo.phone import words
from demo.phone.seats import SEATS
from policies.amounts import in_chinese, written
from runtime.exits import clean, for_people
from runtime.http.pages import LANGUAGES, language_of

HERE = Path(__file__).parent
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "pages"),
    autoescape=True,
    undefined=ChainableUndefined,  # an answer of others may lack what we look for
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, template: str, zone: ZoneInfo, answered: int = 200, **values: Any) -> HTMLResponse:
    language = language_of(request)
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    own = {
        "tr": lambda zh, en: zh if language == "zh" else en,
        "text": lambda told: _in(told, language),
        "say": lambda table, word: words.say(table, word, language),
        "lang": language,
        "here": _address(request, lang=language),
        "other_language": _address(request, lang=other),
        "link": lambda path, **query: f"{path}?{urlencode({**query, 'lang': language}, doseq=True)}",
        "console": lambda path: f"/console?{urlencode({'to': path, 'lang': language})}",
        "money": lambda amount: written(amount["minor"], amount["currency"], language),
        "day": lambda moment: _local(moment, zone, "%Y-%m-%d"),
        "moment": lambda moment: _local(moment, zone, "%Y-%m-%d %H:%M:%S"),
        "hour": lambda moment: _local(moment, zone, "%H:%M:%S"),
        "pretty": lambda body: orjson.dumps(body, option=orjson.OPT_INDENT_2).decode(),
        "seats": SEATS.values(),
        "zone": str(zone),
        "token": _token(values),
        "seat": None,
        "live": False,
        "calls": (),
        "problem": None,
    }
    return HTMLResponse(TEMPLATES.get_template(template).render(own | for_people(values)), answered)


def _in(told: Any, language: str) -> str:
    said = clean(told.in_language(language) if isinstance(told, Text) else str(told[language]))
    return in_chinese(said) if language == "zh" else said


def _local(moment: str | datetime, zone: ZoneInfo, form: str) -> str:
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return at.astimezone(zone).strftime(form)


def _address(request: Request, **changed: str) -> str:
    """Without the host: whatever name the reader knows it by."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name not in changed]
    return f"{request.url.path}?{urlencode([*query, *changed.items()])}"


def _token(values: Mapping[str, Any]) -> str:
    """Another one as soon as anything on the page is: only then is it drawn again."""
    told = orjson.dumps(values, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(told).hexdigest()[:16]
