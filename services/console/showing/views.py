"""The pages that show; pipeline and requests have files of their own."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Depends, Request, Response

from contracts.health import Heartbeat
from runtime.http.problems import no_zero_byte
from services.console import actions
from services.console.cures.proposals import Proposals, same_person, told
from services.console.kept import log, queries
from services.console.kept.queries import Json
from services.console.kept.rows import ID_OF_A_REQUEST
from services.console.rendering import Page
from services.console.showing import export, pipeline_view, ranked, request_views
from services.console.showing.request_views import system_of, told_in_words
from services.console.showing.shared_view import View, calls, systems, workers
from services.console.signing_in.gate import operator_of
from services.console.watched import findings
from services.console.wording import turns, words

LONGEST_Q = 128
MOST_READ = 50  # on one page of work: what comes after them moves up as they are decided
YOUNGER = {  # as the command line's --since has it
    "1h": (timedelta(hours=1), "最近一小时", "within the hour"),
    "1d": (timedelta(days=1), "最近一天", "within a day"),
    "7d": (timedelta(days=7), "最近七天", "within a week"),
}


def routes(view: View, proposals: Proposals) -> APIRouter:
    doors = APIRouter()
    shown = (pipeline_view.routes(view), request_views.routes(view, proposals), export.routes(view))
    for each in (*shown, _waiting(view, proposals), _running(view)):
        doors.include_router(each)
    return doors


def _waiting(view: View, proposals: Proposals) -> APIRouter:
    """What waits for a person: work, dead letters."""
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])

    @doors.get("/work")
    async def work(request: Request) -> Response:
        await view.now()
        waiting, total = await asyncio.to_thread(_attention, view)
        mine, currency = operator_of(request).name, view.host.pack.currency
        second = [
            told(each, currency) | {"mine": same_person(each["operator"], mine)}
            for each in await asyncio.to_thread(proposals.waiting)
        ]
        proposed = {each["request_id"]: each for each in second if each["order"] == "dispute-decision"}
        rows = [
            row | {"proposed": proposed.get(row["request_id"]) if row["asked"] == "dispute" else None}
            for row in waiting
        ]
        return await view.page(request, "work.html", "/work", live=True, attention=rows, total=total, proposals=second)

    @doors.get("/dead-letters")
    async def letters(request: Request) -> Response:
        asked = request.query_params
        q, since = asked.get("q", "").strip()[:LONGEST_Q], asked.get("since", "")
        found = await asyncio.to_thread(_letters, view, q, since if since in YOUNGER else "")
        return await view.page(request, "letters.html", "/dead-letters", live=True, **found)

    return doors


def _running(view: View) -> APIRouter:
    """What runs: the carrier's systems, our workers."""
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])

    @doors.get("/carrier")
    async def carrier(request: Request) -> Response:
        seen, _ = await view.now()
        shown = {"systems": ranked.systems(systems(seen)), "calls": one_a_request(calls(seen, system_of))}
        return await view.page(request, "carrier.html", "/carrier", live=True, call_them=turns.CALL_THEM, **shown)

    @doors.get("/workers")
    async def running(request: Request) -> Response:
        seen, _ = await view.now()
        now = datetime.now(UTC)
        rows = [_row(each, now) for each in ranked.workers(workers(seen), now)]
        ordered = await asyncio.to_thread(_log, view)
        return await view.page(request, "workers.html", "/workers", live=True, workers=rows, log=ordered)

    return doors


def _log(view: View) -> list[Json]:
    """Orders, and what was done about dead letters, the newest first."""
    both = (*log.ordered(view.host.store), *log.dealt_with(view.host.store))
    return sorted(both, key=lambda each: str(each["at"]), reverse=True)[: log.MOST]


def _row(worker: Heartbeat, now: datetime) -> Json:
    counted = {"silent": findings.silent(worker, now), "partitions": sum(map(len, worker.partitions.values()))}
    return worker.model_dump(mode="json", exclude={"partitions"}) | counted


def _attention(view: View) -> tuple[list[Json], int]:
    """The worst of what waits for a person, as many as anybody reads, and how many there are."""
    found = ranked.waiting(queries.waiting(view.host.store))
    counted = sum(number for kind, number in view.facts.waiting.person.items() if kind != "second")
    total = len(found) if len(found) < queries.MOST_WAITING else max(len(found), counted)
    return [told_in_words(each) for each in found[:MOST_READ]], total


def _letters(view: View, q: str, since: str) -> Json:
    store = view.host.store
    oldest = datetime.now(UTC) - YOUNGER[since][0] if since else None
    groups: dict[tuple[str, str, str], list[Json]] = {}
    for letter in queries.dead_letters(store, limit=500, q=q, since=oldest):
        shown = letter | {
            "act": actions.redrive(letter["place"]),
            "known": bool(ID_OF_A_REQUEST.fullmatch(letter["request_id"])),
        }
        groups.setdefault((letter["code"], letter["original_topic"], letter["service"]), []).append(shown)
    dealt_with = [state for state in words.LETTERS if state != "open"]
    done = [each for state in dealt_with for each in queries.dead_letters(store, state, 20, q, oldest)]
    shown_groups = [
        {"code": code, "topic": topic, "service": service, "letters": mine, "oldest": min(e["at"] for e in mine)}
        for (code, topic, service), mine in groups.items()
    ]
    return {
        "q": q,
        "since": since,
        "younger": [(name, zh, en) for name, (_, zh, en) in YOUNGER.items()],
        "groups": ranked.letters(shown_groups),
        "by_state": queries.dead_letters_by_state(store),
        "done": sorted(done, key=lambda each: str(each["decided_at"]), reverse=True)[:20],
    }


def one_a_request(waiting: Sequence[Json]) -> list[Json]:
    """The longest tried of each, and how many of its calls wait."""
    found: dict[tuple[str, str], Json] = {}
    for call in waiting:
        first = found.setdefault((call["request_id"], call["system"]), call | {"calls": 0})
        first["calls"] += 1
    return list(found.values())
