"""What an operator does about a dead letter: send the original again, discard it, or erase it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request, Response

from contracts.messages.ops import DeadLetterErased, Why
from contracts.words import Reference, Text, Value
from runtime.envelope import Record, derived_id
from runtime.http.bodies import read_body
from runtime.http.described import takes
from runtime.http.host_context import HostContext
from runtime.http.problems import Problem, no_zero_byte, refuses
from runtime.http.publishing import publish
from runtime.kernel.arrivals import Consumed
from runtime.kernel.dead_letters import REDRIVE_COUNT
from runtime.kernel.store import Store, ticks
from runtime.signatures import Signatures
from services.console.cures import order_answers
from services.console.cures.proposals import MOST_ALONE
from services.console.cures.sending_again import decided_by, fails_again, original, originals, stands_for
from services.console.kept import erasing, queries
from services.console.kept.rows import event_row
from services.console.kept.tables import DEAD_LETTERS
from services.console.own_events import SOURCE, own_event
from services.console.problem_codes import CODES
from services.console.rendering import as_json
from services.console.signing_in.gate import operator_of
from services.console.watched.broker import Broker

AT_ONCE = timedelta(minutes=1)


class Resolution(Value):
    """`dry_run`: say what would happen, change nothing."""

    reason: Why
    dry_run: bool = False


class Wish(Resolution):
    operator: Reference
    second: Reference | None = None

    @property
    def by(self) -> str:
        return f"{self.operator} + {self.second}" if self.second else self.operator


def routes(host: HostContext, letters: "Letters") -> APIRouter:
    refused = refuses(CODES, 400, 404, 409, 413, 415, 422, 503)
    guard = [Depends(no_zero_byte)]
    doors = APIRouter(prefix="/v1/dead-letters/{place}", dependencies=guard, responses=refused)

    def dry(model: type[Value], told: str) -> dict[int | str, dict[str, Any]]:
        return {200: {"model": model, "description": f"a dry run: {told}"}}

    sent, gone = dry(order_answers.Redriven, "what would be sent"), dry(order_answers.Erased, "what would be erased")

    takes_it = takes(Resolution)

    @doors.post(
        "/redrive", status_code=202, response_model=order_answers.Redriven, openapi_extra=takes_it, responses=sent
    )
    async def redrive(request: Request, place: str) -> Response:
        wish = await _wish(request)
        return as_json(await letters.redrive(place, wish), 200 if wish.dry_run else 202)

    @doors.post("/discard", response_model=order_answers.Discarded, openapi_extra=takes(Resolution))
    async def discard(request: Request, place: str) -> Response:
        return as_json(await letters.discard(place, await _wish(request)))

    @doors.post("/erase", status_code=202, response_model=order_answers.Erased, openapi_extra=takes_it, responses=gone)
    async def erase(request: Request, place: str) -> Response:
        wish = await _wish(request)
        return as_json(await letters.erase(place, wish), 200 if wish.dry_run else 202)

    return doors


async def _wish(request: Request) -> Wish:
    body = await read_body(request, Resolution)
    return Wish(reason=body.reason, dry_run=body.dry_run, operator=operator_of(request).name)


class Letters:
    """What can be done about one of them; two operators on one button come one after the other."""

    def __init__(self, host: HostContext, broker: Broker) -> None:
        self.host, self.broker, self._one_at_a_time = host, broker, asyncio.Lock()

    async def redrive(self, place: str, wish: Wish) -> dict[str, Any]:
        """Publishes first and marks then: a crash between repeats a record under its old id, it loses none."""
        async with self._one_at_a_time:
            await asyncio.to_thread(_refuse_many, self.host.store, wish)
            letter = await asyncio.to_thread(_open, self.host.store, place)
            told = _preview(place, original(letter), letter.code, self.host.signatures) | {
                "records": max(1, len(stands_for(letter)))
            }
            if wish.dry_run:
                return told
            for record in await asyncio.to_thread(originals, letter, self.broker):
                await publish(self.host, record)
            await asyncio.to_thread(_mark, self.host.store, place, "redriven", wish)
        return told | {"state": "redriven"}

    async def discard(self, place: str, wish: Wish) -> dict[str, Any]:
        async with self._one_at_a_time:
            await asyncio.to_thread(_refuse_many, self.host.store, wish)
            await asyncio.to_thread(_open, self.host.store, place)
            if not wish.dry_run:
                await asyncio.to_thread(_mark, self.host.store, place, "discarded", wish)
        return {"place": place, "state": "open" if wish.dry_run else "discarded"}

    async def erase(self, place: str, wish: Wish) -> dict[str, Any]:
        """In any state, once; published first, since the console erases again whatever it reads of it."""
        async with self._one_at_a_time:
            await asyncio.to_thread(_refuse_many, self.host.store, wish)
            letter = await asyncio.to_thread(_any, self.host.store, place)
            act = _act(letter, wish)
            told = {"place": place, "sha256": act.sha256, "state": letter.state}
            if wish.dry_run:
                return told
            record = _record(act, self.host.pack.id)
            await publish(self.host, record)
            await asyncio.to_thread(_erase, self.host.store, record)
        return told | {"state": erasing.STATE}


DEALS = {"redrive": Letters.redrive, "discard": Letters.discard, "erase": Letters.erase}


def _refuse_many(store: Store, wish: Wish) -> None:
    """Who deals with them one by one, fast, deals with many at once."""
    if wish.second is not None or wish.dry_run:
        return
    lately = ticks(datetime.now(UTC) - AT_ONCE)
    mine = (DEAD_LETTERS.c.operator == wish.by, DEAD_LETTERS.c.decided_at > lately)
    if store.read(sa.select(sa.func.count()).select_from(DEAD_LETTERS).where(*mine))[0][0] >= MOST_ALONE:
        raise Problem("too-many-alone")


def _act(letter: sa.Row[Any], wish: Wish) -> DeadLetterErased:
    return DeadLetterErased(
        request_id=erasing.act_id(letter.place),
        operator=wish.operator,
        second=wish.second,
        reason=wish.reason,
        place=letter.place,
        sha256=erasing.digest(letter.value),
    )


def _record(act: DeadLetterErased, policy: str) -> Record:
    own = derived_id(SOURCE, f"{act.request_id}/erase")
    return own_event(own, act, own, policy)


def _erase(store: Store, record: Record) -> None:
    """As the projection will when the act comes back."""
    now = ticks(datetime.now(UTC))
    if event := event_row(Consumed(record, 0, 0, now // 1000, "")):
        with store.transaction() as tx:
            erasing.erase(tx, [event])


def _any(store: Store, place: str) -> sa.Row[Any]:
    letter = queries.dead_letter(store, place)
    if letter is None:
        raise Problem("unknown-dead-letter")
    if letter.state == erasing.STATE:
        raise Problem("already-erased", _by_whom(letter))
    return letter


def _by_whom(letter: sa.Row[Any]) -> Text:
    who, why = letter.operator, letter.decision
    return Text(zh=f"由 {who} 处理：{why}", en=f"By {who}: {why}")


def _open(store: Store, place: str) -> sa.Row[Any]:
    letter = _any(store, place)
    if letter.state != "open":
        raise Problem(f"already-{letter.state}", _by_whom(letter))
    return letter


def _mark(store: Store, place: str, state: str, wish: Wish) -> None:
    who = {"operator": wish.by, "decision": wish.reason, "decided_at": ticks(datetime.now(UTC))}
    mine = sa.update(DEAD_LETTERS).where(DEAD_LETTERS.c.place == place, DEAD_LETTERS.c.state == "open")
    with store.transaction() as tx:
        tx.execute(mine.values(state=state, **who))


def _preview(place: str, record: Record, code: str, signatures: Signatures) -> dict[str, Any]:
    return {
        "place": place,
        "topic": record.topic,
        "bytes": len(record.value or b""),
        "headers": [name for name, _ in record.headers],
        "redrive_count": int(dict(record.headers)[REDRIVE_COUNT]),
        "decided_by": decided_by(record),
        "fails_again": fails_again(record, code, signatures),
        "state": "open",
    }
