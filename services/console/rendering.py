"""Pages from templates: escaped, in the reader's language, with times of the operator's zone. And JSON."""

import re
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

import orjson
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException

from contracts.flow import TOPICS
from contracts.words import Text
from policies import amounts
from runtime.exits import clean, for_people
from runtime.http import error_page, problems
from runtime.http.pages import LANGUAGES, language_of
from services.console import actions, roles
from services.console.signing_in.sessions import Operator
from services.console.wording import letter_reasons, letter_words, page_words, saying, turns, words

HERE = Path(__file__).parent
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TO_WHO_ONLY_LOOKS = {  # there is nothing to send again
    503: Text(
        zh="数据没有丢失；恢复后本页自动打开。",
        en="Nothing is lost: this page opens by itself once it is back.",
    ),
    500: Text(
        zh="申请不受影响，可看其他页面；原因在控制台的日志里。",
        en="No request is harmed, and other pages may work: the console's log says why.",
    ),
}
LOOKS_AGAIN_SECONDS = "5"
WORDS_OF_A_SHELL = re.compile(r"""(?:'[^']*'|"[^"]*"|\S)+""")
OWN_WORDS = re.compile("`([^`]*)`")
MENU = (
    ("/", "流程", "Pipeline"),
    ("/requests", "申请", "Requests"),
    ("/topics", "主题", "Topics"),
    ("/dead-letters", "死信", "Dead letters"),
    ("/work", "待办", "Work"),
    ("/carrier", "运营商系统", "Carrier"),
    ("/workers", "实例与记录", "Workers"),
    ("/contracts", "契约", "Contracts"),
)


def leads_to(address: str, language: str) -> str:
    """What the menu calls the page of this address."""
    first = f"/{urlsplit(address).path.split('/')[1]}"
    return next((zh if language == "zh" else en for path, zh, en in MENU if path == first), "")


def page(request: Request, template: str, zone: ZoneInfo, status: int = 200, **values: Any) -> Response:
    """A whole page; with `whole=False`, the part of it that goes into a dialog."""
    language = language_of(request)
    own = {
        "say": _sayer(language),
        "tr": lambda zh, en: zh if language == "zh" else en,
        "lang": language,
        "other_language": _address(request, lang=_other(language)),
        "here": _address(request, lang=language),
        "link": lambda path, **query: _link(path, {**query, "lang": language}),
        "local": lambda text: _local(text, zone),
        "moment": lambda value: saying.at(value, zone),
        "ago": lambda value: saying.ago(value, language),
        "span": lambda seconds: saying.span(seconds, language),
        "iso": lambda value: value.isoformat() if isinstance(value, datetime) else value,
        "rate": saying.rate,
        "zone_name": saying.zone_name(zone),
        "zone_key": zone.key,
        "counted": lambda number, kind="": saying.waiting(number, kind, language),
        "text": lambda words: _in(words, language),
        "amount": lambda row: amounts.amount(row, language),
        "currency": lambda code: amounts.currency_name(code, language),
        "why_set_aside": lambda reason: _in(letter_reasons.in_words(reason), language),
        "why_again": lambda told: _in(letter_reasons.with_code(told), language),
        "marked": lambda said: Markup(error_page.marked(said, language)),
        "pretty": _pretty,
        "answers_of": actions.answers,
        "words_in": WORDS_OF_A_SHELL.findall,
        "menu": MENU,
        "leads_to": lambda address: leads_to(address, language),
        "topic_is_ours": lambda name: any(topic.name == name for topic in TOPICS),
        "section": "",
        "counts": {path: 0 for path, *_ in MENU},
        "strip": None,  # not looked at for this page
        "live": False,
        "pace": 2,
        "whole": True,
        **_signed_in(request),
    }
    return HTMLResponse(TEMPLATES.get_template(template).render(own | for_people(values)), status)


def _signed_in(request: Request) -> dict[str, Any]:
    """Who reads; what the forms of this session carry; what that role may order."""
    found: Operator | None = getattr(request.state, "operator", None)
    return {
        "operator": found,
        "token": found.token if found else "",
        "may": lambda order: found is not None and found.role.may(roles.ORDERS[order]),
    }


def _address(request: Request, **changed: str) -> str:
    """Without the host: whatever name the reader knows it by."""
    query = dict(request.query_params) | changed
    return _link(request.url.path, query)


def _in(words: Any, language: str) -> Markup:
    """What stands in backticks is somebody's own word (an error, a name) and in every language the same."""
    said = clean(words.in_language(language) if isinstance(words, Text) else str(words[language]))
    return Markup(OWN_WORDS.sub(r"<code>\1</code>", str(escape(said))))


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
                problem = problems.as_problem(error)
                return _to_sign_in(request) if problem.code == "sign-in-needed" else refusal(request, problem)

        return in_words


def refusal(request: Request, problem: problems.Problem, status: int = 0) -> Response:
    language = language_of(request)
    no = problem.body(problems.codes_of(request), request.url.path, language)
    status, reading = status or no["status"], request.method in roles.READS
    away = reading and status == HTTPStatus.SERVICE_UNAVAILABLE
    if reading and status in TO_WHO_ONLY_LOOKS:
        no["hint"] = TO_WHO_ONLY_LOOKS[status].in_language(language)
    says = ("" if language == "zh" else " ").join((no["detail"], no["hint"]))
    whole = request.headers.get("hx-request") != "true"
    answer = page(request, "problem.html", ZoneInfo("UTC"), status, says=says, whole=whole)
    answer.headers.update({"refresh": LOOKS_AGAIN_SECONDS} if away and whole else {})
    return answer


async def nowhere(request: Request, error: Exception) -> Response:
    """An address nobody serves, or a fault of ours: a page for whoever reads pages, a problem for programs."""
    if not error_page.wanted(request):
        return await problems.answer(request, error)
    if not isinstance(error, HTTPException):
        return refusal(request, problems.as_problem(error))
    code = "unknown-page" if error.status_code == HTTPStatus.NOT_FOUND else problems.as_problem(error).code
    return refusal(request, problems.Problem(code), error.status_code)


def _to_sign_in(request: Request) -> Response:
    """A whole page goes there and comes back; a part of one, fetched by a page that is open, takes that page along.

    Whoever gave an order is told there that it was not taken.
    """
    partly, reads = request.headers.get("hx-request") == "true", request.method in roles.READS
    here = request.headers.get("hx-current-url", "") if partly else str(request.url) if reads else "/"
    path = urlsplit(here)._replace(scheme="", netloc="", fragment="").geturl()
    lost = {} if reads or request.url.path == "/sign-out" else {"order": "not-taken"}
    there = _link("/sign-in", {"to": path, "lang": language_of(request)} | lost)
    return Response(status_code=401, headers={"HX-Redirect": there}) if partly else RedirectResponse(there, 303)


def _other(language: str) -> str:
    return LANGUAGES[1 - LANGUAGES.index(language)]


def _sayer(language: str) -> Any:
    """`say("stage", "quoted")`; what nobody has named yet is shown as it is."""
    tables: Mapping[str, Mapping[str, tuple[str, str]]] = {
        "page": page_words.PAGE,
        "stage": words.STAGES,
        "channel": words.CHANNELS,
        "service": words.SERVICES,
        "kind": words.KINDS,
        "event": words.EVENTS,
        "system": words.SYSTEMS,
        "operation": words.OPERATIONS,
        "asked": words.ASKED_OF_A_PERSON,
        "reason": words.REASONS,
        "route": words.ROUTES,
        "letter": words.LETTERS,
        "letter-code": words.LETTER_CODES,
        "code": words.CODES,
        "proposal": words.PROPOSALS,
        "letter-order": words.LETTER_ORDERS,
        "role": words.ROLES,
        "turn": {stage: what for stage, (what, _, _) in turns.TURNS.items()},
        "without": turns.WITHOUT,
        "letter-cure": letter_words.CURES,
    }
    index = LANGUAGES.index(language)

    def say(table: str, word: str) -> str:
        name = word.rsplit(".", 1)[0] if table == "event" else word  # the version is not a word
        found = tables[table].get(name)
        return found[index] if found else Markup(f"<code>{escape(clean(word))}</code>") if word else ""

    return say


def _link(path: str, query: Mapping[str, str]) -> str:
    """`path` may bring a query of its own; whatever else it is made of stays a path."""
    place, _, own = path.partition("?")
    return f"{quote(place, safe='/:@')}?{urlencode(dict(parse_qsl(own)) | dict(query))}"


def _local(text: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%m-%d %H:%M:%S.%f")[:-3] if text else ""


def _pretty(body: Any) -> str:
    return body if isinstance(body, str) else orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
