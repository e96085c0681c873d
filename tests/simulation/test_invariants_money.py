"""I6 and I7 are fed what breaks them: money that came from nowhere, was told otherwise, or was never quoted."""

import pytest

from contracts.final_account import FinalAccount
from contracts.words import Money
from tests.proof.history import Account, Effect
from tests.proof.invariants import INVARIANTS
from tests.simulation.histories import (
    FEE,
    LINE,
    balance_of,
    broken,
    closed,
    confirmed,
    done,
    final_account,
    line,
    quoted,
    settled,
    sound,
    submitted,
    told,
    with_account,
)


def test_i6_an_account_that_does_not_balance_is_off_to_the_minor_unit() -> None:
    accounts = [Account(LINE, 0, FEE + 1), Account("carrier:cash", 0, -FEE - 1)]
    assert broken("I6", sound(accounts=accounts)) == f"the account {LINE} is off by 1 minor units"


def test_i6_money_from_nowhere_is_seen_in_the_total() -> None:
    assert "from nowhere" in broken("I6", sound(accounts=[Account(LINE, 0, FEE)]))


def test_i6_what_was_told_is_what_was_moved() -> None:
    events = line(submitted(), told("request.accepted.v1"), quoted(), confirmed(), settled(FEE - 1), closed())
    assert f"{FEE - 1} was told, {FEE} was moved" in broken("I6", sound(events=events))


def test_i6_who_was_not_carried_out_has_paid_nothing() -> None:
    events = line(submitted(), told("request.accepted.v1"), told("request.withdrawn.v1"))
    charged = [done("charge", "settlement", FEE)]
    assert broken("I6", sound(events=events, effects=charged)).startswith("ended withdrawn and paid")


ACCOUNT = final_account(due=1000, own=5000, employer=8000)
RETURNED = [done("refund", "third-party", 8000, entry=8), done("refund", "final-bill", 4000, entry=9)]
BACK = told("fee.refunded.v1", cause="third-party", amount=Money(minor=8000))


def test_a_final_account_that_explains_everything_is_green() -> None:
    history = with_account(ACCOUNT, BACK, RETURNED)
    assert INVARIANTS["I6"](history) == [] and INVARIANTS["I7"](history) == []


@pytest.mark.parametrize(
    ("account", "effects", "sentence"),
    [
        (ACCOUNT.model_copy(update={"net": Money(minor=-4001)}), RETURNED, "-4001 was moved"),
        (balance_of(ACCOUNT, "own", lost=1), RETURNED, "own money of 5000 became [1000, 4000, 0, 1]"),
        (balance_of(ACCOUNT, "own", used=1001, lost=-1), RETURNED, "own money of 5000 became [1001, 4000, 0, -1]"),
        (ACCOUNT.model_copy(update={"balances": ACCOUNT.balances[:1]}), RETURNED, "the final account tells of 5000"),
        (ACCOUNT, RETURNED[1:], "8000 is said to go back to third parties, 0 was moved"),
    ],
    ids=["sum", "lost", "below-zero", "missing", "kept"],
)
def test_i6_a_final_account_that_does_not_add_up_is_found(
    account: FinalAccount, effects: list[Effect], sentence: str
) -> None:
    found = INVARIANTS["I6"](with_account(account, BACK, effects))
    assert any(sentence in each.sentence for each in found)


def test_i7_a_charge_that_the_quote_never_told_is_found() -> None:
    account = final_account(due=1000, own=5000, employer=8000, kind="device")
    found = broken("I7", with_account(account, BACK, RETURNED))
    assert found == "device/one of 1000 was charged and never disclosed"


def test_i7_what_was_quoted_is_what_is_settled() -> None:
    events = line(submitted(), quoted(FEE + 1), confirmed(), settled(), closed())
    assert broken("I7", sound(events=events)) == f"{FEE + 1} was quoted, {FEE} was settled"


def test_i7_an_amount_held_in_dispute_is_part_of_the_quote() -> None:
    events = line(submitted(), quoted(), confirmed(), settled(FEE - 500, held=500), closed())
    paid = [done("charge", "settlement", FEE - 500)]
    assert INVARIANTS["I7"](sound(events=events, effects=paid)) == []


def test_money_moves_are_counted_with_their_signs() -> None:
    charged, refunded = done("charge", "settlement", 10), done("refund", "withdrawal", 10)
    assert (charged.effect_minor, refunded.effect_minor) == (10, -10)
    assert isinstance(charged, Effect) and Money(minor=10).minor == charged.amount_minor
