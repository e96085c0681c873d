"""The pages of requests: searched, exported, and one with everything about it."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from contracts.carrier.operations import OPERATIONS
from contracts.words import Reason, Text
from runtime.envelope import CANONICAL
from runtime.http.pages import language_of
from runtime.http.problems import Problem, no_zero_byte
from services.console import actions
from services.console.actions import kind_of
from services.console.cures.proposals import Proposals, told
from services.console.kept import clocks, queries, search
from services.console.kept.queries import Json
from services.console.kept.search import Found, Wish
from services.console.kept.stages import STAGES
from services.console.rendering import Page
from services.console.showing import details, letters_sent, meanings, story, time_axis
from services.console.showing.graph import relations_of
from services.console.showing.pipeline_view import CHANNELS
from services.console.showing.shared_view import View, calls, systems
from services.console.showing.whose_turn import CARRIER, Turn
from services.console.watched.watch import Seen
from services.console.wording import words

LOOKS, SECONDS_BETWEEN_LOOKS = 10, 0.2

ORDERS_IN_WORDS = (
    ("newest", "最新在前", "newest first"),
    ("oldest", "最早在前", "oldest first"),
    ("latest", "最近有动静的在前", "latest news first"),
    ("quiet", "最久没动静的在前", "longest without news first"),
    ("subscription", "按业务号", "by subscription"),
    ("subscription-last", "按业务号倒序", "by subscription, backwards"),
)


def routes(view: View, proposals: Proposals) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])
    store, zone = view.host.store, view.host.pack.zone

    @doors.get("/requests")
    async def requests(request: Request) -> Response:
        wish = wish_of(request)
        seen, _ = await view.now()
        found = await asyncio.to_thread(search.find, store, wish, waiting_for(seen, wish.waits), search.PAGE, zone)
        if wish.q and not wish.after:
            if found.total == 1:
                return _to(request, found.rows[0]["request_id"])
            event = None if found.total else await asyncio.to_thread(search.event_of, store, wish.q)
            if event:
                return _to(request, *event)
        shown = _listed(request, wish, found) | {"calls": of_all_calls(seen, wish.waits, found.total)}
        return await view.page(request, "requests.html", "/requests", **shown)

    @doors.get("/requests/{request_id}")
    async def one(request: Request, request_id: str) -> Response:
        events = await _heard_of(view, request_id)
        seen, _ = await view.now()
        found = await asyncio.to_thread(_one, view, request_id, events, seen, language_of(request))
        two = await asyncio.to_thread(proposals.about, request_id)
        found["proposals"] = [told(each, view.host.pack.currency) for each in two]
        return await view.page(request, "request.html", "/requests", live=True, **found)

    return doors


def _listed(request: Request, wish: Wish, found: Found) -> Json:
    query = {name: value for name, value in wish._asdict().items() if value} | {"lang": language_of(request)}
    return {
        "rows": found.rows,
        "wish": wish,
        "total": f"{found.total:,}" if found.total <= search.COUNTED_TO else f"{search.COUNTED_TO:,}+",
        "stages": STAGES,
        "channels": CHANNELS,
        "reasons": tuple(map(str, Reason)),
        "waits_for": _waits_for(),
        "orders": ORDERS_IN_WORDS,
        "more": f"/requests?{urlencode(query | {'after': found.after})}" if found.after else "",
        "export": lambda kind: f"/requests.{kind}?{urlencode({**query, 'after': ''})}",
        "sorted_by": lambda order: f"/requests?{urlencode(query | {'order': order, 'after': ''})}",
    }


def wish_of(request: Request) -> Wish:
    known = {name: value for name, value in request.query_params.items() if name in Wish._fields}
    if "id" in request.query_params:  # as the search box was called before
        known.setdefault("q", request.query_params["id"])
    return Wish(**known)


def _to(request: Request, request_id: str, event: str = "") -> Response:
    place = f"#{event}" if event else ""
    return RedirectResponse(f"/requests/{request_id}?lang={language_of(request)}{place}", 303)


def system_of(operation: str) -> str:
    known = OPERATIONS.get(operation)
    return known.system if known else operation


def waiting_for(seen: Seen, system: str) -> list[str]:
    """The requests whose calls to it were tried longest; heartbeats name no others."""
    return [each["request_id"] for each in calls(seen, system_of) if each["system"] == system]


def of_all_calls(seen: Seen, system: str, listed: int) -> Text | None:
    """How much of what waits for a system the list is: the workers name only the calls they tried longest."""
    calls_waiting = next((each.waiting for each in systems(seen) if each.name == system), 0)
    if not calls_waiting:
        return None
    zh, en = words.SYSTEMS.get(system, (system, system))
    return Text(
        zh=f"等待{zh}的 {calls_waiting:,} 次调用中等得最久的 {listed:,} 件申请",
        en=f"the {listed:,} longest waiting of {calls_waiting:,} calls to {en}",
    )


def _waits_for() -> list[tuple[str, str, str]]:
    asked = {name: pair for name, pair in words.ASKED_OF_A_PERSON.items() if name in search.INCIDENTS}
    return [("person", "人工处理", "a person"), *((name, *pair) for name, pair in (asked | words.SYSTEMS).items())]


async def _heard_of(view: View, request_id: str) -> list[Json]:
    """A channel's link may be followed before the first event is here: for a moment it is looked for again."""
    looks = LOOKS if CANONICAL.fullmatch(request_id) else 1
    for look in range(looks):
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS if look else 0)
        if events := await asyncio.to_thread(queries.timeline, view.host.store, request_id):
            return events
    raise Problem("unknown-request")


def _one(view: View, request_id: str, events: list[Json], seen: Seen, language: str) -> Json:
    host, now = view.host, datetime.now(UTC)
    policy = queries.policy(events)
    pack = host.pack_of(policy)
    summary = queries.request(host.store, request_id)
    waiting = [told_in_words(each) for each in queries.waiting(host.store, request_id)]
    running = clocks.of_request(host.store, request_id, pack, now)
    mine = [each for each in calls(seen, system_of) if each["request_id"] == request_id]
    return {
        "request_id": request_id,
        "summary": summary,
        "policy": policy,
        "incidents": waiting,
        "says": story.sentence(summary, waiting, mine, story.erased(events), systems(seen), story.why_ended(events)),
        "erased": story.erased(events) is not None,
        "calls": mine,
        "clocks": running,
        "axis": time_axis.axis(events, running, host.pack.zone, language, now, _away(mine, seen, now)),
        "decisions": list(story.decisions(events)),
        "dead_letters": queries.dead_letters_of(host.store, request_id),
        "letters": list(letters_sent.letters(events, pack)),
        "relations": relations_of(events),
        "events": [event | {"meaning": meanings.meaning(event, host.pack.zone)} for event in events],
    }


def _away(mine: list[Json], seen: Seen, now: datetime) -> Turn | None:
    """While a system that a call of this request waits for has not answered."""
    asked = {each["system"] for each in mine}
    since = min((each.since for each in systems(seen) if each.name in asked and each.since), default=None)
    return Turn(since, now, CARRIER) if since else None


def told_in_words(incident: Json) -> Json:
    act = actions.command(actions.answers(incident["incident"])[0], incident["request_id"], incident["incident"])
    due = meanings.due_of(incident["body"])
    said_above = due or incident["detail"] in words.CODES
    said = {"told": meanings.NOTHING if said_above else details.in_words(incident["detail"]), "due": due}
    return incident | said | {"why": story.why(incident), "asked": kind_of(incident["incident"]), "act": act}
