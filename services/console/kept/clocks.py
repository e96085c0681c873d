"""The clocks of a request, and what is late or due soon across all of them, read from the events that were kept."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from contracts.messages import TYPES
from contracts.messages.intake import RequestAccepted
from policies.clocks.clock import Clock, Told
from policies.clocks.of_request import clocks_of
from policies.clocks.words import HOUR, OWED_BY, STATES, state_of, title_of
from policies.pack import Pack
from runtime.kernel.store import Store, moment, ticks
from services.console.kept.believed import believed
from services.console.kept.deadlines import Deadlines, running
from services.console.kept.queries import Json
from services.console.kept.tables import DEADLINES, EVENTS, REQUESTS

MOST_SHOWN = 100
SANE = ticks(datetime(2200, 1, 1, tzinfo=UTC))  # no arithmetic with times beyond it: a stray record may say anything
GROUPS = ("late", "hour", "today")


def of_request(store: Store, request_id: str, pack: Pack, now: datetime) -> list[Json]:
    """Every clock of one request, in the order in which they started."""
    told = _told(store, (request_id,)).get(request_id, [])
    ended = store.read(sa.select(REQUESTS.c.end).where(REQUESTS.c.request_id == request_id))
    over = bool(ended and ended[0][0])
    return [_json(clock, now, pack, over) for clock in clocks_of(told, pack, now)]


def due(store: Store, pack: Pack, now: datetime, pack_of: Callable[[str], Pack]) -> dict[str, Any]:
    """Whatever carrier or customer owes by the end of this day or the next hour, the longest overdue first.

    `more`: there are requests beyond the `MOST_SHOWN` with the earliest deadlines.
    """
    rows = _candidates(store, _horizon(now, pack))
    told = _told(store, [row.request_id for row in rows])
    known = {row.request_id: row for row in _summaries(store, told)}
    found = [
        each
        for row in rows
        for each in _due_of(row, told[row.request_id], known, pack_of(_policy(told[row.request_id])), now)
    ]
    found.sort(key=lambda each: str(each["due"]))
    groups: dict[str, Any] = {group: [each for each in found if each["state"] == group] for group in GROUPS}
    return groups | {"now": now.isoformat(), "more": len(rows) == MOST_SHOWN}


def _horizon(now: datetime, pack: Pack) -> datetime:
    local = now.astimezone(pack.zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), pack.zone)
    return max(midnight, now + HOUR)


def _candidates(store: Store, until: datetime) -> list[Deadlines]:
    statement = sa.select(DEADLINES).where(DEADLINES.c.next_due <= ticks(until))
    return [Deadlines._make(row) for row in store.read(statement.order_by(DEADLINES.c.next_due).limit(MOST_SHOWN))]


def _due_of(row: Deadlines, told: list[Told], known: dict[str, Any], pack: Pack, now: datetime) -> Iterator[Json]:
    """The latest clock of each name that runs; an older version's is over."""
    latest = {clock.name: clock for clock in clocks_of(told, pack, now)}
    summary = known.get(row.request_id)
    about = {name: getattr(summary, name, "") for name in ("stage", "channel", "masked_number")}
    for name in sorted(running(row) & latest.keys()):
        clock = _json(latest[name], now, pack, bool(summary and summary.end))
        if clock["state"] in GROUPS:
            yield {"request_id": row.request_id, **about, **clock}


def _policy(told: Iterable[Told]) -> str:
    """The edition the request keeps."""
    return next((message.application.policy for _, message in told if isinstance(message, RequestAccepted)), "")


def _told(store: Store, ids: Iterable[str]) -> dict[str, list[Told]]:
    """The events that the contract knows, as messages; what cannot be read stops no clock."""
    found: dict[str, list[Told]] = {request_id: [] for request_id in ids}
    columns = (EVENTS.c.request_id, EVENTS.c.id, EVENTS.c.type, EVENTS.c.source, EVENTS.c.at, EVENTS.c.cause)
    wanted = sa.and_(EVENTS.c.request_id.in_(found), EVENTS.c.at < SANE)
    statement = sa.select(*columns, EVENTS.c.body).where(wanted).order_by(EVENTS.c.at, EVENTS.c.sequence)
    rows = store.read(statement) if found else ()
    for row in believed(rows):
        model = TYPES.get(row.type)
        try:
            if model is not None:
                found[row.request_id].append((moment(row.at), model.model_validate_json(row.body)))
        except ValidationError:
            continue
    return found


def _summaries(store: Store, ids: Iterable[str]) -> list[Any]:
    return list(store.read(sa.select(REQUESTS).where(REQUESTS.c.request_id.in_(list(ids)))))


def _json(clock: Clock, now: datetime, pack: Pack, ended: bool) -> Json:
    state = state_of(clock, now, pack.zone, ended)
    words = {
        "title": title_of(clock).model_dump(),
        "state_text": STATES[state].model_dump(),
        "owed_by_text": OWED_BY[clock.owed_by].model_dump(),
    }
    left = int((clock.due - now).total_seconds())
    return {**clock.model_dump(mode="json"), "state": state, "seconds_left": left, **words}
