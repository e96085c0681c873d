"""What every page shows, computed once an interval for all viewers: the strip, the counts in the menu, the facts."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import sqlalchemy.exc
from fastapi import Request, Response

from contracts.health import Heartbeat
from runtime.http.host_context import HostContext
from runtime.kernel.store import Store
from services.console.kept import queries
from services.console.kept.queries import Json
from services.console.kept.tables import OPEN
from services.console.rendering import page
from services.console.watched import findings
from services.console.watched.facts import Facts, facts
from services.console.watched.finding import Finding
from services.console.watched.findings import Waiting
from services.console.watched.pace import Pace
from services.console.watched.systems import System
from services.console.watched.systems import systems as together
from services.console.watched.watch import FRESH_SECONDS, Seen, Watch

COUNTED_EVERY_SECONDS = 15.0
COSTS_AT_MOST = 30  # counting takes at most a thirtieth of the time
NOTHING_KNOWN = Facts(Waiting(), [0] * 60, [0] * 60, 0)


class Counted:
    """A part of the board; many are counted again only after a multiple of what that took."""

    def __init__(self, which: sa.ColumnElement[bool]) -> None:
        self.which, self.rows, self.until = which, list[Json](), float("-inf")

    def count(self, store: Store, clock: Callable[[], float]) -> None:
        began = time.monotonic()
        self.rows = queries.board(store, self.which)
        self.until = clock() + COSTS_AT_MOST * (time.monotonic() - began)


class View:
    def __init__(self, host: HostContext, watch: Watch) -> None:
        self.host, self.watch = host, watch
        self.facts, self.pace = NOTHING_KNOWN, Pace()
        self.proposed: Callable[[], int] = lambda: 0  # orders that wait for a second person
        self._counted = float("-inf")
        self._counting = asyncio.Lock()
        self.under_way, self.ended = Counted(OPEN), Counted(sa.not_(OPEN))

    async def now(self) -> tuple[Seen, Facts]:
        seen = await self.watch.now()
        async with self._counting:
            if self.watch.clock() - self._counted >= FRESH_SECONDS:
                self.facts = await self._count()
                self._counted = self.watch.clock()
        return seen, self.facts

    async def _count(self) -> Facts:
        host, now = self.host, datetime.now(UTC)
        try:
            found = await asyncio.to_thread(facts, host.store, host.pack, now, host.pack_of)
            second = await asyncio.to_thread(self.proposed)
            person = {**found.waiting.person, "second": second} if second else found.waiting.person
            return found._replace(waiting=found.waiting._replace(person=person))
        except sqlalchemy.exc.DBAPIError as error:
            before = self.facts.waiting
            since = before.database_since or now
            away = before._replace(database_problem=type(error).__name__, database_since=since)
            return self.facts._replace(waiting=away)

    async def board(self) -> list[Json]:
        async with self._counting:
            for part in (self.under_way, self.ended):
                if self.watch.clock() >= part.until:
                    await asyncio.to_thread(part.count, self.host.store, self.watch.clock)
        return sorted([*self.under_way.rows, *self.ended.rows], key=lambda row: (row["stage"], row["channel"]))

    async def keep_counting(self) -> None:
        """For whoever scrapes: also while nobody looks."""
        while True:
            with contextlib.suppress(sqlalchemy.exc.DBAPIError):
                await self.now()
                await self.board()
            await asyncio.sleep(COUNTED_EVERY_SECONDS)

    async def strip(self) -> list[Finding]:
        seen, known = await self.now()
        now, workers = datetime.now(UTC), seen.workers.values()
        behind, problem = seen.behind.values(), seen.problem
        since, skews, standing = seen.problem_since, seen.skews, seen.open
        others = seen.strangers, seen.deleted, seen.drifts
        return findings.findings(known.waiting, workers, behind, problem, since, now, skews, standing, *others)

    async def page(self, request: Request, template: str, section: str, **values: Any) -> Response:
        strip = await self.strip()
        waiting = self.facts.waiting
        counts = {
            "/work": sum(waiting.person.values()),
            "/dead-letters": waiting.letters,
            "/carrier": sum(each.kind == "carrier" for each in strip),
        }
        shown: Json = {"strip": strip, "counts": _Counts(counts), "section": section, "pace": self.pace.now()}
        return page(request, template, self.host.pack.zone, **(shown | values))


class _Counts(dict[str, int]):
    def __missing__(self, path: str) -> int:
        return 0


def workers(seen: Seen) -> list[Heartbeat]:
    return findings.living(seen.workers.values(), datetime.now(UTC))


def systems(seen: Seen) -> list[System]:
    return together(workers(seen))


def calls(seen: Seen, system_of: Callable[[str], str]) -> list[Json]:
    """Calls that were tried in vain, the longest tried first, with what that ended in."""
    last_error = {each.name: each.last_error for each in systems(seen)}
    found = []
    for worker in workers(seen):
        for each in worker.waiting_calls:
            system = system_of(each.operation)
            problem = each.problem or last_error.get(system, "")
            mine = {"system": system, "service": worker.service, "problem": problem}
            found.append({**each.model_dump(mode="json"), **mine})
    return sorted(found, key=lambda each: -int(each["attempt"]))
