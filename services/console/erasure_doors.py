"""Where the erasure of a subscription is proposed: for the command line as JSON, on a request's page as a form."""

import asyncio
import shlex
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from contracts.code_words import ERASURES
from contracts.words import Moment, Value
from runtime.http import idempotency_key
from runtime.http.bodies import read_body
from runtime.http.described import takes
from runtime.http.idempotency_key import required_key
from runtime.http.pages import language_of, one
from runtime.http.problems import Problem, no_zero_byte, refuses
from services.console.cures import order_answers
from services.console.cures.erasures import ORDER, Erasure, Found
from services.console.cures.second_person import SecondPerson
from services.console.problem_codes import CODES
from services.console.rendering import Page, as_json
from services.console.showing.order_views import shown_whole, waits, why
from services.console.showing.shared_view import View
from services.console.signing_in.gate import allowed, form_of, operator_of

STAYS = ("money", "acts", "hashes")


class ErasureProposed(Value):
    """Nothing was erased yet: a second person has to confirm it."""

    proposal: str
    ends_at: Moment


def routes(two: SecondPerson) -> APIRouter:
    doors = APIRouter(prefix="/v1", dependencies=[Depends(no_zero_byte)], responses=refuses(CODES, 422, 503))
    tried: dict[int | str, dict[str, Any]] = {
        200: {"model": order_answers.ErasureTold, "description": "a dry run: what would go, what is in the way"}
    }
    refused = refuses(CODES, 400, 404, 409, 413, 415, 422, 503) | tried
    key = {"parameters": [idempotency_key.described(required=True, kept="for good")]}
    extra = takes(Erasure) | key

    @doors.post("/erasures", status_code=202, response_model=ErasureProposed, openapi_extra=extra, responses=refused)
    async def erase(request: Request) -> Response:
        own, wish = required_key(request), await read_body(request, Erasure)
        found = await asyncio.to_thread(two.erasures.find, wish.subscription, datetime.now(UTC))
        if wish.dry_run:
            return as_json(found.told() | {"stays": STAYS})
        who = allowed(operator_of(request), ORDER).name
        proposed = await asyncio.to_thread(two.propose_erasure, own, wish, found, who)
        return as_json({"proposal": proposed["id"], "ends_at": proposed["ends_at"]}, 202)

    return doors


def pages(view: View, two: SecondPerson) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])

    @doors.get("/orders/erasure")
    async def ask(request: Request) -> Response:
        return await _dialog(view, two, request, request.query_params.get("request", ""), {}, "")

    @doors.post("/orders/erasure")
    async def place(request: Request) -> Response:
        form = await form_of(request)
        asked, given = one(form, "request"), {name: one(form, name).strip() for name in ("ground", "reason")}
        try:
            who = allowed(operator_of(request), ORDER).name
            found, subscription = await _found(two, asked)
            wish = Erasure.model_validate({"subscription": subscription} | given)
            proposed = await asyncio.to_thread(two.propose_erasure, one(form, "key"), wish, found, who)
        except (Problem, ValidationError) as refused:
            return await _dialog(view, two, request, asked, given, why(refused, request))
        return await waits(view, request, proposed)

    return doors


async def _found(two: SecondPerson, asked: str) -> tuple[Found, str]:
    subscription = await asyncio.to_thread(two.erasures.subscription_of, asked)
    return await asyncio.to_thread(two.erasures.find, subscription, datetime.now(UTC)), subscription


async def _dialog(
    view: View, two: SecondPerson, request: Request, asked: str, given: dict[str, str], problem: str
) -> Response:
    found, subscription = await _found(two, asked)
    language = language_of(request)
    shown = {
        "request_id": asked,
        "found": found,
        "in_the_way": [(each.request_id, each.told.in_language(language)) for each in found.refused],
        "grounds": ERASURES,
        "given": {"ground": "", "reason": ""} | given,
        "key": str(uuid4()),
        "problem": problem,
        "command": shlex.join(_command(subscription, given)),
        "back": f"/requests/{asked}?lang={language}",
    }
    return await view.page(request, "erasure.html", "/work", whole=shown_whole(request), **shown)


def _command(subscription: str, given: dict[str, str]) -> list[str]:
    why = ("--ground", given.get("ground") or "GROUND", "--reason", given.get("reason") or "WHY")
    return ["tuiding", "erasure", "order", subscription, *why]
