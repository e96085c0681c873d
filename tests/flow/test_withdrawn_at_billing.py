"""What billing answers to a customer who stays, in each state that a case of billing has."""

import pytest

from contracts.messages.intake import WithdrawalRequested
from contracts.messages.shared import CommandRefused, RequestWithdrawn
from runtime.decision import NOTHING
from services.billing.case import BillingCase
from services.billing.withdrawing import withdraw
from tests.flow.system import System
from tests.flow.test_decisions_to_the_second import quoted


def said(case: BillingCase, system: System) -> str:
    message = WithdrawalRequested(request_id=case.request_id, audience=case.to_whom)
    decision = withdraw(case, message, system.now, system.pack)
    if decision == NOTHING:
        return "termination decides"
    for event in decision.events:
        if isinstance(event, RequestWithdrawn):
            return "withdrawn"
        if isinstance(event, CommandRefused):
            return event.code
    assert isinstance(decision.case, BillingCase)
    return "remembered" if decision.case.withdrawal_wanted else "forgotten"


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ("quoted", "withdrawn"),
        ("declined", "withdrawn"),
        ("waiting", "withdrawn"),
        ("settling", "remembered"),
        ("settled", "termination decides"),
        ("ended", "already-ended"),
    ],
)
def test_whoever_stays_is_answered_by_the_state_of_the_case(system: System, state: str, answer: str) -> None:
    assert said(quoted(system).model_copy(update={"state": state}), system) == answer


def test_a_withdrawal_that_comes_before_the_approval_is_remembered(system: System) -> None:
    case = quoted(system).model_copy(update={"state": "waiting", "application": None})
    assert said(case, system) == "remembered"
