"""From the quote to the evidence: a void term costs nothing, and of a sum one part is let off and not another."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.carrier.commitments import Contract, FreeExit
from contracts.messages import billing
from contracts.words import Kind, Money
from demo.carrier.customer import contract, customer, plan
from policies.amounts import shown
from tests.flow.customer import MONEY, confirm, done, reopen, submit
from tests.flow.packs import beside_ours, write
from tests.flow.system import START, System
from tests.flow.test_final_accounts import balanced

LINE = "sub-voidparts01"
FEES = """
fees:
  - rule: plan-and-phone
    family: sum-of
    of:
      - {family: device-residual, part: phone, name: {zh: 手机, en: phone}}
      - {family: remaining-fees, parameters: {share_percent: 30}, part: plan, name: {zh: 套餐, en: plan}}
    name: {zh: 提前终止费, en: Early termination fee}
    clause: CN-13
  - rule: a-year-at-most
    family: share-of-remaining
    longest_term_months: 12
    longer_term: void
    name: {zh: 提前终止费, en: Early termination fee}
    clause: CN-13
"""
GROUND = "exit_grounds: {bad-service: {by_rule: {plan-and-phone/phone: whole}}}\n"
PHONE = 18_250  # 365.00 x 6 / 12: who leaves on this ground gives no notice
LATER, PLAN = 15_208, 14_850  # 365.00 x 5 / 12, and 99.00 x 5 x 30 %, after the month of notice


@pytest.fixture
def system(tmp_path: Path) -> System:
    write(tmp_path, "mine", pack=f"extends: cn-carrier\npack: mine\n{GROUND}", fees=FEES)
    return System("mine", where=beside_ours(tmp_path))


def signed(system: System, rule: str, days: int, found: bool = False) -> None:
    whole = contract(START.date(), days_in=200, days_left=days - 200, full_fee_minor=36_500)
    ground = {"free_exit": FreeExit(ground="bad-service")} if found else {}
    bound = Contract.model_validate(whole.model_dump() | {"fee_rule": rule} | ground)
    system.books.enrol([customer(LINE, "J2", "Void or in parts.", plan(bound))])


def letters(system: System) -> list[str]:
    return [each["content"] for each in system.carrier_acts(f"/customers/{LINE}/inbox", "GET")]


@pytest.mark.parametrize(("found", "owed"), [(False, LATER + PLAN), (True, PHONE)])
def test_the_plan_is_let_off_and_the_phone_still_owed_from_quote_to_charge(
    system: System, found: bool, owed: int
) -> None:
    signed(system, "plan-and-phone", 365, found)
    request = submit(system, LINE, kind=Kind.LINE)
    [line] = system.the(billing.QuoteIssued, request).quote.lines
    assert (line.amount.minor, line.status) == (owed, "due")
    confirm(system, request)
    system.advance(timedelta(days=40))
    assert ("charge", "settlement", owed) in done(system, request, *MONEY)
    told = [each for each in letters(system) if shown(Money(minor=owed), "zh") in each]
    assert told and any("手机：这一项不因此减免" in each for each in told) is found
    assert balanced(system)
    system.close()


def test_a_closed_line_that_comes_back_gives_back_what_was_asked_and_not_what_was_let_off(system: System) -> None:
    signed(system, "plan-and-phone", 365, found=True)
    request = submit(system, LINE, kind=Kind.LINE)
    confirm(system, request)
    system.advance(timedelta(days=3))
    reopen(system, request, 5000)
    assert ("refund", "contract-goes-on", PHONE) in done(system, request, *MONEY)
    assert balanced(system)
    system.close()


@pytest.mark.parametrize(("days", "owed"), [(365, LATER), (396, 0), (730, 0)])
def test_a_term_above_the_longest_binds_nobody_and_moves_no_fee(system: System, days: int, owed: int) -> None:
    signed(system, "a-year-at-most", days)
    request = submit(system, LINE, kind=Kind.LINE)
    offer = system.the(billing.QuoteIssued, request).quote
    assert (offer.total.minor, sum(line.amount.minor for line in offer.lines)) == (owed, owed)
    confirm(system, request)
    system.advance(timedelta(days=40))
    assert system.stage(request) == "closed"
    moved = [row for row in done(system, request, *MONEY) if row[1] == "settlement"]
    assert moved == ([("charge", "settlement", owed)] if owed else [])
    assert balanced(system) and ("¥152.08" in "".join(letters(system))) is bool(owed)
    system.close()
