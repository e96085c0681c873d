"""Operators' orders: checked against the contract, published on cancellation.ops, answered once the broker has them."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response

from contracts.messages.ops import (
    ComplaintReplied,
    Decided,
    DisputeDecided,
    ElsewhereNoted,
    ReopeningAbandoned,
    RetryOrdered,
    ReviewDecided,
    Why,
)
from contracts.words import Moment, Money, RequestId, Ruling, Text, Value
from policies.amounts import amount, currency_name
from runtime.envelope import derived_id
from runtime.http import idempotency_key
from runtime.http.bodies import body_of, message_of, read_body, request_id_of
from runtime.http.described import takes
from runtime.http.host_context import HostContext
from runtime.http.idempotency_key import required_key
from runtime.http.pages import LANGUAGES
from runtime.http.problems import Fault, Problem, refuses
from runtime.http.publishing import publish
from runtime.kernel.store import Store, ticks
from runtime.kernel.tables import REPLIES
from services.console.actions import DISPUTE
from services.console.cures import one_decision
from services.console.cures.proposals import MONEY, NeedsSecond, Proposals, at_stake, stake, too_much
from services.console.kept import queries
from services.console.own_events import SOURCE, TOPIC, own_event
from services.console.problem_codes import CODES
from services.console.rendering import as_json
from services.console.signing_in.gate import operator_of

PATIENCE_SECONDS = 1.0
LOOK_SECONDS = 0.05
NOT_OPEN = Text(zh="没有待处理", en="is not open")
OF_A_LOWERED_FEE = Text(zh="只用于降低费用，且必须给出", en="belongs to a lowered fee, and only to that")
NOT_YET = ("unknown-request", "nothing-to-retry", "nothing-disputed")
WHO = ("operator", "second")  # from the sign-in, never from a body
ORDERS: dict[str, tuple[type[Decided], type[Value]]] = {
    name: (order, body_of(order, body, without=WHO, reason=Why))
    for name, order, body in (
        ("review-decision", ReviewDecided, "ReviewDecision"),
        ("dispute-decision", DisputeDecided, "DisputeDecision"),
        ("retry", RetryOrdered, "Retry"),
        ("elsewhere-note", ElsewhereNoted, "ElsewhereNote"),
        ("complaint-reply", ComplaintReplied, "ComplaintReply"),
        ("reopening-abandonment", ReopeningAbandoned, "ReopeningAbandonment"),
    )
}
ALL_BODIES = tuple(body for _, body in ORDERS.values())


class Proposed(Value):
    """It was not ordered yet: a second person has to confirm it."""

    proposal: str
    request_id: RequestId
    ends_at: Moment


class Ordered(Value):
    """The broker has the order, as this event."""

    event: str
    type: str
    request_id: RequestId
    topic: str


def routes(host: HostContext, proposals: Proposals, patience_seconds: float = PATIENCE_SECONDS) -> APIRouter:
    doors = APIRouter(prefix="/v1/requests/{request_id}")
    key = idempotency_key.described(required=True, kept="for good")
    for name, (order, body) in ORDERS.items():
        doors.add_api_route(
            f"/{name}",
            _door(host, proposals, name, order, body, patience_seconds),
            methods=["POST"],
            status_code=202,
            name=name,
            response_model=Ordered | Proposed,
            responses=refuses(CODES, 400, 404, 409, 413, 415, 422, 503),
            openapi_extra=takes(body) | {"parameters": [key]},
        )
    return doors


def _door(
    host: HostContext,
    proposals: Proposals,
    name: str,
    kind: type[Decided],
    model: type[Value],
    patience_seconds: float,
) -> Callable[..., Awaitable[Response]]:
    async def order(request: Request, request_id: str) -> Response:
        about, key, mine = request_id_of(request_id), required_key(request), operator_of(request)
        message = message_of(kind, about, await read_body(request, model), operator=mine.name)
        try:
            own = await place(host, proposals, name, message, key, patience_seconds)
        except NeedsSecond as two:
            return as_json(proposed(two.proposal), 202)
        return as_json({"event": own, "type": message.type, "request_id": request_id, "topic": TOPIC}, 202)

    return order


async def place(
    host: HostContext,
    proposals: Proposals,
    name: str,
    message: Decided,
    key: str,
    patience_seconds: float = PATIENCE_SECONDS,
) -> str:
    """Returns the id of the event once the broker has it; the same key and order again give the same event.

    Raises `NeedsSecond` where one person may not give it alone.
    """
    about = message.request_id
    own = derived_id(SOURCE, f"{about}/{name}/{key}")
    root = await _patiently(lambda: _known(host.store, own, message), patience_seconds)
    if message.second is None:
        await asyncio.to_thread(_refuse_alone, host, proposals, name, message, key)
    await asyncio.to_thread(_accept, host.store, own, message)
    await publish(host, own_event(own, message, root, host.pack.id), about)
    return own


def proposed(proposal: queries.Json) -> queries.Json:
    return {"proposal": proposal["id"], "request_id": proposal["request_id"], "ends_at": proposal["ends_at"]}


async def _patiently(look: Callable[[], str], seconds: float) -> str:
    """Whoever follows the topics may know of a request or an incident a moment before the console does."""
    until = time.monotonic() + seconds
    while True:
        try:
            return await asyncio.to_thread(look)
        except Problem as problem:
            if problem.code not in NOT_YET or time.monotonic() >= until:
                raise
        await asyncio.sleep(LOOK_SECONDS)


def _known(store: Store, own: str, message: Decided) -> str:
    """The id of the command that began the request, which all that follows from it carries."""
    known = queries.request(store, message.request_id)
    if known is None:
        raise Problem("unknown-request")
    if not accepted(store, own):
        _check(store, message, known)
    return str(known["root"])


def accepted(store: Store, own: str) -> bool:
    """Whether an order of this id was ever taken here."""
    return bool(store.read(sa.select(REPLIES.c.key).where(REPLIES.c.key == own)))


def _refuse_alone(host: HostContext, proposals: Proposals, name: str, message: Decided, key: str) -> None:
    events = queries.timeline(host.store, message.request_id)
    minor = at_stake(message, events)
    if too_much(host.pack_of(queries.policy(events)), minor):
        body, who = message.model_dump(mode="json", exclude_none=True), message.operator
        raise NeedsSecond(proposals.propose(key, name, message.request_id, body, MONEY, minor, who))


def _accept(store: Store, own: str, message: Decided) -> None:
    """One order for one key, for good. The same again is published again under its old id, which changes nothing."""
    fingerprint = hashlib.sha256(message.model_dump_json().encode()).hexdigest()
    row = {"key": own, "fingerprint": fingerprint, "at": ticks(datetime.now(UTC))}
    case = one_decision.case_of(store, message)
    earlier = one_decision.came_to_nothing(store, case, own)
    with store.transaction() as tx:
        first = tx.execute(sa.select(REPLIES.c.fingerprint).where(REPLIES.c.key == own)).scalar()
        if first is None:
            one_decision.take(store, tx, case, own, earlier)
            tx.execute(store.insert(REPLIES).values(row).on_conflict_do_nothing())
    if first not in (None, fingerprint):
        raise Problem("key-reused")


def _check(store: Store, message: Decided, known: queries.Json) -> None:
    """What surely cannot be meant; all else is for the service to decide that owns it."""
    if isinstance(message, RetryOrdered | ElsewhereNoted) and message.incident not in known["incidents"]:
        waiting = ", ".join(known["incidents"])
        told = Text(zh=f"现有未处理的事项：{waiting or '无'}。", en=f"Open now: {waiting or 'none'}.")
        raise Problem("nothing-to-retry", told, [Fault("/incident", NOT_OPEN)])
    if isinstance(message, DisputeDecided) and (message.owed is None) == (message.outcome is Ruling.LOWERED):
        raise Problem("invalid", faults=[Fault("/owed", OF_A_LOWERED_FEE)])
    if isinstance(message, DisputeDecided) and message.owed:
        within(message.owed, stake(DisputeDecided, queries.timeline(store, message.request_id)))
    if isinstance(message, DisputeDecided) and DISPUTE not in known["incidents"]:
        raise Problem("nothing-disputed")


def within(owed: Money, disputed: Money | None) -> None:
    """A slip of the decimal point is seen here, before billing would refuse it."""
    if disputed and owed.currency != disputed.currency:
        raise _not_owed(
            "/owed/currency",
            f"异议的货币是{currency_name(disputed.currency, 'zh')}",
            f"the dispute is in {disputed.currency}",
        )
    if disputed and not 0 <= owed.minor <= disputed.minor:
        zh, en = (amount(disputed.model_dump(), language) for language in LANGUAGES)
        raise _not_owed("/owed/minor", f"不能多于有异议的 {zh}", f"at most the disputed {en}, and not below nothing")


def _not_owed(pointer: str, zh: str, en: str) -> Problem:
    why = Text(zh=f"还应付多少（owed）：{zh}。", en=f"What remains due (owed): {en}.")
    return Problem("invalid", why, [Fault(pointer, Text(zh=zh, en=en))])
