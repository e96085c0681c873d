"""Finds requests: by subscription, last digits, an id or its beginning, an event; narrowed, page by page."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from runtime.kernel.store import Store
from services.console.actions import COMPLAINT, DISPUTE, REVIEW
from services.console.queries import Json, shown
from services.console.tables import EVENTS, LATE, OPEN, REQUESTS, WAITS

PAGE = 50
COUNTED_TO = 10_000
NONE = "none"  # the channel of requests whose channel nobody said
ID_BEGINS = re.compile(r"[0-9a-f]{4,8}(-[0-9a-f]{0,4}){0,3}(-[0-9a-f]{0,12})?")
DIGITS = re.compile(r"\d{4,15}")
INCIDENTS = {"review": REVIEW, "dispute": DISPUTE, "complaint": COMPLAINT}
SUMMARY = [column for column in REQUESTS.c if column.name not in ("root", "incidents", "ended_at")]


class Wish(NamedTuple):
    """As it stands in the address. `waits`: a person, an incident's kind, or a system of the carrier."""

    q: str = ""
    stage: str = ""
    channel: str = ""
    waits: str = ""
    reason: str = ""
    late: str = ""
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


def find(store: Store, wish: Wish, waiting_ids: Sequence[str] = (), limit: int = PAGE) -> Found:
    """`waiting_ids`: the requests that wait for the system which `wish.waits` names."""
    conditions = _conditions(wish, waiting_ids)
    newest = wish.order != "oldest"
    order = (
        (REQUESTS.c.first_at.desc(), REQUESTS.c.request_id) if newest else (REQUESTS.c.first_at, REQUESTS.c.request_id)
    )
    statement = sa.select(*SUMMARY).where(*conditions, *_from(wish.after, newest)).order_by(*order).limit(limit + 1)
    rows = store.read(statement)
    after = f"{rows[limit - 1].first_at}.{rows[limit - 1].request_id}" if len(rows) > limit else ""
    return Found([shown(row) for row in rows[:limit]], after, _total(store, conditions))


def _total(store: Store, conditions: Sequence[sa.ColumnElement[bool]]) -> int:
    """Counted only so far: whoever has ten thousand results narrows the search."""
    some = sa.select(REQUESTS.c.request_id).where(*conditions).limit(COUNTED_TO + 1).subquery()
    return int(store.read(sa.select(sa.func.count()).select_from(some))[0][0])


def _conditions(wish: Wish, waiting_ids: Sequence[str]) -> list[sa.ColumnElement[bool]]:
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
    return found


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


def _from(after: str, newest: bool) -> list[sa.ColumnElement[bool]]:
    text, _, request_id = after.partition(".")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return []
    at: Any = REQUESTS.c.first_at
    beyond = at < int(text) if newest else at > int(text)
    return [sa.or_(beyond, sa.and_(at == int(text), REQUESTS.c.request_id > request_id))]
