"""J14: a fee is disputed, held out or given back, and termination goes on."""

from datetime import timedelta

import pytest

from contracts.messages import billing, shared
from contracts.words import Money
from services.intake import view
from services.intake.case import IntakeCase
from tests.flow.customer import MONEY, confirm, decide_dispute, dispute, done, fee_of, submit, withdraw
from tests.flow.system import System


@pytest.mark.parametrize(
    ("subscription", "outcome", "owed", "charged"),
    [
        ("sub-disputeupheld01", "upheld", None, "all"),
        ("sub-disputelowered01", "lowered", 1000, 1000),
        ("sub-disputewaived01", "waived", None, 0),
    ],
)
def test_j14_a_disputed_fee_is_held_out_while_termination_goes_on(
    system: System, subscription: str, outcome: str, owed: int | None, charged: int | str
) -> None:
    request = submit(system, subscription)
    fee = fee_of(system, request)
    dispute(system, request)
    confirm(system, request)
    assert system.the(billing.FeeSettled, request).held.minor == fee
    assert done(system, request, *MONEY) == []
    system.advance(timedelta(days=10))
    decide_dispute(system, request, outcome, **({"owed": Money(minor=owed)} if owed else {}))
    expected = fee if charged == "all" else charged
    assert sum(amount for _, _, amount in done(system, request, "charge")) == expected
    assert system.the(billing.DisputeResolved, request).outcome == outcome
    system.advance(timedelta(days=31))
    assert system.stage(request) == "closed"


def test_j14_a_fee_disputed_after_it_was_paid_comes_back_as_a_refund(system: System) -> None:
    request = submit(system, "sub-disputelowered01")
    fee = fee_of(system, request)
    confirm(system, request)
    dispute(system, request)
    decide_dispute(system, request, "lowered", owed=Money(minor=500))
    assert done(system, request, *MONEY) == [("charge", "settlement", fee), ("refund", "dispute", fee - 500)]


def test_j14_a_held_fee_charged_while_its_customer_withdrew_goes_back_and_is_no_compensation(system: System) -> None:
    request = submit(system, "sub-disputeupheld01")
    fee = fee_of(system, request)
    dispute(system, request)
    confirm(system, request)
    system.carrier_acts("/faults/charge", "PUT", kind="error", times=6)
    decide_dispute(system, request, "upheld")
    withdraw(system, request)
    system.advance(timedelta(days=1))
    assert done(system, request, *MONEY) == [("charge", "dispute", fee), ("refund", "dispute", fee)]
    told = [event for event in system.events(request) if isinstance(event, billing.DisputeResolved)]
    moved = [(each.charged.minor, each.refunded.minor, each.compensation) for each in told]
    assert moved == [(fee, 0, None), (0, fee, None)]


def test_j14_a_dispute_decided_before_the_yes_makes_a_new_quote_to_confirm(system: System) -> None:
    request = submit(system, "sub-disputelowered01")
    dispute(system, request)
    decide_dispute(system, request, "lowered", owed=Money(minor=700))
    assert fee_of(system, request) == 700
    confirm(system, request, version=1)
    assert system.the(shared.CommandRefused, request).code == "quote-version-old"
    confirm(system, request, version=2)
    assert done(system, request, *MONEY) == [("charge", "settlement", 700)]


@pytest.mark.parametrize("owed", [Money(minor=10**9), Money(minor=-1), Money(minor=700, currency="USD"), None])
def test_j14_an_owed_amount_that_is_no_part_of_the_disputed_one_is_refused(system: System, owed: Money | None) -> None:
    request = submit(system, "sub-disputelowered01")
    dispute(system, request)
    decide_dispute(system, request, "lowered", owed=owed)
    assert system.the(shared.CommandRefused, request).code == "owed-out-of-range"


@pytest.mark.parametrize("when", ["before it is paid", "held out", "after it was paid"])
def test_j14_a_fee_is_never_charged_or_given_back_in_another_currency(system: System, when: str) -> None:
    request = submit(system, "sub-disputelowered01")
    if when != "after it was paid":
        dispute(system, request)
    if when != "before it is paid":
        confirm(system, request)
    if when == "after it was paid":
        dispute(system, request)
    before = done(system, request, *MONEY)
    decide_dispute(system, request, "lowered", owed=Money(minor=700, currency="USD"))
    assert system.the(shared.CommandRefused, request).code == "owed-out-of-range"
    assert done(system, request, *MONEY) == before


@pytest.mark.parametrize(("counted", "shown"), [(0, False), (1, True), (None, True)])
def test_j14_a_dispute_is_shown_if_the_customer_raised_it_or_may_have_before_that_was_counted(
    system: System, counted: int | None, shown: bool
) -> None:
    request = submit(system, "sub-disputeupheld01")
    dispute(system, request)
    opened = system.the(billing.DisputeOpened, request)
    case = system.case("intake", request)
    assert isinstance(case, IntakeCase) and case.disputed == 1
    unheard = case.model_copy(update={"disputes": (), "disputed": counted})
    told = view.dispute_opened(unheard, opened, system.now, system.pack)
    assert isinstance(told.case, IntakeCase) and (len(told.case.disputes), len(told.events)) == (shown, not shown)
