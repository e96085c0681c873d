"""Pages from templates: escaped, in the reader's language, with times of the operator's zone. And JSON."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from runtime.exits import for_people
from runtime.http import problems
from services.console import words

HERE = Path(__file__).parent
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
LANGUAGES = ("zh", "en")


def page(request: Request, template: str, zone: ZoneInfo, status: int = 200, **values: Any) -> Response:
    language = language_of(request)
    own = {
        "say": _sayer(language),
        "lang": language,
        "other_language": f"?{request.url.include_query_params(lang=_other(language)).query}",
        "link": lambda path, **query: _link(path, {**query, "lang": language}),
        "local": lambda text: _local(text, zone),
        "minute": lambda text: _minute(text, zone),
        "age": _age,
        "left": _left,
        "text": lambda words: words[language],
        "amount": _amount,
        "pretty": _pretty,
    }
    return HTMLResponse(TEMPLATES.get_template(template).render(own | for_people(values)), status)


def language_of(request: Request) -> str:
    """`?lang=` first, then what the browser prefers."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else problems.language_of(request)


def as_json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(for_people(body)), status, media_type="application/json")


class Page(APIRoute):
    """A page says no in words, with a way back."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def in_words(request: Request) -> Response:
            try:
                return await handle(request)
            except problems.ANSWERED as error:
                no = problems.as_problem(error).body(problems.codes_of(request), request.url.path, language_of(request))
                return page(request, "problem.html", ZoneInfo("UTC"), no["status"], problem=no)

        return in_words


def _other(language: str) -> str:
    return LANGUAGES[1 - LANGUAGES.index(language)]


def _sayer(language: str) -> Any:
    """`say("page", "topics")`; what nobody has named yet is shown as it is."""
    tables: Mapping[str, Mapping[str, tuple[str, str]]] = {
        "page": words.PAGE,
        "stage": words.STAGES,
        "channel": words.CHANNELS,
        "service": words.SERVICES,
        "kind": words.KINDS,
        "event": words.EVENTS,
    }
    index = LANGUAGES.index(language)

    def say(table: str, word: str) -> str:
        name = word.rsplit(".", 1)[0] if table == "event" else word  # the version is not a word
        found = tables[table].get(name)
        return found[index] if found else word

    return say


def _link(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}"


def _local(text: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%m-%d %H:%M:%S.%f")[:-3] if text else ""


def _minute(text: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M") if text else ""


def _age(text: str) -> str:
    """`45s`, `12m`, `3h`, `4d`: the largest unit that fits."""
    return _left(max(0, int((datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds())))


def _left(seconds: int) -> str:
    """As an age; `-3h` is three hours too late."""
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{sign}{seconds // size}{unit}"
    return f"{sign}{seconds}s"


def _amount(row: Mapping[str, Any]) -> str:
    """`-12.50 CNY`; every currency of our packs has a hundred minor units."""
    whole, rest = divmod(abs(row["minor"]), 100)
    return f"{'-' if row['minor'] < 0 else ''}{whole:,}.{rest:02} {row['currency']}"


def _pretty(body: Any) -> str:
    return body if isinstance(body, str) else orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
