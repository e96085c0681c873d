"""The dialogs about dead letters: what would be sent again, set aside or erased, why; then what came of each."""

import asyncio
import shlex
from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from runtime.http.pages import language_of
from runtime.http.problems import Problem, no_zero_byte
from services.console.cures.dead_letters import DEALS, Letters, Wish
from services.console.cures.letter_effects import effects
from services.console.cures.proposals import MOST_ALONE, NeedsSecond
from services.console.cures.second_person import SecondPerson
from services.console.kept import erasing, queries
from services.console.kept.queries import Json
from services.console.rendering import Page
from services.console.showing.meanings import meaning
from services.console.showing.order_views import field_of, shown_whole, waits, why
from services.console.showing.shared_view import View
from services.console.signing_in.gate import allowed, form_of, operator_of

MOST_AT_ALL = 1_000
DONE = ("discarded", erasing.STATE)  # what was sent again is watched: it may come back


def routes(view: View, letters: Letters, two: SecondPerson) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])
    store = view.host.store

    @doors.get("/orders/letters")
    async def ask_letters(request: Request, what: str = "redrive") -> Response:
        places = request.query_params.getlist("place")[:MOST_AT_ALL]
        return await _letters_dialog(view, letters, request, what, places, "" if places else _choose_one(request))

    @doors.post("/orders/letters")
    async def place_letters(request: Request) -> Response:
        form = await form_of(request)
        what, places = field_of(form, "what"), form.get("place", [])[:MOST_AT_ALL]
        try:
            mine = allowed(operator_of(request), what)
            wish = Wish(operator=mine.name, reason=field_of(form, "reason"))
            await asyncio.to_thread(two.refuse_alone, field_of(form, "key"), what, places, wish)
        except NeedsSecond as proposed:
            return await waits(view, request, proposed.proposal)
        except (Problem, ValidationError) as refused:
            no, given = why(refused, request), field_of(form, "reason")
            return await _letters_dialog(view, letters, request, what, places, no, given)
        outcomes = [await _dealt_with(letters, what, place, wish, request) for place in places]
        if all(each["refused"] for each in outcomes):  # nothing happened: the dialog stays, with what was written
            no, given = outcomes[0]["refused"], wish.reason
            return await _letters_dialog(view, letters, request, what, places, no, given)
        return await _outcome(view, request, outcomes)

    @doors.get("/orders/letters/outcome")
    async def outcome(request: Request) -> Response:
        places = request.query_params.getlist("place")[:MOST_AT_ALL]
        rows = await asyncio.to_thread(lambda: [queries.dead_letter(store, place) for place in places])
        found = [{"place": row.place, "state": row.state} for row in rows if row is not None]
        return await _outcome(view, request, found)

    return doors


def _choose_one(request: Request) -> str:
    return "请先选择死信。" if language_of(request) == "zh" else "Select some of them first."


async def _letters_dialog(
    view: View, letters: Letters, request: Request, what: str, places: list[str], problem: str, reason: str = ""
) -> Response:
    trial = Wish(operator="dry-run", reason="dry run", dry_run=True)
    previews = [await _dealt_with(letters, what, place, trial, request) for place in places[:MOST_ALONE]]
    needs_second = len(places) > MOST_ALONE
    known, fit = what if what in DEALS else "redrive", [each["place"] for each in previews if not each["refused"]]
    shown = {
        "what": known,
        "previews": previews,
        "reason": reason,
        "command": shlex.join(["tuiding", "dead-letters", known, *fit, "--reason", reason or "WHY"]),
        "places": places if needs_second else fit,
        "needs_second": needs_second,
        "key": str(uuid4()),
        "problem": problem,
    }
    return await view.page(request, "letter-order.html", "/dead-letters", whole=shown_whole(request), **shown)


async def _dealt_with(letters: Letters, what: str, place: str, wish: Wish, request: Request) -> Json:
    """One that is refused does not stop the others."""
    deal = DEALS.get(what, Letters.redrive)
    try:
        return {"refused": "", **await deal(letters, place, wish)}
    except Problem as refused:
        return {"place": place, "refused": why(refused, request), "state": ""}


async def _outcome(view: View, request: Request, outcomes: list[Json]) -> Response:
    store, places = view.host.store, [each["place"] for each in outcomes]
    back = await asyncio.to_thread(queries.came_back, store, places)
    said = await asyncio.to_thread(effects, store, places)
    rows = [
        {"refused": "", **each, "again": each["place"] in back, "effects": _told(said.get(each["place"], ()), view)}
        for each in outcomes
    ]
    for each in rows:
        each["done"] = each.get("state") in DONE or bool(each["effects"])
    shown = {
        "outcomes": rows,
        "finished": all(each["refused"] or each["again"] or each["done"] for each in rows),
        "here": outcome_address(language_of(request), rows),
    }
    return await view.page(request, "letter-outcome.html", "/dead-letters", whole=shown_whole(request), **shown)


def _told(effects: Sequence[Json], view: View) -> list[Json]:
    return [each | {"meaning": meaning(each, view.host.pack.zone)} for each in effects]


def outcome_address(language: str, rows: list[Json]) -> str:
    places = [("place", each["place"]) for each in rows if not each["refused"]]
    return f"/orders/letters/outcome?{urlencode([*places, ('lang', language)])}"
