"""What a decision of billing says and leaves behind, asked of the decision itself: one changed word would spoil it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contracts.carrier.accounts import Balance
from contracts.carrier.asks import FinalBill, FinalBillAsk, Receipt
from contracts.final_account import FinalAccount
from contracts.messages.termination import TerminationReprocessed
from contracts.quotes import QuoteAsk
from contracts.words import Kind, Money
from policies.deciding import sha256_of
from policies.pack import Pack
from runtime.decision import NOTHING, Answered, Decision
from services.billing import (
    aftermath,
    closing,
    records,
    second_word,
)
from services.billing.balances import fates
from services.billing.case import BillingCase, Dispute
from services.billing.curve import simulate
from tests.flow.system import System
from tests.flow.test_decisions_to_the_second import BOUND, quoted


def argued_about(case: BillingCase, system: System, about: Any = "final-account") -> Dispute:
    return Dispute(
        lines=("usage/u-1",), amount=Money(minor=3000), held=True, ground="wrong", answer_due=system.now, about=about
    )


def test_the_final_bill_is_kept_with_the_moment_from_which_it_can_be_argued_about(system: System) -> None:
    case = quoted(system)
    ids = {"request_id": case.request_id, "subscription": case.to_whom.subscription}
    bill = FinalBill(**ids, reference="b-1", unbilled_usage=Money(minor=0), own_balance=Money(minor=0))
    ask = FinalBillAsk(**ids, charge_end=system.now)
    answer = Answered(request_id=case.request_id, operation="final-bill", ask=ask, note="", answer=bill)
    left = closing.final_bill(case, answer, system.now, system.pack).case
    assert isinstance(left, BillingCase) and (left.bill, left.billed_at) == (bill, system.now)


def test_a_quote_that_was_assessed_again_records_what_it_was_before(system: System) -> None:
    case = quoted(system)
    record = records.reassessed(case.offered, case, argued_about(case, system), system.now, system.pack)
    inputs = {"quote": case.offered, "dispute": argued_about(case, system), "at": system.now}
    assert record.inputs_sha256 == sha256_of(inputs)


@pytest.mark.parametrize("missing", ["subscription", "paid"])
def test_a_repair_waives_nothing_where_nothing_was_settled(system: System, missing: str) -> None:
    case = quoted(system).model_copy(update={"paid": Money(minor=0)} | {missing: None})
    message = TerminationReprocessed(
        request_id=case.request_id, audience=case.to_whom, restored=("plan-basic",), ended=()
    )
    assert aftermath.after_repair(case, message, system.now, system.pack) == NOTHING
    assert aftermath.after_repair(None, message, system.now, system.pack) == NOTHING


def test_a_quote_that_nobody_confirms_ends_the_case(system: System) -> None:
    case = quoted(system)
    system.advance(timedelta(days=8))
    left = system.case("billing", case.request_id)
    assert isinstance(left, BillingCase) and (left.state, left.open) == ("ended", False)


def test_of_several_days_one_has_the_lowest_fee_and_one_is_cheapest(system: System) -> None:
    known = quoted(system).subscription
    assert known is not None
    ask = QuoteAsk(kind=Kind.LINE, subscription=BOUND)
    days = simulate(ask, known, system.now, system.pack).dates
    assert [day.lowest_fee for day in days].count(True) == [day.cheapest for day in days].count(True) == 1
    assert min(days, key=lambda day: (day.fee.minor, day.requested_end)).lowest_fee


def test_only_a_gift_is_told_that_it_may_pay_what_is_owed(system: System) -> None:
    pack = offsetting(system.pack)
    own, gift = Balance(origin="own", amount=Money(minor=500)), Balance(origin="gift", amount=Money(minor=500))
    told = {row.fate.origin: row.fate.steps[0] for row in fates((own, gift), 0, 0, pack)}
    plain = {row.fate.origin: row.fate.steps[0] for row in fates((own, gift), 0, 0, system.pack)}
    assert told["own"] == plain["own"] and told["gift"] != plain["gift"]


def offsetting(pack: Pack) -> Pack:
    return pack.model_copy(update={"final_account": pack.final_account.model_copy(update={"gift_offsets": True})})


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_word_is_counted_as_often_as_it_is_said_beside_what_it_decides(system: System, times: int) -> None:
    seen: list[tuple[Any, ...]] = []

    def decide(*told: Any) -> Decision:
        seen.append(told)
        return Decision(told[0])

    hears: Callable[..., Decision] = second_word.saying("reopening", {}, decide)
    case: Any = quoted(system)
    for _ in range(times):
        case = hears(case, "said", system.now, system.pack).case
    assert case.said["reopening"] == times == len(seen)
    assert seen[0][1:] == ("said", system.now, system.pack)


def test_what_is_settled_is_what_the_receipt_says(system: System) -> None:
    case = quoted(system)
    ids = {"request_id": case.request_id, "subscription": case.to_whom.subscription}
    receipt = Receipt(**ids, reference="r-1", amount=Money(minor=1200), at=system.now)
    record = records.settled(case, receipt, receipt.amount, sha256_of(case.offered), system.pack)
    inputs = {"quote_sha256": sha256_of(case.offered), "confirmation": case.confirmation, "reference": "r-1"}
    assert record.inputs_sha256 == sha256_of(inputs | {"paid": receipt.amount, "held": case.held})
    assert (record.outcome, record.amounts["paid"]) == ("paid", Money(minor=1200))


@pytest.mark.parametrize(("net", "outcome"), [(1, "charged"), (0, "even"), (-1, "refunded")])
def test_the_record_of_a_final_account_names_the_way_of_its_money(system: System, net: int, outcome: str) -> None:
    case, nothing = quoted(system), Money(minor=0)
    account = FinalAccount(lines=(), balances=(), owed=nothing, held=nothing, net=Money(minor=net))
    ids = {"request_id": case.request_id, "subscription": case.to_whom.subscription}
    bill = FinalBill(**ids, reference="b-1", unbilled_usage=nothing, own_balance=nothing)
    assert records.closed(case, account, bill, system.pack).outcome == outcome
