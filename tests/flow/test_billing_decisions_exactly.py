"""What a decision of billing says and leaves behind, asked of the decision itself: one changed word would spoil it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contracts.carrier.accounts import Balance
from contracts.messages.termination import TerminationReprocessed
from contracts.words import Money
from policies.pack import Pack
from runtime.decision import NOTHING, Decision
from services.billing import (
    aftermath,
    second_word,
)
from services.billing.balances import fates
from services.billing.case import BillingCase
from tests.flow.system import System
from tests.flow.test_decisions_to_the_second import quoted


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
