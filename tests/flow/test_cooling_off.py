"""J25: a contract ended in its first days is withdrawn from: nothing for leaving, only what was used, no notice."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from contracts.messages import billing, notify, termination
from contracts.offer import Quote
from contracts.words import Money
from demo.carrier.customer import contract, customer, plan
from policies.pack import load
from services.billing.cooling_off import used_so_far, withdrawn_from
from tests.flow.customer import MONEY, confirm, done, submit
from tests.flow.system import START, System

DAY = timedelta(days=1)


@pytest.fixture
def system() -> Iterator[System]:
    """The demo's pack grants fourteen days."""
    system = System("demo")
    yield system
    assert system.dead_letters() == []
    system.close()


def quoted(system: System, request: str) -> Quote:
    quote = system.the(billing.QuoteIssued, request).quote
    assert isinstance(quote, Quote)
    return quote


def signed(system: System, days_ago: int) -> str:
    """A new customer whose two-year contract is so old."""
    young = contract(START.date(), days_in=days_ago, days_left=730 - days_ago, full_fee_minor=72000)
    who = f"sub-signed{days_ago:04d}"
    system.books.enrol([customer(who, "J25", "Signed a little while ago.", plan(young, 3000))])
    return who


def test_j25_a_contract_of_six_days_is_withdrawn_from_for_what_was_used(system: System) -> None:
    request = submit(system, "sub-coolingoff02", "phone-care")
    quote = quoted(system, request)
    (line,) = quote.lines
    assert (line.line, line.rule, line.amount.minor) == ("cooling-off/phone-care", "withdrawal", 600)
    assert [step.en for step in line.steps][1:] == ["CNY 30.00 x 6 / 30 = CNY 6.00"]
    assert line.clauses == ("OWN-cooling-off",) and quote.cooling_off == ("phone-care",)
    confirm(system, request)
    assert done(system, request, *MONEY) == [("charge", "settlement", 600)]
    assert done(system, request, "switch-off") == [("switch-off", "phone-care", 0)]


def test_a_withdrawal_from_the_contract_needs_no_notice_and_is_charged_no_further(system: System) -> None:
    request = submit(system, "sub-coolingoff01")
    quote = quoted(system, request)
    assert (quote.service_end, quote.charge_end) == (START, START)
    confirm(system, request)
    assert system.the(termination.ServiceTerminated, request).dates.effective == START


def test_the_letters_say_that_it_is_a_withdrawal_and_acknowledge_both_steps(system: System) -> None:
    request = submit(system, "sub-coolingoff02", "phone-care")
    confirm(system, request)
    told = [row["content"] for row in system.carrier_acts("/customers/sub-coolingoff02/inbox", "GET")]
    assert any("这是对合同的撤回" in text and "¥6.00" in text for text in told)
    (acknowledged,) = [text for text in told if text.startswith("我们收到了您对合同的撤回")]
    assert "已分两步（提交、确认）撤回合同" in acknowledged and "手机保障服务" in acknowledged
    sent = [event.notice for event in system.events(request) if isinstance(event, notify.NoticeSent)]
    assert "contract-withdrawn" in sent and "fee-settled" not in sent


@pytest.mark.parametrize(("days_ago", "withdrawn"), [(0, True), (6, True), (14, True), (15, False)])
def test_the_right_lasts_as_many_days_as_the_pack_says(system: System, days_ago: int, withdrawn: bool) -> None:
    request = submit(system, signed(system, days_ago))
    quote = quoted(system, request)
    assert bool(quote.cooling_off) is withdrawn
    assert [line.rule for line in quote.lines] == (["withdrawal"] if withdrawn else ["share-of-remaining"])
    assert quote.total.minor == 100 * days_ago if withdrawn else quote.total.minor > 0


@pytest.mark.parametrize(("segment", "withdrawn"), [("personal", 1), ("guardian", 1), ("business", 0)])
def test_a_company_has_no_such_right(system: System, segment: str, withdrawn: int) -> None:
    known = system.books.look_up("sub-coolingoff01").model_copy(update={"segment": segment})
    bound = tuple(item for item in known.items if item.contract)
    assert withdrawn_from(known.items, known, START.date(), system.pack) == bound * withdrawn


def test_asked_in_time_for_a_day_after_the_window_it_is_an_ordinary_end(system: System) -> None:
    request = submit(system, "sub-coolingoff01", requested_end=START + 20 * DAY)
    assert quoted(system, request).cooling_off == ()


def test_a_pack_without_the_days_knows_no_such_right() -> None:
    plain = System()
    request = submit(plain, "sub-coolingoff01")
    quote = quoted(plain, request)
    assert quote.cooling_off == () and quote.lines[0].rule == "share-of-remaining" and quote.total.minor > 0
    plain.close()


def test_the_european_pack_counts_from_the_total_price() -> None:
    """24 months of 30.00 are 720.00 for 730 days: six days are 5.92 (FV-42)."""
    item = plan(contract(START.date(), days_in=6, days_left=724, full_fee_minor=72000), 3000)
    item = item.model_copy(update={"monthly_fee": Money(minor=3000, currency="EUR")})
    line = used_so_far(item, START.date(), load("eu"))
    assert (line.amount.minor, line.clauses) == (592, ("OWN-cooling-off", "EU-8"))
