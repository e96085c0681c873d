"""The first page: the road from the channels to the customer, and where every request is on it."""

import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request, Response

from contracts.flow import COMMAND_TOPICS, SHARED
from contracts.words import Channel
from policies.calendar_end import calendar_warning
from runtime.http.problems import no_zero_byte
from services.console.kept import clocks, queries
from services.console.kept.queries import Json
from services.console.kept.stages import ENDS, STAGES
from services.console.rendering import Page
from services.console.showing.shared_view import View, workers
from services.console.watched.rank import rank, worst_first
from services.console.watched.systems import systems
from services.console.watched.watch import Seen

CHANNELS = (*map(str, Channel), "")
WIDEST, WIDTH_A_TENFOLD = 9.0, 3.0  # of an arrow, by its rate
STEPS = ("intake", "review", "billing", "termination", "notify")
STEP_OF = {
    **dict.fromkeys(("account-checked", "checking"), "intake"),
    **dict.fromkeys(("in-review", "information-required", "referred"), "review"),
    **dict.fromkeys(("approved", "quoted", "confirmed", "payment-failed"), "billing"),
    **dict.fromkeys(("settled", "scheduled", "switching-off", "late"), "termination"),
    "terminated": "notify",
}


def routes(view: View) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])

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
            channels=[each for each in CHANNELS if each or any(each in row["cells"] for row in found["rows"])],
            policy=view.host.pack.id,
            flow=flow(seen, found["board"]),
            plot={"began": facts.began, "ended": facts.ended, "highest": highest, "until": facts.until},
            open=sum(row["requests"] for row in view.under_way.rows),
            ended_today=facts.ended_today,
            **found,
        )

    return doors


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
    rates = {topic["topic"].rpartition(".")[2]: topic["rate_per_second"] or 0.0 for topic in seen.topics}
    told = (topic["rate_per_second"] or 0.0 for topic in seen.topics if topic["topic"] in COMMAND_TOPICS)
    rates[SHARED] = round(sum(told), 1)
    found: list[Json] = [{"name": "channels", "verdict": "", "css": "", "rate": None, "channels": by_channel.items()}]
    for before, name in zip((SHARED, *STEPS), STEPS, strict=False):
        found.append(_step(seen, name, at_step[name]) | _arrow(rates.get(before, 0.0)))
    return found


def _step(seen: Seen, name: str, rows: Sequence[Json]) -> Json:
    behind = [each for (_, group), each in seen.behind.items() if group == name]
    alive = [each for each in workers(seen) if each.service == name]
    away = ["away"] if any(each.away for each in systems(alive)) else []
    verdict = next(iter(worst_first([*away, *(each.verdict for each in behind)], rank)), "")
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
