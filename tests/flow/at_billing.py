"""A case of billing as the journeys leave it, and what the carrier answers to what a decision asks."""

from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from contracts.carrier.asks import Receipt
from contracts.messages.shared import RequestWithdrawn
from contracts.words import Kind, Money
from policies.pack import Pack
from runtime.decision import Alarm, Answered, Call, Decision, Refused
from services.billing.case import PAYMENT_DEADLINE, QUOTE_DEADLINE, BillingCase
from tests.flow.system import System
from tests.flow.test_decisions_to_the_second import argued, quoted

AT = datetime(2026, 3, 10, tzinfo=UTC)


class Desk(NamedTuple):
    """A moment, a pack, a case of a line with a contract and an add-on; and where half of its fee is argued about."""

    now: datetime
    pack: Pack
    quoted: BillingCase
    argued: BillingCase


@cache
def desk() -> Desk:
    """Made once in a process: a decision changes nothing of what it is given."""
    system = System()
    made = Desk(system.now, system.pack, quoted(system), argued(system))
    system.close()
    return made


def settled(desk: Desk, kind: Kind | None = None, **more: Any) -> BillingCase:
    """As another kind of request where one is named."""
    known = {"state": "settled", "paid": Money(minor=36500), "settled_at": desk.now}
    case = desk.quoted.model_copy(update=known | more)
    if kind is None:
        return case
    assert case.application is not None
    return case.model_copy(update={"application": case.application.model_copy(update={"kind": kind})})


def answered(case: BillingCase, call: Call, amount: Money | None = None) -> Answered:
    """The receipt of what was asked for; of another amount where the carrier says one."""
    ids = {"request_id": case.request_id, "subscription": case.to_whom.subscription}
    receipt = Receipt(**ids, amount=amount or getattr(call.ask, "amount"), reference="r-1", at=AT)  # noqa: B009
    return Answered(request_id=case.request_id, operation=call.operation, ask=call.ask, note=call.note, answer=receipt)


def refused(case: BillingCase, call: Call, code: str, key: str = "k-1") -> Refused:
    told = {"operation": call.operation, "ask": call.ask, "note": call.note, "code": code, "detail": "no", "key": key}
    return Refused(request_id=case.request_id, **told)


def in_state(case: BillingCase, state: str, **more: Any) -> BillingCase:
    return case.model_copy(update={"state": state} | more)


def withdrawn(case: BillingCase) -> Decision:
    """What ends a request before its settlement."""
    event = RequestWithdrawn(request_id=case.request_id, audience=case.to_whom, stage="billing")
    gone = case.model_copy(update={"state": "ended", "open": False})
    return Decision(gone, (event,), alarms=(Alarm(QUOTE_DEADLINE, None), Alarm(PAYMENT_DEADLINE, None)))
