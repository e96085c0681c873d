"""Finds requests: by subscription, last digits, an id or its beginning, an event; narrowed, sorted, page by page."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple

import sqlalchemy as sa

from contracts.words import whole_number
from runtime.kernel.store import Store, ticks
from services.console.actions import COMPLAINT, DISPUTE, REVIEW
from services.console.kept.queries import Json, shown
from services.console.kept.tables import EVENTS, LATE, OPEN, REQUESTS, WAITS

PAGE = 50
COUNTED_TO = 10_000
NONE = "none"  # the channel of requests whose channel nobody said
ID_BEGINS = re.compile(r"[0-9a-f]{4,8}(-[0-9a-f]{0,4}){0,3}(-[0-9a-f]{0,12})?")
DIGITS = re.compile(r"\d{4,15}")
EARLIEST, LATEST = date(1971, 1, 1), date(2199, 12, 31)
INCIDENTS = {"review": REVIEW, "dispute": DISPUTE, "complaint": COMPLAINT}
ORDERS: dict[str, tuple[sa.Column[Any], bool]] = {  # by what, and whether the greatest comes first
    "newest": (REQUESTS.c.first_at, True),
    "oldest": (REQUESTS.c.first_at, False),
    "latest": (REQUESTS.c.last_at, True),
    "quiet": (REQUESTS.c.last_at, False),
    "subscription": (REQUESTS.c.subscription, False),
    "subscription-last": (REQUESTS.c.subscription, True),
}
SUMMARY = [column for column in REQUESTS.c if column.name not in ("root", "incidents", "ended_at")]


class Wish(NamedTuple):
    """As it stands in the address. `waits`: a person, an incident's kind, or a system of the carrier.

    `since` and `until` are the days between which it began.
    """

    q: str = ""
    stage: str = ""
    channel: str = ""
    waits: str = ""
    reason: str = ""
    late: str = ""
    since: str = ""
    until: str = ""
    order: str = "newest"
    after: str = ""


class Found(NamedTuple):
    rows: list[Json]
    after: str  # where the next page begins; empty: there is none
    total: int


def event_of(store: Store, text: str) -> tuple[str, str] | None:
    """(request, event) when the text is an event's id, or how only one of them begins."""
    text = text.strip()
    columns = (EVENTS.c.request_id, EVENTS.c.id)
    same = sa.select(*columns).where(EVENTS.c.id == text)
    rows = store.read(same.limit(1))
    if not rows and ID_BEGINS.fullmatch(text):
        rows = store.read(sa.select(*columns).where(_begins(EVENTS.c.id, text)).limit(2))
    return (rows[0].request_id, rows[0].id) if len(rows) == 1 else None


def find(store: Store, wish: Wish, waiting_ids: Sequence[str] = (), limit: int = PAGE, zone: tzinfo = UTC) -> Found:
    """`waiting_ids`: the requests that wait for the system which `wish.waits` names."""
    conditions = conditions_of(wish, waiting_ids, zone)
    rows, after = _page(store, wish, conditions, limit)
    return Found(rows, after, _total(store, conditions))


def following(store: Store, wish: Wish, waiting_ids: Sequence[str], limit: int, zone: tzinfo) -> tuple[list[Json], str]:
    """A page that nobody counts the others of, and where the next one begins."""
    return _page(store, wish, conditions_of(wish, waiting_ids, zone), limit)


def _page(store: Store, wish: Wish, conditions: Sequence[sa.ColumnElement[bool]], limit: int) -> tuple[list[Json], str]:
    by, greatest_first = ORDERS.get(wish.order, ORDERS["newest"])
    order = (by.desc() if greatest_first else by, REQUESTS.c.request_id)
    beyond = _from(wish.after, by, greatest_first)
    rows = store.read(sa.select(*SUMMARY).where(*conditions, *beyond).order_by(*order).limit(limit + 1))
    last = rows[limit - 1] if len(rows) > limit else None
    after = f"{getattr(last, by.name)}.{last.request_id}" if last else ""
    return [shown(row) for row in rows[:limit]], after


def _total(store: Store, conditions: Sequence[sa.ColumnElement[bool]]) -> int:
    return int(store.read(counting(conditions))[0][0])


def counting(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """Only so far: whoever has ten thousand results narrows the search. By an index alone, which knows no id."""
    some: sa.Select[Any] = sa.select(sa.literal_column("1").label("row")).select_from(REQUESTS).where(*conditions)
    return sa.select(sa.func.count()).select_from(some.limit(COUNTED_TO + 1).subquery())


def conditions_of(wish: Wish, waiting_ids: Sequence[str], zone: tzinfo) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if text := wish.q.strip():
        found.append(_called(text))
    if wish.stage == "open":
        found.append(OPEN)
    elif wish.stage:
        found.append(REQUESTS.c.stage == wish.stage)
    if wish.channel:
        found.append(REQUESTS.c.channel == ("" if wish.channel == NONE else wish.channel))
    if wish.reason:
        found.append(REQUESTS.c.reason == wish.reason)
    if wish.late == "yes":
        found.append(LATE)
    if wish.waits:
        found.append(_waits(wish.waits, waiting_ids))
    return [*found, *_began(wish, zone)]


def _began(wish: Wish, zone: tzinfo) -> list[sa.ColumnElement[bool]]:
    """From the first moment of one day to the last of another, as the operator's clock counts days."""
    found = []
    if since := day(wish.since):
        found.append(REQUESTS.c.first_at >= ticks(datetime.combine(since, time(), zone)))
    if until := day(wish.until):
        found.append(REQUESTS.c.first_at < ticks(datetime.combine(until + timedelta(days=1), time(), zone)))
    return found


def day(text: str) -> date | None:
    """Nothing for what is no day; years that no store counts in are none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None


def _called(text: str) -> sa.ColumnElement[bool]:
    names = [REQUESTS.c.subscription == text, REQUESTS.c.request_id == text]
    if DIGITS.fullmatch(text):
        names.append(REQUESTS.c.last_digits == text[-4:])
    if ID_BEGINS.fullmatch(text):
        names.append(_begins(REQUESTS.c.request_id, text))
    return sa.or_(*names)


def _begins(column: sa.Column[str], text: str) -> sa.ColumnElement[bool]:
    """The range lets the index be used, whatever the database's sorting makes of the hyphen."""
    head = text.partition("-")[0]
    return sa.and_(column >= head, column < head + "g", column.startswith(text, autoescape=True))


def _waits(what: str, waiting_ids: Sequence[str]) -> sa.ColumnElement[bool]:
    if what == "person":
        return WAITS
    if name := INCIDENTS.get(what):
        return sa.and_(WAITS, REQUESTS.c.incidents.contains(f'"{name}', autoescape=True))
    return REQUESTS.c.request_id.in_(waiting_ids)


def _from(after: str, by: sa.Column[Any], greatest_first: bool) -> list[sa.ColumnElement[bool]]:
    """The first condition is implied by the second: it is the one for which the index is used."""
    text, _, request_id = after.rpartition(".")
    last: Any = text if by is REQUESTS.c.subscription else whole_number(text, most_digits=18)
    if last in ("", None):
        return []
    here, beyond = (by <= last, by < last) if greatest_first else (by >= last, by > last)
    return [here, sa.or_(beyond, REQUESTS.c.request_id > request_id)]
