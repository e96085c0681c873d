"""The pages that show: pipeline, requests, one request, carrier, workers, work, dead letters."""

import asyncio
import csv
import io
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from contracts.carrier import OPERATIONS
from contracts.flow import BY_NAME
from contracts.health import Heartbeat
from contracts.words import Channel, Reason
from policies.calendar_end import calendar_warning
from runtime.http.problems import Problem, no_zero_byte
from services.console import actions, clocks, findings, log, queries, search, story, words
from services.console.actions import kind_of
from services.console.findings import System
from services.console.graph import relations_of
from services.console.proposals import Proposals, told
from services.console.queries import Json
from services.console.rendering import Page, as_json, language_of
from services.console.rows import ID_OF_A_REQUEST
from services.console.search import Wish
from services.console.shared_view import View, calls, systems, workers
from services.console.stages import ENDS, STAGES
from services.console.watch import Seen

CHANNELS = (*map(str, Channel), "")
FORMULA = "=+-@＝＋－＠\t\r\n"  # how a cell begins that a spreadsheet would execute, also after blanks
EXPORTED = 10_000
WIDEST, WIDTH_A_TENFOLD = 9.0, 3.0  # of an arrow, by its rate
STEPS = ("intake", "review", "billing", "termination", "notify")
STEP_OF = {
    **dict.fromkeys(("account-checked", "checking"), "intake"),
    **dict.fromkeys(("in-review", "information-required", "referred"), "review"),
    **dict.fromkeys(("approved", "quoted", "confirmed", "payment-failed"), "billing"),
    **dict.fromkeys(("settled", "scheduled", "switching-off", "late"), "termination"),
    "terminated": "notify",
}


def routes(view: View, proposals: Proposals) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])
    store = view.host.store

    @doors.get("/")
    async def pipeline(request: Request) -> Response:
        seen, facts = await view.now()
        found = await asyncio.to_thread(_pipeline, view, await view.board())
        highest = max(5, *facts.began, *facts.ended)
        return await view.page(
            request,
            "pipeline.html",
            "/",
            live=True,
            channels=CHANNELS,
            policy=view.host.pack.id,
            flow=flow(seen, found["board"]),
            plot={"began": facts.began, "ended": facts.ended, "highest": highest, "until": facts.until},
            open=facts.open,
            ended_today=facts.ended_today,
            **found,
        )

    @doors.get("/requests")
    async def requests(request: Request) -> Response:
        wish = _wish(request)
        seen, _ = await view.now()
        found = await asyncio.to_thread(search.find, store, wish, waiting_for(seen, wish.waits))
        if wish.q and not wish.after:
            if found.total == 1:
                return _to(request, found.rows[0]["request_id"])
            event = None if found.total else await asyncio.to_thread(search.event_of, store, wish.q)
            if event:
                return _to(request, *event)
        query = {name: value for name, value in wish._asdict().items() if value} | {"lang": language_of(request)}
        total = f"{found.total:,}" if found.total <= search.COUNTED_TO else f"{search.COUNTED_TO:,}+"
        return await view.page(
            request,
            "requests.html",
            "/requests",
            rows=found.rows,
            wish=wish,
            total=total,
            stages=STAGES,
            channels=CHANNELS,
            reasons=tuple(map(str, Reason)),
            waits_for=_waits_for(),
            more=f"/requests?{urlencode(query | {'after': found.after})}" if found.after else "",
            export=lambda kind: f"/requests.{kind}?{urlencode(query)}",
        )

    @doors.get("/requests.csv")
    async def as_csv(request: Request) -> Response:
        headers = {"content-disposition": 'attachment; filename="requests.csv"'}
        return Response(sheet(await _exported(view, request)), media_type="text/csv; charset=utf-8", headers=headers)

    @doors.get("/requests.json")
    async def exported(request: Request) -> Response:
        return as_json({"requests": await _exported(view, request)})

    @doors.get("/requests/{request_id}")
    async def one(request: Request, request_id: str) -> Response:
        seen, _ = await view.now()
        found = await asyncio.to_thread(_one, view, request_id, seen, language_of(request))
        return await view.page(request, "request.html", "/requests", live=True, **found)

    @doors.get("/work")
    async def work(request: Request) -> Response:
        waiting = await asyncio.to_thread(_attention, view)
        second = [told(each, view.host.pack.currency) for each in await asyncio.to_thread(proposals.waiting)]
        return await view.page(request, "work.html", "/work", live=True, attention=waiting, proposals=second)

    @doors.get("/dead-letters")
    async def letters(request: Request) -> Response:
        found = await asyncio.to_thread(_letters, view)
        return await view.page(request, "letters.html", "/dead-letters", live=True, **found)

    @doors.get("/carrier")
    async def carrier(request: Request) -> Response:
        seen, _ = await view.now()
        shown = {"systems": with_all_systems(systems(seen)), "calls": one_a_request(calls(seen, system_of))}
        return await view.page(request, "carrier.html", "/carrier", live=True, **shown)

    @doors.get("/workers")
    async def running(request: Request) -> Response:
        seen, _ = await view.now()
        now = datetime.now(UTC)
        rows = [
            each.model_dump(mode="json", exclude={"partitions"})
            | {"silent": findings.silent(each, now), "partitions": sum(map(len, each.partitions.values()))}
            for each in sorted(workers(seen), key=_along_the_road)
        ]
        ordered = await asyncio.to_thread(log.ordered, store)
        return await view.page(request, "workers.html", "/workers", live=True, workers=rows, log=ordered)

    return doors


def _along_the_road(worker: Heartbeat) -> tuple[int, str]:
    return list(BY_NAME).index(worker.service) if worker.service in BY_NAME else len(BY_NAME), worker.worker


def _pipeline(view: View, board: list[Json]) -> Json:
    host, now = view.host, datetime.now(UTC)
    warning = calendar_warning(host.pack, now.astimezone(host.pack.zone).date())
    return {
        "board": board,
        "rows": [row for row in by_stage(board) if row["stage"] not in ENDS],
        "ends": [row for row in by_stage(board) if row["stage"] in ENDS],
        "clocks": clocks.due(host.store, host.pack, now, host.pack_of),
        "calendar_warning": warning.model_dump() if warning else None,
        "money": queries.money(host.store),
    }


def flow(seen: Seen, board: Sequence[Json]) -> list[Json]:
    """The road from the channels to the customer, a step a service; `width` of its arrow is the rate."""
    by_channel = dict.fromkeys(map(str, Channel), 0)
    at_step: dict[str, list[Json]] = {name: [] for name in STEPS}
    for row in board:
        if step := STEP_OF.get(row["stage"]):
            at_step[step].append(row)
            if row["channel"] in by_channel:
                by_channel[row["channel"]] += row["requests"]
    rates = {topic["topic"].rpartition(".")[2]: topic["rate_per_second"] for topic in seen.topics}
    found: list[Json] = [{"name": "channels", "verdict": "", "css": "", "rate": None, "channels": by_channel.items()}]
    for before, name in zip(("commands", *STEPS), STEPS, strict=False):
        found.append(_step(seen, name, at_step[name]) | _arrow(rates.get(before) or 0.0))
    return found


def _step(seen: Seen, name: str, rows: Sequence[Json]) -> Json:
    behind = [each for (_, group), each in seen.behind.items() if group == name]
    alive = [each for each in workers(seen) if each.service == name]
    away = any(each.away for each in findings.systems(alive))
    verdict = "away" if away else _worst([each.verdict for each in behind])
    return {
        "name": name,
        "verdict": verdict,
        "css": {"stalled": "bad", "away": "bad", "slow": "slow"}.get(verdict, ""),
        "requests": sum(row["requests"] for row in rows),
        "oldest_at": min((row["oldest_at"] for row in rows), default=None),
        "behind": sum(each.records for each in behind),
        "seconds": max((each.seconds for each in behind), default=0),
        "calls": sum(system.waiting for worker in alive for system in worker.systems),
    }


def _arrow(rate: float) -> Json:
    return {"rate": rate, "width": round(min(WIDEST, 1 + WIDTH_A_TENFOLD * math.log10(1 + rate)), 1)}


def _worst(verdicts: Sequence[str]) -> str:
    return next((each for each in ("stalled", "slow", "ok") if each in verdicts), "")


def by_stage(board: Sequence[Json]) -> list[Json]:
    """Rows of the table in the order of the road; stages where nobody is are left out."""
    cells = {(row["stage"], row["channel"]): row for row in board}
    rows = []
    for stage in STAGES:
        found = {channel: cells[stage, channel] for channel in CHANNELS if (stage, channel) in cells}
        if found:
            oldest = min(row["oldest_at"] for row in found.values())
            total = sum(row["requests"] for row in found.values())
            rows.append({"stage": stage, "cells": found, "total": total, "oldest_at": oldest})
    return rows


# ---- requests --------------------------------------------------------------------------------------------------------


def _wish(request: Request) -> Wish:
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


def _waits_for() -> list[tuple[str, str, str]]:
    asked = {name: pair for name, pair in words.ASKED_OF_A_PERSON.items() if name in search.INCIDENTS}
    return [("person", "人工处理", "a person"), *((name, *pair) for name, pair in (asked | words.SYSTEMS).items())]


async def _exported(view: View, request: Request) -> list[Json]:
    wish = _wish(request)
    ids = waiting_for((await view.now())[0], wish.waits)
    return (await asyncio.to_thread(search.find, view.host.store, wish, ids, EXPORTED)).rows


def sheet(rows: Sequence[Json]) -> str:
    """With a mark for spreadsheets that it is UTF-8; a cell that could be a formula is text."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = [column.name for column in search.SUMMARY]
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in FORMULA[-3:] or text.lstrip()[:1] in tuple(FORMULA) else text


def _one(view: View, request_id: str, seen: Seen, language: str) -> Json:
    host, now = view.host, datetime.now(UTC)
    events = queries.timeline(host.store, request_id)
    if not events:
        raise Problem("unknown-request")
    policy = queries.policy(events)
    pack = host.pack_of(policy)
    summary = queries.request(host.store, request_id)
    waiting = [_told(each) for each in queries.waiting(host.store, request_id)]
    running = clocks.of_request(host.store, request_id, pack, now)
    mine = [each for each in calls(seen, system_of) if each["request_id"] == request_id]
    return {
        "request_id": request_id,
        "summary": summary,
        "policy": policy,
        "incidents": waiting,
        "says": story.sentence(summary, waiting, mine),
        "calls": mine,
        "clocks": running,
        "axis": story.axis(events, running, host.pack.zone, language, now),
        "decisions": list(story.decisions(events)),
        "letters": list(story.letters(events, pack)),
        "relations": relations_of(events),
        "events": [event | {"meaning": story.meaning(event)} for event in events],
    }


def _told(incident: Json) -> Json:
    act = actions.command(actions.answers(incident["incident"])[0], incident["request_id"], incident["incident"])
    return incident | {"why": story.why(incident), "asked": kind_of(incident["incident"]), "act": act}


# ---- work, dead letters, carrier -------------------------------------------------------------------------------------


def _attention(view: View) -> list[Json]:
    found = [_told(each) for each in queries.waiting(view.host.store)]
    return sorted(found, key=lambda each: str(each["at"]))


def _letters(view: View) -> Json:
    store = view.host.store
    groups: dict[tuple[str, str, str], list[Json]] = {}
    for letter in queries.dead_letters(store, limit=500):
        shown = letter | {
            "act": actions.redrive(letter["place"]),
            "known": bool(ID_OF_A_REQUEST.fullmatch(letter["request_id"])),
        }
        groups.setdefault((letter["code"], letter["original_topic"], letter["service"]), []).append(shown)
    done = [each for state in words.LETTERS if state != "open" for each in queries.dead_letters(store, state, 20)]
    return {
        "groups": [
            {"code": code, "topic": topic, "service": service, "letters": mine, "oldest": min(e["at"] for e in mine)}
            for (code, topic, service), mine in sorted(groups.items(), key=lambda each: -len(each[1]))
        ],
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


def with_all_systems(seen: Sequence[System]) -> list[System]:
    """Also those nobody has asked yet."""
    known = {each.name: each for each in seen}
    return [known.get(name, System(name, False, 0, 0, None, "", None, 0.0, 0)) for name in words.SYSTEMS]
