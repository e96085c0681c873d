"""The dialogs behind the buttons: what would be ordered, the same as a command, why; then what came of it."""

import asyncio
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from contracts.messages.ops import DisputeDecided
from contracts.words import Money, RequestId
from policies import amounts
from runtime.http.bodies import message_of, request_id_of
from runtime.http.pages import Form, language_of, one
from runtime.http.problems import Problem, no_zero_byte
from services.console import actions
from services.console.action import Action
from services.console.actions import BY_ANSWER
from services.console.cures import orders, proposals
from services.console.cures.proposals import NeedsSecond
from services.console.cures.second_person import SecondPerson
from services.console.kept import erasing, log, queries
from services.console.kept.queries import Json
from services.console.problem_codes import CODES
from services.console.rendering import Page
from services.console.showing import story
from services.console.showing.meanings import meaning
from services.console.showing.shared_view import View
from services.console.signing_in.gate import allowed, form_of, operator_of
from services.console.signing_in.sessions import Operator
from services.console.wording import field_words

MOST_AT_ALL = 1_000
DONE = ("discarded", erasing.STATE)  # what was sent again is watched: it may come back
GIVEN = ("owed", "letter", "evidence", "reason")
AGAIN = "again"  # an amount is read back, and ordered when it is said again


def routes(view: View, two: SecondPerson, patience_seconds: float) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])
    store = view.host.store

    @doors.get("/orders/new")
    async def ask(request: Request, what: str, request_id: str = "", incident: str = "", answer: str = "") -> Response:
        asked, mine = request.query_params.get("request", request_id), _action(answer)
        allowed(operator_of(request), mine.door)
        return await _dialog(view, request, mine, asked, incident, {}, "")

    @doors.post("/orders")
    async def place(request: Request) -> Response:
        form = await form_of(request)
        action, given = _action(field_of(form, "answer")), {name: field_of(form, name) for name in GIVEN}
        incident, asked = field_of(form, "incident"), field_of(form, "request")
        key = field_of(form, "key") or str(uuid4())
        try:
            if echo := await asyncio.to_thread(_to_read_back, view, action, asked, form):
                return await _dialog(view, request, action, asked, incident, given, "", key, echo)
            message = _message(view, action, asked, incident, given, operator_of(request))
            event = await orders.place(view.host, two.proposals, action.door, message, key, patience_seconds)
        except NeedsSecond as proposed:
            return await waits(view, request, proposed.proposal)
        except (Problem, ValidationError) as refused:
            return await _dialog(view, request, action, asked, incident, given, why(refused, request), key)
        return await _following(view, request, event, asked, action)

    @doors.get("/orders/{event}")
    async def follow(request: Request, event: str) -> Response:
        seen = await asyncio.to_thread(log.seen, store, event)
        if seen is None and not await asyncio.to_thread(orders.accepted, store, event):
            raise Problem("unknown-page")
        asked = seen["request_id"] if seen else request.query_params.get("request", "")
        return await _following(view, request, event, asked, BY_ANSWER.get(request.query_params.get("answer", "")))

    return doors


def field_of(form: Form, name: str) -> str:
    return one(form, name).replace("\r\n", "\n").strip()


def _action(answer: str) -> Action:
    action = BY_ANSWER.get(answer)
    if action is None:
        raise Problem("unknown-page")
    return action


def _message(view: View, action: Action, asked: str, incident: str, given: dict[str, str], operator: Operator) -> Any:
    kind, model = orders.ORDERS[action.door]
    mine = allowed(operator, action.door)
    about: RequestId = request_id_of(asked)
    known = queries.request(view.host.store, about)
    if known and incident and incident not in known["incidents"]:
        raise Problem("decided-meanwhile")
    body = actions.body_of(action, incident, given, _disputed(view, asked).currency)
    return message_of(kind, about, model.model_validate(body | {"reason": given["reason"]}), operator=mine.name)


def _disputed(view: View, asked: str) -> Money:
    """What is argued about, in the currency of the case; of nothing, in the pack's."""
    found = proposals.stake(DisputeDecided, queries.timeline(view.host.store, asked))
    return found or Money(minor=0, currency=view.host.pack.currency)


def _to_read_back(view: View, action: Action, asked: str, form: Form) -> Money | None:
    """What was typed, until exactly that was confirmed. Raises `Problem` for what is no amount."""
    if actions.OWED not in action.fields:
        return None
    disputed = _disputed(view, asked)
    owed = actions.remaining(field_of(form, "owed"), disputed.currency)
    orders.within(owed, disputed if disputed.minor else None)
    return None if field_of(form, AGAIN) == f"{owed.minor} {owed.currency}" else owed


def why(refused: Problem | ValidationError, request: Request) -> str:
    if not isinstance(refused, Problem):
        return field_words.told(refused.errors()).in_language(language_of(request))
    body = refused.body(CODES, request.url.path, language_of(request))
    places = () if refused.detail else (f"{each['pointer']}: {each['message']}" for each in body["errors"])
    return " ".join([body["detail"], *(() if refused.detail else (body["hint"],)), *places])


def shown_whole(request: Request) -> bool:
    return request.headers.get("hx-request") != "true"


async def _dialog(
    view: View,
    request: Request,
    action: Action,
    asked: str,
    incident: str,
    given: dict[str, str],
    problem: str,
    key: str = "",
    echo: Money | None = None,
) -> Response:
    disputed = await asyncio.to_thread(_disputed, view, asked)
    waiting = await asyncio.to_thread(queries.waiting, view.host.store, asked)
    mine = next((each for each in waiting if each["incident"] == incident), None)
    known = dict.fromkeys(GIVEN, "") | given
    shown = {
        "order": action,
        "what": action.name,
        "request_id": asked,
        "incident": incident,
        "answer": action.answer,
        "given": known,
        "key": key or str(uuid4()),
        "problem": problem,
        "why": story.why(mine) if mine else None,
        "command": actions.command(action, asked, incident, given, disputed.currency),
        "echo": echo.model_dump() if echo else None,
        "disputed": disputed.model_dump(),
        "example": amounts.example(disputed.currency),
        "back": f"/requests/{asked}?lang={language_of(request)}",
    }
    return await view.page(request, "order.html", "/work", whole=shown_whole(request), **shown)


async def waits(view: View, request: Request, proposal: Json) -> Response:
    shown = {"proposal": proposal, "back": f"/work?lang={language_of(request)}"}
    return await view.page(request, "proposed.html", "/work", whole=shown_whole(request), **shown)


async def _following(view: View, request: Request, event: str, asked: str, action: Action | None) -> Response:
    def look() -> tuple[Json | None, list[Json]]:
        return log.seen(view.host.store, event), log.followed(view.host.store, {event: asked}).get(event, [])

    seen, effects = await asyncio.to_thread(look)
    language = language_of(request)
    about = {"request": asked, "answer": action.answer if action else "", "lang": language}
    shown = {
        "event": event,
        "request_id": asked,
        "seen": seen is not None,
        "effects": [each | {"meaning": meaning(each, view.host.pack.zone)} for each in effects],
        "finished": bool(effects),
        "title": (action.zh if language == "zh" else action.en)
        if action
        else ("进展" if language == "zh" else "Progress"),
        "here": f"/orders/{event}?{urlencode(about)}",
    }
    return await view.page(request, "following.html", "/work", whole=shown_whole(request), **shown)
