"""Something to see on every page: work for people, dead letters, orders, workers, a system that is away, records."""

from datetime import UTC, datetime, timedelta

from contracts.flow import BY_NAME, SERVICES, topic_name
from contracts.health import Heartbeat, SystemSeen, WaitingCall
from runtime.kernel.arrivals import Consumed
from services.console.app import projection
from tests.browser.conftest import Seen
from tests.console.conftest import AUDIENCE, Tape

REVIEW, DISPUTE, COMPLAINT, REFUSED, DECIDED = (f"{n}" * 8 + f"-1111-4111-8111-{str(n) * 12}" for n in range(1, 6))
ELSEWHERE = "66666666-1111-4111-8111-666666666666"
BEYOND_US = ("switch-off:roaming-pass", "port-code", "charge:settlement", "refund:fee", "restore")  # one of each kind
DONE = "d0d0d0d0-1111-4111-8111-111111111111"
PARTITIONS = (0, 1, 2)
LOUD = tuple(f"/channels/{each} on cancellation.commands.{each}" for each in ("web", "app", "hotline"))


def busy(seen: Seen) -> None:
    tape = Tape(projection(seen.host.store, seen.host.pack, "1"))
    tape.offset = 100_000
    tape.play(*_people(tape), *_letters(tape), *_orders(tape))
    seen.broker.held = list(_records(tape))
    seen.broker.workers = {each.key: each for each in workers(seen.related)}


def _people(tape: Tape) -> list[Consumed]:
    who = {"audience": AUDIENCE, "application": {"kind": "line", "reason": "price"}}
    refused = {"incident": "charge:1", "operation": "charge", "code": "refused", "detail": "limit exceeded"}
    mine = (REVIEW, DISPUTE, COMPLAINT, REFUSED, DECIDED, ELSEWHERE, DONE)
    beyond_us = [refused | {"incident": each, "operation": each.partition(":")[0]} for each in BEYOND_US]
    begun = [tape.event("intake", "request.accepted.v1", who, request_id=each) for each in mine]
    return [
        *begun,
        tape.event("review", "review.referred.v1", request_id=REVIEW),
        tape.event("billing", "dispute.opened.v1", request_id=DISPUTE),
        tape.event("intake", "complaint.escalated.v1", request_id=COMPLAINT),
        tape.event("billing", "attention.required.v1", refused, request_id=REFUSED),
        *(tape.event("billing", "attention.required.v1", each, request_id=ELSEWHERE) for each in beyond_us),
        tape.event("notify", "notice.failed.v1", request_id=REFUSED),
        tape.event("review", "review.referred.v1", request_id=DECIDED),
        tape.event("notify", "request.closed.v1", request_id=DONE),
    ]


def _letters(tape: Tape) -> list[Consumed]:
    return [
        tape.letter(),
        tape.letter(x_original_offset="8"),
        tape.letter("billing", "cancellation.review", x_error_code="too-big", x_error_message="12 MB; 1 MB is allowed"),
    ]


def _orders(tape: Tape) -> list[Consumed]:
    order = tape.event("console", "review.decided.v1", request_id=DECIDED)
    own = next(value.decode() for name, value in order.record.headers if name == "ce_id" and value)
    return [order, tape.event("review", "request.approved.v1", request_id=DECIDED, ce_causationid=own)]


def _records(tape: Tape) -> list[Consumed]:
    kinds = ("request.accepted.v1", "confirmation.given.v1", "withdrawal.requested.v1")
    records = [tape.event("intake", kind, request_id=REVIEW) for kind in kinds]
    at = int(datetime.now(UTC).timestamp() * 1000)
    return [each._replace(offset=number, timestamp_ms=at) for number, each in enumerate(records)]


def workers(waiting: str) -> list[Heartbeat]:
    """All six; messaging has been away for seven minutes."""
    now = datetime.now(UTC)
    return [_worker(service.name, waiting, now) for service in SERVICES]


def _worker(service: str, waiting: str, now: datetime) -> Heartbeat:
    reads = {topic_name(short): PARTITIONS for short in BY_NAME[service].reads}
    beat = Heartbeat(
        service=service, worker="1", version="1.0", started=now - timedelta(hours=3), at=now, partitions=reads
    )
    if service == "intake":
        return beat.model_copy(update={"slowed": LOUD, "crowding": LOUD[:1], "early": {LOUD[0]: 240}})
    if service != "notify":
        return beat
    since = now - timedelta(minutes=7)
    call = WaitingCall(request_id=waiting, operation="send", attempt=9, problem="send: HTTP 503", next_try=now)
    away = SystemSeen(
        system="messaging", failed=99, failed_in_a_row=99, failing_since=since, last_error="send: HTTP 503", waiting=175
    )
    more = {"p95_ms": {"messaging": 480}, "resting": ("messaging",)}
    return beat.model_copy(update={"systems": (away,), "waiting_calls": (call,), **more})
