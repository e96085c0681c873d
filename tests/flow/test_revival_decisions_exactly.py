"""What billing gives back of an early end that did not come: whole decisions."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.messages.billing import FeeRefunded
from contracts.messages.termination import LineReopened, PortCodeExpired
from contracts.words import Dates, Kind, Money
from policies.customers_word import CLOCKS_DIFFER
from runtime.decision import NOTHING, Decision
from services.billing import revival, withdrawing
from services.billing.case import BillingCase, move_money
from tests.flow.at_billing import AT, Desk, answered, settled
from tests.flow.test_reopening_decisions_exactly import FEE, closed

WHATEVER_THE_PACKS_MONEY = True


def reopened(case: BillingCase) -> LineReopened:
    dates = Dates(requested=AT, promised=AT, service_end=AT)
    return LineReopened(
        request_id=case.request_id, audience=case.to_whom, restored=(), paid=FEE, reference="r-1", dates=dates
    )


def expired(case: BillingCase, until: datetime) -> PortCodeExpired:
    return PortCodeExpired(request_id=case.request_id, audience=case.to_whom, valid_until=until)


@pytest.mark.parametrize(
    ("paid", "used", "back"), [(36500, 0, 36500), (36500, 500, 36000), (501, 500, 1), (500, 500, 0), (None, 0, 0)]
)
def test_of_a_contract_that_goes_on_all_comes_back_but_what_was_used(
    desk: Desk, paid: int | None, used: int, back: int
) -> None:
    case = closed(desk, "paid", paid=None if paid is None else Money(minor=paid))
    first = case.offered.lines[0].model_copy(update={"amount": Money(minor=used), "item": "young"})
    lines, young = (first, *case.offered.lines[1:]), ("young",) if used else ()
    case = case.model_copy(update={"quote": case.offered.model_copy(update={"lines": lines, "cooling_off": young})})
    message = reopened(case)
    decision = revival.give_back(case, message, desk.now, desk.pack)
    gone = case.model_copy(update={"revived": True})
    if not back:
        assert decision == Decision(gone)
        return
    left = gone.model_copy(update={"paid": Money(minor=used)})
    assert decision == Decision(left, calls=(move_money(case, "refund", Money(minor=back), "contract-goes-on"),))


@pytest.mark.parametrize("state", ["charging", "over", None])
def test_a_line_that_was_not_paid_for_gives_nothing_back(desk: Desk, state: Any) -> None:
    case = closed(desk, state, paid=FEE)
    message = reopened(case)
    assert revival.give_back(case, message, desk.now, desk.pack) == NOTHING
    assert revival.give_back(closed(desk, "paid", paid=FEE, revived=True), message, desk.now, desk.pack) == NOTHING


@pytest.mark.parametrize(
    ("kind", "paid", "early", "back"),
    [
        (Kind.PORT_OUT, 36500, timedelta(0), True),
        (Kind.PORT_OUT, 36500, timedelta(seconds=1), False),
        (Kind.PORT_OUT, None, timedelta(0), False),
        (Kind.LINE, 36500, timedelta(0), False),
    ],
)
def test_a_number_that_did_not_leave_by_its_day_gets_its_fee_back(
    desk: Desk, kind: Kind, paid: int | None, early: timedelta, back: bool
) -> None:
    case = settled(desk, kind, paid=None if paid is None else Money(minor=paid))
    message = expired(case, desk.now + CLOCKS_DIFFER + early)
    decision = revival.give_back(case, message, desk.now, desk.pack)
    gone = case.model_copy(update={"revived": True, "paid": Money(minor=0)})
    call = move_money(case, "refund", Money(minor=36500), "contract-goes-on")
    assert decision == (Decision(gone, calls=(call,)) if back else NOTHING)
    assert revival.give_back(None, message, desk.now, desk.pack) == NOTHING
    unheard = case.model_copy(update={"application": None})
    assert revival.give_back(unheard, message, desk.now, desk.pack) == NOTHING


@pytest.mark.parametrize(("state", "was_paid", "back"), [("over", True, 1), ("over", False, 0), ("paid", False, 1)])
def test_a_line_that_was_paid_for_is_back_whatever_became_of_the_payment(
    desk: Desk, state: str, was_paid: bool, back: int
) -> None:
    case = closed(desk, state, paid=FEE)
    assert case.reopening is not None
    known = case.model_copy(update={"reopening": case.reopening.model_copy(update={"was_paid": was_paid})})
    assert len(revival.give_back(known, reopened(known), desk.now, desk.pack).calls) == back


def test_what_came_back_is_told_with_each_clause_of_the_quote_once(desk: Desk) -> None:
    case = settled(desk)
    line = case.offered.lines[0]
    lines = (line.model_copy(update={"clauses": ("CN-30", "CN-1")}), line.model_copy(update={"clauses": ("CN-1",)}))
    case = case.model_copy(update={"quote": case.offered.model_copy(update={"lines": lines})})
    event = FeeRefunded(
        request_id=case.request_id,
        audience=case.to_whom,
        amount=FEE,
        cause="contract-goes-on",
        reference="r-1",
        clauses=("CN-30", "CN-1"),
    )
    answer = answered(case, move_money(case, "refund", FEE, "contract-goes-on"))
    assert revival.given_back(case, answer, desk.now, desk.pack) == Decision(case, (event,))


def test_what_a_withdrawal_gave_back_is_told_with_its_clause(desk: Desk) -> None:
    case = settled(desk)
    event = FeeRefunded(
        request_id=case.request_id,
        audience=case.to_whom,
        amount=FEE,
        cause="withdrawal",
        reference="r-1",
        clauses=(desk.pack.withdrawal_clause,),
    )
    answer = answered(case, move_money(case, "refund", FEE, "withdrawal"))
    assert withdrawing.given_back(case, answer, desk.now, desk.pack) == Decision(case, (event,))
