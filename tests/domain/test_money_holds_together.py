"""What holds for every rule and pack: no fee above the whole term, no jump but the rule's own, one sum everywhere."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.carrier.subscriptions import Subscription
from contracts.fee_lines import FeeLine
from contracts.messages.billing import QuoteIssued
from contracts.offer import Quote
from contracts.quotes import QuoteAsk
from contracts.words import Kind, Language, Money
from policies.faults.unused_keys import PROBES
from policies.notices import render
from policies.owners.vectors import Vector, run
from policies.pack import Pack, load
from policies.rules.commitment import ChargeToCommitmentEnd, charge_to_commitment_end
from policies.rules.contract_facts import COUNTED, ContractOnDay, MonthsCounted
from policies.rules.dates import months_later
from policies.rules.families import FAMILIES, NESTED, FeeTerms, by_full_fee, work_out
from policies.rules.instants import last_day
from policies.templates import ENVIRONMENT
from services.billing.curve import simulate
from services.billing.quoting import quote
from tests.domain.test_published_money import line

Test = Callable[..., None]
PACKS = ("cn-carrier", "de", "eu", "uk", "us-legacy")
FULL, MONTHLY, START, MONTHS = 24000, 3000, date(2026, 1, 15), 24
END = months_later(START, MONTHS)
a_day = st.integers(0, (END - START).days + 30)
pack_of = cache(load)
RULES = [(name, fee.rule) for name in PACKS for fee in pack_of(name).fees]


def for_all(**drawn: st.SearchStrategy[int]) -> Callable[[Test], Test]:
    often = settings(deadline=None, max_examples=25)
    return lambda test: often(given(**drawn)(test))


def bound(pack: Pack, rule: str) -> Subscription:
    return line(pack, str(START), str(END), FULL, MONTHLY, rule=rule, concluded=START - timedelta(days=60))


def fee_on(pack: Pack, rule: str, moment: datetime) -> int:
    return quote(Kind.LINE, (), bound(pack, rule), moment, 1, moment, pack).total.minor


@pytest.mark.parametrize(("name", "rule"), RULES)
@for_all(day=a_day)
def test_a_fee_falls_from_day_to_day_and_is_never_more_than_the_whole_term(name: str, rule: str, day: int) -> None:
    pack = pack_of(name)
    noon = datetime.combine(START, time(12), pack.zone) + timedelta(days=day)
    now, later = (
        fee_on(pack, rule, noon.astimezone(UTC)),
        fee_on(pack, rule, (noon + timedelta(days=1)).astimezone(UTC)),
    )
    with_tax = 125  # percent, more than any rate of ours
    assert 0 <= later <= now <= max(FULL, MONTHLY * MONTHS) * with_tax // 100


@pytest.mark.parametrize(("name", "rule"), RULES)
@for_all(day=a_day)
def test_a_fee_steps_only_where_a_month_of_the_contract_begins(name: str, rule: str, day: int) -> None:
    """None of ours is by day: between two such days it stays what it is, and half months have a step of their own."""
    pack = pack_of(name)
    on = datetime.combine(START, time(12), pack.zone) + timedelta(days=day)
    end = quote(Kind.LINE, (), bound(pack, rule), on.astimezone(UTC), 1, on.astimezone(UTC), pack).service_end
    left = (end + timedelta(days=1)).astimezone(pack.zone).date()
    steps = {months_later(START, months) for months in range(MONTHS + 1)}
    half = pack.fee_rule(rule).months in ("half", "started-half")
    steps |= {months_later(START, months) + timedelta(days=15) for months in range(MONTHS)} if half else set()
    today, tomorrow = (fee_on(pack, rule, (on + timedelta(days=n)).astimezone(UTC)) for n in (0, 1))
    if (
        left not in steps and left - timedelta(days=1) not in steps and left.day > 3
    ):  # a month of notice leaves days out
        assert today == tomorrow


OF_MONTHLY_FEES = [
    (name, rule) for name, rule in RULES if not by_full_fee(pack_of(name).fee_rule(rule)) or rule == "device"
]


@pytest.mark.parametrize(("name", "rule"), OF_MONTHLY_FEES)
@for_all(day=a_day)
def test_what_is_left_of_the_monthly_fees_never_holds_a_day_that_is_paid_as_served(
    name: str, rule: str, day: int
) -> None:
    """The last day served is paid with its month, so the fees left begin on the next one (M11, EU-3, UK-6)."""
    pack = pack_of(name)
    at = (datetime.combine(START, time(12), pack.zone) + timedelta(days=day)).astimezone(UTC)
    known = line(pack, str(START), str(END), 10**7, MONTHLY, rule=rule, concluded=START - timedelta(days=60))
    offer = quote(Kind.LINE, (), known, at, 1, at, pack)
    term = months_later(START, 6) if rule == "six-months" else END
    paid, promised = last_day(offer.service_end, pack.zone), term - timedelta(days=1)
    left = ChargeToCommitmentEnd(monthly_minor=MONTHLY, leaves_on=paid, paid_to=paid, commitment_end=promised)
    a_short_half = MONTHLY // 28  # of a February half a month is fourteen days
    assert offer.lines == () or no_tax(offer.lines[0]) <= charge_to_commitment_end(left).amount_minor + a_short_half


def no_tax(fee: FeeLine) -> int:
    assert fee.net is not None
    return fee.net.minor


@pytest.mark.parametrize(
    ("name", "rule", "once"), [("eu", "six-months", False), ("eu", "device", True), ("uk", "early-exit", False)]
)
def test_a_fee_by_monthly_fees_is_each_items_own_even_where_it_ends_early_in_the_term(
    name: str, rule: str, once: bool
) -> None:
    assert by_full_fee(pack_of(name).fee_rule(rule)) == once


@pytest.mark.parametrize(("name", "rule"), RULES)
@for_all(day=a_day)
def test_a_quote_a_curve_a_check_and_a_letter_name_one_sum(name: str, rule: str, day: int) -> None:
    pack = pack_of(name)
    at = (datetime.combine(START, time(12), pack.zone) + timedelta(days=day)).astimezone(UTC)
    known = bound(pack, rule)
    offer = quote(Kind.LINE, (), known, at, 1, at, pack)
    ask = QuoteAsk(kind=Kind.LINE, subscription=known.subscription, requested_end=at, dates=(at,))
    answer = simulate(ask, known, at, pack)
    assert (
        offer.total == answer.quote.total == answer.dates[0].fee == sum((f.amount for f in offer.lines), pack.money(0))
    )
    facts = {"fee_minor": FULL, "monthly_minor": MONTHLY, "start": START, "end_of_term": END}
    leaves = offer.service_end.astimezone(pack.zone).date()
    vector = Vector(
        id="one",
        rule=f"fees/{rule}",
        given=facts | {"leaves_on": leaves, "concluded": START - timedelta(days=60)},
        expect={"amount_minor": offer.total.minor},
    )
    [result] = run([vector], pack)
    assert result.passed, (result.differences, result.faults)
    event = issued(offer, known, at)
    for language in Language:
        letter = render(pack, event, language)
        shown = ENVIRONMENT.from_string("{{ quote.total | money }}").render(
            quote=offer, pack=pack, language=language.value
        )
        assert letter is not None and shown in letter.subject and shown in letter.body


def issued(offer: Quote, known: Subscription, at: datetime) -> QuoteIssued:
    """The event of which a letter is made."""
    return QuoteIssued.model_validate(
        {
            "request_id": "00000000-0000-4000-8000-000000000001",
            "audience": {"subscription": known.subscription, "channel": "app"},
            "quote": offer,
            "dates": {"requested": at},
        }
    )


@pytest.mark.parametrize(("name", "rule"), RULES)
@for_all(day=a_day, hours=st.integers(-12, 14), minute=st.integers(0, 1439))
def test_a_moment_written_in_another_zone_shifts_no_day_and_no_sum(
    name: str, rule: str, day: int, hours: int, minute: int
) -> None:
    pack = pack_of(name)
    at = datetime.combine(START, time(), pack.zone) + timedelta(days=day, minutes=minute)
    known = bound(pack, rule)
    here = quote(Kind.LINE, (), known, at.astimezone(UTC), 1, at.astimezone(UTC), pack)
    elsewhere = at.astimezone(timezone(timedelta(hours=hours)))
    assert quote(Kind.LINE, (), known, elsewhere, 1, elsewhere, pack) == here


FAR_APART = ("Pacific/Kiritimati", "Asia/Kathmandu", "America/New_York", "Pacific/Honolulu")


@pytest.mark.parametrize(("name", "rule"), RULES)
@for_all(day=a_day, minute=st.integers(3 * 60, 1439), zone=st.integers(0, len(FAR_APART) - 1))
def test_the_same_rules_in_another_time_zone_name_the_same_days_and_the_same_sum(
    name: str, rule: str, day: int, minute: int, zone: int
) -> None:
    """Asked at the same time on the clock; from three in the morning on no clock of these is changed."""
    here = pack_of(name)
    there = here.model_copy(update={"time_zone": FAR_APART[zone]})
    told = [
        _by_the_clock(pack, rule, datetime.combine(START, time()) + timedelta(days=day, minutes=minute))
        for pack in (here, there)
    ]
    assert told[0] == told[1]


def _by_the_clock(pack: Pack, rule: str, asked: datetime) -> tuple[object, ...]:
    at = asked.replace(tzinfo=pack.zone).astimezone(UTC)
    offer = quote(Kind.LINE, (), bound(pack, rule), at, 1, at, pack)
    ends = (offer.service_end, offer.charge_end, offer.valid_until)
    days = tuple(each.astimezone(pack.zone).replace(tzinfo=None) for each in ends)
    return (*days, offer.total, [line.inputs for line in offer.lines], [each.what for each in offer.impacts])


# ---- every family, whatever a pack makes of it -----------------------------------------------------------------------

WAYS = [(family, months) for family in sorted(FAMILIES) if family not in NESTED for months in COUNTED]
BY_DAY = ("charge-to-commitment-end", "discounts-so-far", "remaining-days")  # and what the days left decide
TWO_DAYS = 2 * MONTHLY // 28  # a day, and that the month it is a part of may be one of 31 days from then on
BACK = ("returned-discounts", "discounts-so-far")  # rise with each month that is served


def terms_of(family: str, months: MonthsCounted) -> FeeTerms:
    return FeeTerms.model_construct(family=family, months=months, parameters=PROBES.get(family, {}))


@pytest.mark.parametrize(("family", "months"), WAYS)
@given(day=st.integers(0, 1200), term=st.integers(1, 36), begins=st.dates(date(2023, 1, 1), date(2026, 12, 31)))
@settings(deadline=None, max_examples=20)
def test_a_family_moves_only_where_it_steps_and_never_asks_for_more_than_all_there_is(
    family: str, months: MonthsCounted, day: int, term: int, begins: date
) -> None:
    ends = months_later(begins, term)
    leaves = min(begins + timedelta(days=day), ends - timedelta(days=2))
    if leaves < begins:
        return
    today, tomorrow = (fee_of(family, months, begins, ends, leaves + timedelta(days=n)) for n in (0, 1))
    assert min(today, tomorrow) >= 0 and max(today, tomorrow) <= max(FULL, MONTHLY * term, *MOST.values())
    if today == tomorrow:
        return
    assert family in (*BACK, "cancelled-periods", "reducing-by-step", "stepped") or tomorrow < today
    first = begins.replace(day=1) if months == "calendar" else begins  # billing months go by their names
    steps = {months_later(first, number) for number in range(term + 2)}
    halves = {each + timedelta(days=15) for each in steps} if "half" in months else set()
    near = {leaves + timedelta(days=n) for n in (0, 1)}
    assert near & (steps | halves) or (family in BY_DAY and today - tomorrow <= TWO_DAYS), (leaves, today)


MOST = {"cancelled-periods": 36 * 1500} | dict.fromkeys(BACK, 36 * 1000)


def fee_of(family: str, months: MonthsCounted, begins: date, ends: date, leaves: date) -> int:
    facts = {"fee_minor": FULL, "monthly_minor": MONTHLY, "start": begins, "end_of_term": ends, "leaves_on": leaves}
    return work_out(terms_of(family, months), ContractOnDay.model_validate(facts)).amount_minor


# ---- what makes no sense ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "facts", "named"),
    [
        ("2027-06-01", "2027-01-01", {"full": 24000}, "end_of_term: 2027-01-01 is before the start, 2027-06-01"),
        ("2026-01-01", "2028-01-01", {"full": -1}, "fee_minor: "),
        ("2026-01-01", "2300-01-01", {"full": 24000}, "end_of_term: "),
        ("1989-01-01", "2028-01-01", {"full": 24000}, "start: "),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused_with_its_field(
    start: str, end: str, facts: dict[str, int], named: str
) -> None:
    pack = pack_of("cn-carrier")
    now = datetime(2026, 3, 1, 4, tzinfo=UTC)
    with pytest.raises(ValueError, match=named):
        quote(Kind.LINE, (), line(pack, start, end, **facts), now, 1, now, pack)


@pytest.mark.parametrize(
    ("start", "end", "facts", "total"),
    [
        ("2026-01-01", "2026-01-01", {"full": 24000}, 0),  # of no length: over before it began
        ("2027-01-01", "2027-01-01", {"full": 24000}, 0),
        ("2026-01-01", "2126-01-01", {"full": 24000}, 23960),  # a hundred years, two months of them served
        ("2026-01-01", "2028-01-01", {"full": 0, "monthly": 0}, 0),  # a price of nothing
    ],
)
def test_a_strange_contract_that_makes_sense_is_worked_out(
    start: str, end: str, facts: dict[str, int], total: int
) -> None:
    pack = pack_of("cn-carrier")
    now = datetime(2026, 2, 1, 4, tzinfo=UTC)
    assert quote(Kind.LINE, (), line(pack, start, end, **facts), now, 1, now, pack).total.minor == total


def test_a_contract_in_another_currency_is_refused_with_both() -> None:
    pack = pack_of("cn-carrier")
    known = line(pack, "2026-01-01", "2028-01-01", 24000)
    now = datetime(2026, 2, 1, 4, tzinfo=UTC)
    [item] = known.items
    assert item.contract is not None
    foreign = item.contract.model_copy(update={"full_fee": Money(minor=24000, currency="EUR")})
    lines = known.model_copy(update={"items": (item.model_copy(update={"contract": foreign}),)})
    with pytest.raises(ValueError, match=r"c-1.*EUR.*CNY"):
        quote(Kind.LINE, (), lines, now, 1, now, pack)
