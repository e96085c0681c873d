"""Operators' orders: checked against the contract, published on cancellation.ops, answered once the broker has them."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response

from contracts.flow import BY_NAME, topic_name
from contracts.messages.ops import (
    ComplaintReplied,
    Decided,
    DisputeDecided,
    ReopeningAbandoned,
    RetryOrdered,
    ReviewDecided,
)
from runtime.envelope import Envelope, Record, derived_id, encode, traceparent
from runtime.http.host_context import HostContext
from runtime.kernel.store import REPLIES, Store, ticks
from services.console import queries
from services.console.forms import described, filled, idempotency_key, json_object
from services.console.problems import Fault, Guarded, Problem, answer, publish

SOURCE = "/tuiding/console"
TOPIC = topic_name(BY_NAME["console"].writes)
PATIENCE_SECONDS = 1.0
LOOK_SECONDS = 0.05
ORDERS: dict[str, type[Decided]] = {
    "review-decision": ReviewDecided,
    "dispute-decision": DisputeDecided,
    "retry": RetryOrdered,
    "complaint-reply": ComplaintReplied,
    "reopening-abandonment": ReopeningAbandoned,
}


def routes(host: HostContext, patience_seconds: float = PATIENCE_SECONDS) -> APIRouter:
    doors = APIRouter(prefix="/v1/requests/{request_id}", route_class=Guarded)
    for name, model in ORDERS.items():
        body = described(model, "request_id")
        doors.add_api_route(
            f"/{name}",
            _door(host, name, model, patience_seconds),
            methods=["POST"],
            status_code=202,
            name=name,
            openapi_extra=body,
        )
    return doors


def _door(
    host: HostContext, name: str, model: type[Decided], patience_seconds: float
) -> Callable[..., Awaitable[Response]]:
    async def order(request: Request, request_id: str) -> Response:
        key = idempotency_key(request)
        body = await json_object(request)
        message = filled(model, body, request_id=request_id)
        own = derived_id(SOURCE, f"{request_id}/{name}/{key}")
        root = await _patiently(lambda: _accept(host.store, own, message), patience_seconds)
        await publish(host, _record(own, message, root, host.pack.id))
        return answer({"event": own, "type": message.type, "request_id": request_id, "topic": TOPIC}, 202)

    return order


async def _patiently(accept: Callable[[], str], seconds: float) -> str:
    """Whoever follows the topics may know of a request or an incident a moment before the console does."""
    until = time.monotonic() + seconds
    while True:
        try:
            return await asyncio.to_thread(accept)
        except Problem as problem:
            if problem.code not in ("unknown-request", "nothing-to-retry") or time.monotonic() >= until:
                raise
        await asyncio.sleep(LOOK_SECONDS)


def _accept(store: Store, own: str, message: Decided) -> str:
    """One order for one key, for good. The same again is published again under its old id, which changes nothing.

    Returns the id of the command that began the request, which all that follows from it carries.
    """
    known = queries.request(store, message.request_id)
    if known is None:
        raise Problem("unknown-request")
    fingerprint = hashlib.sha256(message.model_dump_json().encode()).hexdigest()
    row = {"key": own, "fingerprint": fingerprint, "at": ticks(datetime.now(UTC))}
    with store.transaction() as tx:
        first = tx.execute(sa.select(REPLIES.c.fingerprint).where(REPLIES.c.key == own)).scalar()
        if first is None:
            _check(message, known)
            tx.execute(store.insert(REPLIES).values(row).on_conflict_do_nothing())
    if first not in (None, fingerprint):
        raise Problem("key-reused")
    return str(known["root"])


def _check(message: Decided, known: queries.Json) -> None:
    """What surely cannot be meant; all else is for the service to decide that owns it."""
    if isinstance(message, RetryOrdered) and message.incident not in known["incidents"]:
        waiting = ", ".join(known["incidents"]) or "none"
        raise Problem("nothing-to-retry", f"Open now: {waiting}.", [Fault("/incident", "is not open")])
    if isinstance(message, DisputeDecided) and (message.owed is None) == (message.outcome == "lowered"):
        raise Problem("invalid", faults=[Fault("/owed", "belongs to a lowered fee, and only to that")])


def _record(own: str, message: Decided, root: str, policy: str) -> Record:
    envelope = Envelope(own, SOURCE, message, root, "", traceparent(root, own))
    return encode(TOPIC, envelope, datetime.now(UTC), {"policyversion": policy})
