"""What the page and `/v1` show of the projection; every function is one or two queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from contracts.messages.intake import RequestAccepted
from contracts.messages.ops import RetryOrdered
from contracts.personal import masked
from runtime.exits import cut
from runtime.kernel.store import Store, moment, ticks
from services.console.kept.forgetting import hash_of
from services.console.kept.rows import readable
from services.console.kept.tables import DEAD_LETTERS, EVENTS, MONEY, REQUESTS, WAITS
from services.console.kept.tally import OPENS, SETTLES, covers, named, read

Json = dict[str, Any]
MOST_WAITING = 200
PREVIEW_BYTES = 2_000
LETTER = [column for column in DEAD_LETTERS.c if column.name not in ("key", "headers")]


def board(store: Store, which: sa.ColumnElement[bool]) -> list[Json]:
    """Requests by stage and channel; `oldest_at` is when the longest-waiting one began."""
    each = (sa.func.count().label("requests"), sa.func.min(REQUESTS.c.first_at).label("oldest_at"))
    columns = (REQUESTS.c.stage, REQUESTS.c.channel)
    statement = sa.select(*columns, *each).where(which).group_by(*columns).order_by(*columns)
    return [shown(row) for row in store.read(statement)]


def request(store: Store, request_id: str) -> Json | None:
    rows = store.read(sa.select(REQUESTS).where(REQUESTS.c.request_id == request_id))
    if not rows:
        return None
    found = {**shown(rows[0]), "incidents": orjson.loads(rows[0].incidents)}
    return found if rows[0].ended_at else found | {"ended_at": None}


def timeline(store: Store, request_id: str) -> list[Json]:
    """Every event of one request; those of one moment in the order in which their service said them."""
    order = (EVENTS.c.at, EVENTS.c.source, EVENTS.c.sequence, EVENTS.c.topic, EVENTS.c.offset)
    statement = sa.select(EVENTS).where(EVENTS.c.request_id == request_id).order_by(*order)
    return [_shown(row) for row in store.read(statement)]


def policy(events: list[Json]) -> str:
    """The edition it was accepted under, which it keeps; empty as long as it was not."""
    accepted = next((each["body"] for each in events if each["type"] == RequestAccepted.type), None)
    application = accepted.get("application") if isinstance(accepted, dict) else None
    return str(application.get("policy", "")) if isinstance(application, dict) else ""


def find(store: Store, text: str) -> str | None:
    """The request a request id or an event id belongs to."""
    statement = sa.select(EVENTS.c.request_id).where(sa.or_(EVENTS.c.request_id == text, EVENTS.c.id == text))
    rows = store.read(statement.limit(1))
    return str(rows[0][0]) if rows else None


SAID_OF_IT = {*OPENS, *SETTLES, RetryOrdered.type}
OVERDUE, SINCE = "overdue", "since "
KINDS = ("", "asked ", "retry ", SINCE)


def waiting(store: Store, request_id: str = "") -> list[Json]:
    """What waits for a person, oldest request first: each incident with the event that opened it, and since when."""
    few = sa.select(REQUESTS).where(WAITS).order_by(REQUESTS.c.first_at).limit(MOST_WAITING)
    few = few.where(REQUESTS.c.request_id == request_id) if request_id else few
    rows = {row.request_id: row for row in store.read(few)}
    if not rows:
        return []
    opened = sa.select(EVENTS).where(EVENTS.c.request_id.in_(rows), EVENTS.c.type.in_(SAID_OF_IT))
    latest = _latest(store, opened.order_by(EVENTS.c.at, EVENTS.c.sequence))
    return [
        _incident(row, name, *(latest.get((row.request_id, kind + name)) for kind in KINDS))
        for row in rows.values()
        for name in orjson.loads(row.incidents)
    ]


def _latest(store: Store, statement: sa.Select[Any]) -> dict[tuple[str, str], sa.Row[Any]]:
    found: dict[tuple[str, str], sa.Row[Any]] = {}
    since: defaultdict[str, dict[str, sa.Row[Any]]] = defaultdict(dict)
    for row in store.read(statement):
        body = read(row.body)
        _begin(since[row.request_id], row, body)
        opens = OPENS.get(row.type)
        if not opens and row.type != RetryOrdered.type:
            continue
        name = named(opens, body) if opens else f"retry {body.get('incident', '')}"
        found[row.request_id, name] = row
        if opens and body.get("code") != OVERDUE:
            found[row.request_id, f"asked {name}"] = row
    return found | {(own, SINCE + name): row for own, mine in since.items() for name, row in mine.items()}


def _begin(since: dict[str, sa.Row[Any]], row: sa.Row[Any], body: Json) -> None:
    """When it first waited, however often that is said; it waits anew after a retry, and once it was settled."""
    if row.type == RetryOrdered.type:
        since.pop(str(body.get("incident", "")), None)
    if settled := SETTLES.get(row.type):
        for name in [name for name in since if covers(settled, name, body)]:
            del since[name]
    opens = OPENS.get(row.type)
    if opens and body.get("code") != OVERDUE:
        since.setdefault(named(opens, body), row)


def _incident(
    row: sa.Row[Any],
    name: str,
    opened: sa.Row[Any] | None,
    asked: sa.Row[Any] | None,
    retried: sa.Row[Any] | None,
    since: sa.Row[Any] | None,
) -> Json:
    """`asked`: why a person is needed; what opened it may only say that nobody has come in time."""
    body, first = read(opened.body) if opened else {}, since or asked or opened
    again = retried is not None and opened is not None and retried.at > opened.at
    return {
        "request_id": row.request_id,
        "incident": name,
        "stage": row.stage,
        "channel": row.channel,
        "service": service_of(opened.source) if opened else "",
        "event": opened.id if opened else "",
        "type": opened.type if opened else "",
        "at": moment(first.at).isoformat() if first else "",
        "code": str(body.get("code", "")),
        "detail": masked(str(body.get("detail") or body.get("ground") or "")),
        "body": body,
        "asked_with": read(told.body) if (told := asked or opened) else {},
        "retry_ordered_at": moment(retried.at).isoformat() if again and retried else None,
    }


def dead_letters(
    store: Store, state: str = "open", limit: int = 100, q: str = "", since: datetime | None = None
) -> list[Json]:
    """The newest first; `state` empty: all of them. `q`: of which request, subscription, reason or source."""
    statement = sa.select(*LETTER).order_by(DEAD_LETTERS.c.at.desc()).limit(limit)
    statement = statement.where(DEAD_LETTERS.c.state == state) if state else statement
    statement = statement.where(_about(q)) if q else statement
    statement = statement.where(DEAD_LETTERS.c.at >= ticks(since)) if since else statement
    return [_letter(row) for row in store.read(statement)]


def _about(q: str) -> sa.ColumnElement[bool]:
    letter, of_subscription = DEAD_LETTERS.c, sa.select(REQUESTS.c.request_id).where(REQUESTS.c.subscription == q)
    somewhere = (letter.code, letter.reason, letter.original_topic, letter.service)
    return sa.or_(
        letter.request_id.istartswith(q, autoescape=True),
        letter.request_id.in_(of_subscription),
        *(each.icontains(q, autoescape=True) for each in somewhere),
    )


def dead_letters_of(store: Store, request_id: str) -> list[Json]:
    """In the order in which they came, with who decided about them."""
    mine = sa.select(*LETTER).where(DEAD_LETTERS.c.request_id == request_id)
    return [_letter(row) for row in store.read(mine.order_by(DEAD_LETTERS.c.at).limit(MOST_WAITING))]


def dead_letters_by_state(store: Store) -> dict[str, int]:
    counts = sa.select(DEAD_LETTERS.c.state, sa.func.count().label("letters")).group_by(DEAD_LETTERS.c.state)
    return {"open": 0} | {row.state: row.letters for row in store.read(counts)}


def dead_letter(store: Store, place: str) -> sa.Row[Any] | None:
    rows = store.read(sa.select(DEAD_LETTERS).where(DEAD_LETTERS.c.place == place))
    return rows[0] if rows else None


def came_back(store: Store, places: Sequence[str]) -> set[str]:
    """Of those that were sent again: the ones that have become a dead letter of the same reader once more."""
    mine = (DEAD_LETTERS.c.place.in_(places), DEAD_LETTERS.c.state == "redriven")
    redriven = store.read(sa.select(DEAD_LETTERS).where(*mine))
    found = set()
    for row in redriven:
        later = (DEAD_LETTERS.c.decided_at.is_(None), DEAD_LETTERS.c.at > row.decided_at)
        same = (DEAD_LETTERS.c.service == row.service, DEAD_LETTERS.c.key == row.key, DEAD_LETTERS.c.value == row.value)
        if store.read(sa.select(DEAD_LETTERS.c.place).where(*later, *same).limit(1)):
            found.add(str(row.place))
    return found


def money(store: Store) -> list[Json]:
    """Minor units by kind and currency; a final bill is negative where the customer's own money went back."""
    return [shown(row) for row in store.read(sa.select(MONEY).order_by(MONEY.c.currency, MONEY.c.kind))]


def shown(row: sa.Row[Any]) -> Json:
    return {str(name): _time(name, value) for name, value in row._mapping.items()}


def _time(name: str, value: Any) -> Any:
    return moment(value).isoformat() if name.endswith("at") and isinstance(value, int) else value


def _shown(row: sa.Row[Any]) -> Json:
    text = masked(row.body)
    body = read(text)
    place = f"{row.topic}[{row.partition}]@{row.offset}"
    own = hash_of(row.body)  # of the value on the topic, whatever is hidden here
    return {**shown(row), "service": service_of(row.source), "place": place, "sha256": own, "body": body or text}


def _letter(row: sa.Row[Any]) -> Json:
    preview = cut(readable(row.value or b""), PREVIEW_BYTES)
    found: Mapping[str, Any] = shown(row)
    return {**found, "reason": masked(row.reason), "value": preview, "bytes": len(row.value or b"")}


def service_of(source: str) -> str:
    return source.rsplit("/", 1)[-1]
