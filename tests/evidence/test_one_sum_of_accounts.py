"""Whole accounts: balances of every origin, arrears, disputes, a line that comes back, beside sums worked out here."""

import json
from calendar import monthrange
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.carrier.accounts import AccountCharge, Balance
from contracts.meaning import Way
from contracts.messages.billing import FinalBillIssued, QuoteIssued
from contracts.offer import Quote
from contracts.words import Kind, Language, Money
from demo.carrier.customer import balance, charge, contract, customer, plan
from evidence.bundle import bundle
from evidence.verify import unwrapped
from insight.report import Report
from insight.tracks import MOVES, tracks
from policies.amounts import shown
from tests.evidence.telling import told_by_the_console
from tests.flow.customer import confirm, decide_dispute, dispute, done, reopen, submit
from tests.flow.system import START, System
from tests.insight.listening import heard

LINE, FEE, PHONE = "sub-onesum0002", "early-termination/plan-basic", "device/phone"
REOPENING, TIMES = 5000, 2  # of the pack: what a line that comes back costs, how often a wrong fee comes back
some = st.integers(0, 60_000)


class Account(NamedTuple):
    """What the carrier knows of it, in fen."""

    full_fee: int
    days_in: int
    deposit: int
    own: int
    pre_deposit: int
    gift: int
    others: int
    arrears: int
    days_late: int
    disputed: bool
    month: int
    phone: int
    usage: int

    def balances(self) -> tuple[Balance, ...]:
        rows = (("deposit", self.deposit), ("own", self.own), ("gift", self.gift), ("third-party", self.others))
        released = balance("pre-deposit", self.pre_deposit, release_months=24, months_released=7)
        return (*(balance(origin, minor) for origin, minor in rows if minor), *([released] if self.pre_deposit else []))

    def charges(self) -> tuple[AccountCharge, ...]:
        late: dict[str, Any] = {"days_overdue": self.days_late, "disputed": self.disputed}
        rows = (
            charge("bill", "arrears", "上月账单", "Last bill", self.arrears, **late),
            charge("month", "period-fee", "当月套餐费", "This month", self.month),
            charge("phone", "device", "手机余款", "Rest of the phone", self.phone),
        )
        return tuple(row for row in rows if row.amount.minor)


class Course(NamedTuple):
    """What comes after: of the fee and of the phone so many thousandths are found to be owed, or nobody argues.

    The fee is argued about and decided `before` the yes, argued about before it and decided after the end (`held`), or
    all of it `after`. A line that came back may be closed `again`.
    """

    fee_owed: int | None
    when: str
    phone_owed: int | None
    arrears_owed: int
    overcharged: bool
    reopened: bool
    again: bool


ACCOUNTS = st.builds(
    Account,
    full_fee=st.integers(0, 90_000),
    days_in=st.integers(1, 700),
    deposit=some,
    own=some,
    pre_deposit=some,
    gift=some,
    others=some,
    arrears=some,
    days_late=st.integers(0, 90),
    disputed=st.booleans(),
    month=some,
    phone=some,
    usage=some,
)
PART = st.integers(0, 1000)
COURSES = st.builds(
    Course,
    fee_owed=st.none() | PART,
    when=st.sampled_from(("before", "held", "after")),
    phone_owed=st.none() | PART,
    arrears_owed=PART,
    overcharged=st.booleans(),
    reopened=st.booleans(),
    again=st.booleans(),
)


def half_up(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


def part_of(whole: int, thousandths: int) -> int:
    return whole * thousandths // 1000


Rows = Counter[tuple[str, str, int]]


def moved(known: Account, course: Course, fee: int, last: date) -> Rows:
    """Every movement there should be, worked out from the account alone."""
    late = half_up(Fraction(known.arrears * known.days_late * 3, 1000))
    month = half_up(Fraction(known.month * last.day, monthrange(last.year, last.month)[1]))
    argued = known.arrears + late if known.disputed else 0
    owed = known.phone + month + known.usage + (0 if known.disputed else known.arrears + late)
    net = owed - known.deposit - known.own - known.pre_deposit
    rows = [("refund", "third-party", known.others)]
    rows.append(("charge" if net > 0 else "refund", "final-bill", abs(net)))
    if argued:
        rows.append(("charge", "account-dispute", part_of(argued, course.arrears_owed)))
    elif course.phone_owed is not None:
        rows.append(("refund", "account-dispute", _back(known.phone, course.phone_owed, course)))
    stands = fee if course.fee_owed is None else part_of(fee, course.fee_owed)
    if course.fee_owed is not None and course.when == "held":
        rows.append(("charge", "dispute", stands))
    else:
        rows.append(("charge", "settlement", stands if course.when == "before" else fee))
    if course.fee_owed is not None and course.when == "after":
        rows.append(("refund", "dispute", _back(fee, course.fee_owed, course)))
    if course.reopened:
        rows += [("charge", "reopening", REOPENING), ("refund", "contract-goes-on", stands)]
    return Counter(row for row in rows if row[2])


def _back(whole: int, thousandths: int, course: Course) -> int:
    return (whole - part_of(whole, thousandths)) * (TIMES if course.overcharged else 1)


def lived(system: System, known: Account, course: Course) -> tuple[str, Quote]:
    """The request, and its quote."""
    bound = contract(START.date(), days_in=known.days_in, days_left=730 - known.days_in, full_fee_minor=known.full_fee)
    facts: dict[str, Any] = {"charges": known.charges(), "balances": known.balances()}
    who = customer(LINE, "J2", "One.", plan(bound), unbilled_minor=known.usage, language=Language.EN, **facts)
    system.books.enrol([who])
    request = submit(system, LINE, kind=Kind.LINE)
    offer: Quote = system.the(QuoteIssued, request).quote
    fee = offer.total.minor
    argued = bool(fee) and course.fee_owed is not None
    if argued and course.when != "after":
        dispute(system, request, FEE)
    if argued and course.when == "before":
        _decide(system, request, fee, course.fee_owed or 0, "quote", False)
    confirm(system, request, version=2 if argued and course.when == "before" else 1)
    system.advance(max(offer.service_end - system.now, timedelta(0)))
    account = system.the(FinalBillIssued, request).account
    held = sum(line.amount.minor for line in account.lines if line.status == "held" and line.line != FEE)
    if held:
        _decide(system, request, held, course.arrears_owed, "final-account", False)
    elif course.phone_owed is not None and known.phone:
        dispute(system, request, PHONE)
        _decide(system, request, known.phone, course.phone_owed, "final-account", course.overcharged)
    if argued and course.when == "after":
        dispute(system, request, FEE)
    if argued and course.when != "before":
        _decide(system, request, fee, course.fee_owed or 0, "quote", course.overcharged)
    if course.reopened:
        reopen(system, request, REOPENING)
    system.advance(timedelta(days=3))
    return request, offer


def _decide(system: System, request: str, whole: int, owed: int, about: str, overcharged: bool) -> None:
    due = Money(minor=part_of(whole, owed))
    decide_dispute(system, request, "lowered", owed=due, about=about, overcharged=overcharged)


def closed_again(system: System) -> tuple[str, Rows]:
    """The account was settled when the line closed first: what is left is the fee of the contract that went on."""
    request = submit(system, LINE, kind=Kind.LINE, name="again")
    offer: Quote = system.the(QuoteIssued, request).quote
    confirm(system, request)
    system.advance(max(offer.service_end - system.now, timedelta(0)) + timedelta(days=3))
    assert (offer.account and offer.account.net.minor, system.the(FinalBillIssued, request).account.net.minor) == (0, 0)
    return request, Counter([("charge", "settlement", offer.total.minor)] if offer.total.minor else [])


@given(known=ACCOUNTS, course=COURSES)
@settings(max_examples=10, phases=(Phase.generate,), deadline=None, suppress_health_check=list(HealthCheck))
def test_every_movement_of_an_account_is_the_plain_sum_and_told_everywhere(known: Account, course: Course) -> None:
    system = System()
    request, offer = lived(system, known, course)
    last = offer.charge_end.astimezone(system.pack.zone).date()
    lives = [(request, moved(known, course, offer.total.minor, last))]
    if course.reopened and course.again:
        lives.append(closed_again(system))
    assert reported(system) == sum(told_everywhere(system, *life) for life in lives)
    system.close()


def told_everywhere(system: System, request: str, expected: Rows) -> int:
    """What was taken less what was given back, the same in the books, the letters and the evidence."""
    rows = done(system, request, "charge", "refund")
    assert Counter(rows) == expected
    letters = [each["content"] for each in system.carrier_acts(f"/customers/{LINE}/inbox", "GET")]
    untold = [row for row in rows if not any(shown(Money(minor=row[2]), "en") in letter for letter in letters)]
    assert untold == []
    files = unwrapped(bundle(told_by_the_console(system, request), system.ledger(request)))
    told = json.loads(files["carrier.json"])
    booked = {kind: sum(minor for each, _, minor in rows if each == kind) for kind in ("charge", "refund")}
    assert told["said"] == told["booked"] and {kind: told["booked"][kind] for kind in booked} == booked
    return booked["charge"] - booked["refund"]


SIGNS = {Way.CHARGE: 1, Way.REFUND: -1, Way.NET: 1}  # a net sum is below zero where it is paid out
WAYS = {each.kind: each.way for moves in MOVES.values() for each in moves}


def reported(system: System) -> int:
    """What the report of the time says was taken, less what it says was given."""
    made = Report(system.pack)
    for track in tracks(heard(system)):
        made.add(track)
    return sum(SIGNS.get(WAYS[what], 0) * minor for (_, what, _), minor in made.money.items())
