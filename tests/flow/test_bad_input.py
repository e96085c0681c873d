"""What makes no sense, or comes twice, is answered with the field, the reason and what to do."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item, PriceChange
from contracts.messages import billing, intake, review, shared
from contracts.messages.commands import WithdrawCancellation
from contracts.quotes import FURTHEST_END
from contracts.words import Money
from demo.carrier.customer import add_on, contract, customer, plan
from tests.flow.customer import confirm, done, submit
from tests.flow.system import START, System

TODAY, DAY = START.date(), timedelta(days=1)
BOUND = contract(TODAY, days_in=200, days_left=165, full_fee_minor=36500)


def enrol(system: System, *items: Item, name: str = "sub-badinput01") -> str:
    system.books.enrol([customer(name, "J2", "For bad input.", *items)])
    return name


def bound(**changes: Any) -> Item:
    return plan(Contract.model_validate(BOUND.model_dump() | changes))


def faults(system: System, request: str) -> dict[str, str]:
    """Each with its field; every one has a reason and a remedy in both languages."""
    returned = system.the(intake.RequestReturned, request)
    for fault in returned.faults:
        assert all((fault.message.zh, fault.message.en, fault.hint.zh, fault.hint.en))
    return {fault.field: fault.code for fault in returned.faults}


# ---- contracts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"start": date(2027, 6, 1), "end": date(2027, 1, 1)},
            "end_of_term: 2027-01-01 is before the start",
        ),
        ({"end": date(2300, 1, 1)}, "end_of_term: must be"),
        (
            {"full_fee": Money(minor=100, currency="EUR")},
            "full_fee: is in EUR, the pack's currency is CNY",
        ),
        ({"full_fee": Money(minor=-1)}, "fee_minor: must be"),
        ({"fee_rule": "nobodys"}, "nobodys"),
    ],
)
def test_a_contract_that_cannot_be_priced_waits_for_a_person_who_is_told_the_field(
    system: System, changes: dict[str, Any], named: str
) -> None:
    request = submit(system, enrol(system, bound(**changes)))
    seen = system.the(shared.AttentionRequired, request)
    assert seen.incident == "quote" and named in seen.detail
    assert "quote.issued.v1" not in system.types(request) and done(system, request, "charge") == []


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"end": BOUND.start}, 0),  # of no length: over before it began
        ({"end": BOUND.start + 36525 * DAY}, None),  # a hundred years
        ({"full_fee": Money(minor=0)}, 0),
    ],
)
def test_a_strange_contract_that_makes_sense_is_priced(
    system: System, changes: dict[str, Any], total: int | None
) -> None:
    request = submit(system, enrol(system, bound(**changes)))
    fee = system.the(billing.QuoteIssued, request).quote.total.minor
    assert fee == total if total is not None else 0 < fee <= 36500


def test_a_price_change_in_another_currency_is_told(system: System) -> None:
    dear = PriceChange(from_day=TODAY + 60 * DAY, monthly_fee=Money(minor=1, currency="EUR"))
    request = submit(system, enrol(system, bound().model_copy(update={"price_changes": (dear,)})))
    assert "price_changes: is in EUR" in system.the(shared.AttentionRequired, request).detail


# ---- ends ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (START - timedelta(seconds=1), "date-in-the-past"),
        (START + FURTHEST_END + DAY, "date-too-far"),
    ],
)
def test_an_end_that_cannot_be_is_returned(system: System, end: Any, code: str) -> None:
    request = submit(system, enrol(system, plan()), requested_end=end)
    assert faults(system, request) == {"/requested_end": code}


def test_an_end_in_a_year_the_calendar_lacks_is_worked_out_and_monday_to_friday_count() -> None:
    """`policies/README.md`: a day that nobody has looked up is worked where it is a weekday."""
    system = System("uk")
    request = submit(system, enrol(system, plan()), kind="port-out", requested_end=START.replace(year=2029))
    assert system.the(billing.QuoteIssued, request).quote.service_end == START.replace(year=2029)
    system.close()


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-03-01T00:30+00:00", "2026-03-31T00:30+00:00"),  # the clocks of Brussels are forward by then
        ("2026-02-28T01:30+00:00", "2026-03-28T01:30+00:00"),
        ("2026-02-28T01:30+00:00", "2026-03-29T01:30+00:00"),  # 02:30 there, which is skipped
        ("2026-09-25T00:30+00:00", "2026-10-25T00:30+00:00"),  # 02:30 there, for the first time
        ("2026-09-25T00:30+00:00", "2026-10-25T01:30+00:00"),  # ... and for the second
    ],
)
def test_an_end_in_the_hour_of_a_clock_change_is_the_moment_that_was_asked_for(now: str, end: str) -> None:
    system = System("eu", start=datetime.fromisoformat(now))
    wished = datetime.fromisoformat(end) + DAY
    request = submit(system, enrol(system, plan()), requested_end=wished)
    offer = system.the(billing.QuoteIssued, request).quote
    assert (offer.service_end, offer.charge_end) == (wished, wished)
    system.close()


# ---- two items under one contract ------------------------------------------------------------------------------------

CARE = add_on("phone-care", "手机保障服务", "Phone care", 2000, BOUND)
BOTH = ("plan-basic", "phone-care")


def charged(system: System, *requests: str) -> list[int]:
    return [minor for request in requests for _, purpose, minor in done(system, request, "charge")]


def test_two_items_under_one_contract_are_asked_its_fee_once(system: System) -> None:
    whole = submit(system, enrol(system, plan(BOUND), CARE))
    alone = submit(system, enrol(system, plan(BOUND), name="sub-badinput02"))
    offers = [system.the(billing.QuoteIssued, request).quote for request in (whole, alone)]
    assert offers[0].total == offers[1].total and len(offers[0].lines) == 1


def test_two_items_under_one_contract_in_two_requests_are_asked_its_fee_once(system: System) -> None:
    line = enrol(system, plan(BOUND), CARE)
    first = submit(system, line, "phone-care")
    offer = system.the(billing.QuoteIssued, first).quote
    assert (offer.total.minor, offer.lines[0].reason) == (0, "contract_goes_on")
    assert "Basic plan" in offer.lines[0].steps[-1].en and "套餐" in offer.lines[0].steps[-1].zh
    confirm(system, first)
    system.advance(40 * DAY)
    second = submit(system, line, "plan-basic", name="second")
    fee = system.the(billing.QuoteIssued, second).quote.total.minor
    confirm(system, second)
    assert fee > 0 and charged(system, first, second) == [fee]


def test_two_requests_about_one_contract_at_a_time_are_told_of_each_other(system: System) -> None:
    line = enrol(system, plan(BOUND), CARE)
    first = submit(system, line, "phone-care")
    second = submit(system, line, "plan-basic", name="second")
    assert faults(system, second) == {"/items": "contract-already-ending"}
    [fault] = system.the(intake.RequestReturned, second).faults
    assert first in fault.hint.en and first in fault.hint.zh and BOUND.contract in fault.message.en
    system.say(WithdrawCancellation(request_id=first, channel="app"))
    both = submit(system, line, *BOTH, name="both")
    assert len(system.the(billing.QuoteIssued, both).quote.lines) == 1


def test_items_under_contracts_of_their_own_are_asked_apart(system: System) -> None:
    other = CARE.model_copy(update={"contract": BOUND.model_copy(update={"contract": "contract-other"})})
    line = enrol(system, plan(BOUND), other)
    first, second = submit(system, line, "phone-care"), submit(system, line, "plan-basic", name="second")
    assert [system.the(billing.QuoteIssued, each).quote.total.minor > 0 for each in (first, second)] == [True, True]


def test_a_fee_by_the_monthly_fees_left_is_each_items_own() -> None:
    system = System("uk")
    left = BOUND.model_copy(update={"fee_rule": "early-exit"})
    line = enrol(system, plan(left), CARE.model_copy(update={"contract": left}))
    request = submit(system, line)
    assert [each.item for each in system.the(billing.QuoteIssued, request).quote.lines] == [*BOTH]
    system.close()


# ---- a change under way ----------------------------------------------------------------------------------------------


def test_an_item_that_is_about_to_change_is_not_dropped_and_says_when_it_can_be(system: System) -> None:
    changing = CARE.model_copy(update={"contract": None, "change_from": TODAY + 20 * DAY})
    request = submit(system, enrol(system, plan(), changing), "phone-care")
    [ground] = system.the(review.RequestRejected, request).grounds
    assert ground.rule == "change-under-way" and "2026-03-30" in ground.reason.en and "2026-03-30" in ground.reason.zh
    system.advance(20 * DAY)
    again = submit(system, "sub-badinput01", "phone-care", name="again")
    assert "quote.issued.v1" in system.types(again)


@pytest.mark.parametrize(("days", "told"), [(20, "does not come"), (0, "holds from")])
def test_a_line_that_closes_says_what_becomes_of_the_change(system: System, days: int, told: str) -> None:
    changing = plan().model_copy(update={"change_from": TODAY + days * DAY})
    offer = system.the(billing.QuoteIssued, submit(system, enrol(system, changing))).quote
    assert any(told in impact.what.en for impact in offer.impacts)


# ---- the carrier's currency ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pack", "currency"), [("eu", "EUR"), ("uk", "GBP"), ("us-legacy", "USD")])
def test_the_stand_in_keeps_its_accounts_in_the_currency_of_the_pack(pack: str, currency: str) -> None:
    system = System(pack)
    request = submit(system, "sub-unbilled01")
    offer = system.the(billing.QuoteIssued, request).quote
    confirm(system, request)
    system.advance(40 * DAY)
    bill = system.the(billing.FinalBillIssued, request)
    assert {offer.total.currency, bill.net.currency, bill.unbilled_usage.currency} == {currency}
    assert done(system, request, "charge") == [("charge", "final-bill", 1234)]
    system.close()
