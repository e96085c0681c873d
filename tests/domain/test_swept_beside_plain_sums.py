"""Whole quotes beside sums worked out here from a calendar and fractions alone: every family on every awkward day."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import pytest

from contracts.carrier.commitments import FreeExit
from contracts.carrier.subscriptions import PriceChange, Subscription
from contracts.offer import Quote
from contracts.words import Kind, Money
from policies.account_terms import ExitGround
from policies.money_terms import FeeRule
from policies.pack import Pack, load
from policies.rules.still_asked import StillAsked
from services.billing.quoting import quote
from tests.domain.test_published_money import line

DE, DAY = load("de"), timedelta(days=1)
FULL, MONTHLY, DEARER = 23999, 2995, 3495
STARTS = (date(2019, 1, 31), date(2019, 8, 31), date(2020, 2, 29), date(2019, 3, 31), date(2019, 10, 27))
RATES = ((date(2021, 1, 1), 19), (date(2020, 7, 1), 16), (date.min, 19))  # Germany's half year of less


# ---- the plain reference: nothing of ours is called ------------------------------------------------------------------


def month_on(start: date, number: int) -> date:
    year, month = divmod(start.month - 1 + number, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def up(exact: Fraction) -> int:
    """Half a cent makes a whole one; nothing here is below zero."""
    return int(exact + Fraction(1, 2))


class Known(NamedTuple):
    start: date
    months: int
    day: date
    changes_on: date | None

    @property
    def end(self) -> date:
        return month_on(self.start, self.months)

    @property
    def served(self) -> int:
        return max(n for n in range(self.months + 1) if month_on(self.start, n) <= self.day)

    @property
    def begun(self) -> int:
        return min(self.months, self.served + (month_on(self.start, self.served) < self.day))

    @property
    def halves(self) -> Fraction:
        into = (self.day - month_on(self.start, self.served)).days
        return self.served + (Fraction(1, 2) if into >= 15 else Fraction(0))

    def price(self, number: int) -> int:
        dearer = self.changes_on is not None and month_on(self.start, number) >= self.changes_on
        return DEARER if dearer else MONTHLY

    def fees(self, first: int, last: int | None = None) -> int:
        """Beyond the term, for a cap in monthly fees, its last price goes on."""
        until = self.months if last is None else max(first, last)
        return sum(self.price(min(n, self.months - 1)) for n in range(first, until))


def by_halves(known: Known) -> Fraction:
    return FULL * (known.months - known.halves) / known.months


def part_of_a_yuan_first(known: Known) -> Fraction:
    return Fraction(min(FULL, 100 * up(Fraction(FULL, known.months * 100)) * (known.months - known.served)))


def less_vat(known: Known) -> Fraction:
    left = sum(known.price(n) - 100 for n in range(known.served, known.months))
    return Fraction(left) * Fraction(30, 100) / Fraction(119, 100)


def stepped(known: Known) -> Fraction:
    off = 75 if known.served >= 12 else 50 if known.served >= 6 else 0
    return Fraction(FULL * (100 - off), 100)


def days_of_a_thirtieth(known: Known) -> Fraction:
    """Each day at the price of its own, and no more than the months that are left or begun at the highest of them."""
    days = [known.day + n * DAY for n in range((known.end - known.day).days)]
    prices = [DEARER if known.changes_on is not None and day >= known.changes_on else MONTHLY for day in days]
    months = next(n for n in range(known.months + 2) if month_on(known.day, n) >= known.end)
    return min(Fraction(sum(prices), 30), Fraction(months * max(prices)))


Sum = Callable[[Known], Fraction]
FAMILIES: dict[str, tuple[dict[str, Any], Sum]] = {
    "completed": ({"family": "share-of-remaining"}, lambda k: Fraction(FULL * (k.months - k.served), k.months)),
    "started": (
        {"family": "share-of-remaining", "months": "started"},
        lambda k: Fraction(FULL * (k.months - k.begun), k.months),
    ),
    "half": ({"family": "share-of-remaining", "months": "half"}, by_halves),
    "by day": (
        {"family": "share-of-remaining", "parameters": {"unit": "day"}},
        lambda k: Fraction(FULL * (k.end - k.day).days, (k.end - k.start).days),
    ),
    "rounded part": (
        {"family": "share-of-remaining", "parameters": {"unit_multiple_of_minor": 100}},
        part_of_a_yuan_first,
    ),
    "by step": (
        {"family": "reducing-by-step", "parameters": {"each_minor": 1111}},
        lambda k: Fraction(max(0, FULL - 1111 * k.served)),
    ),
    "stepped": (
        {
            "family": "stepped",
            "parameters": {"schedule": [{"from_month": 6, "percent_off": 50}, {"from_month": 12, "percent_off": 75}]},
        },
        stepped,
    ),
    "fees left": ({"family": "remaining-fees"}, lambda k: Fraction(k.fees(k.served))),
    "a share without VAT": (
        {
            "family": "remaining-fees",
            "parameters": {"discount_minor": 100, "share_percent": 30, "vat_included_percent": 19},
        },
        less_vat,
    ),
    "three months": (
        {"family": "remaining-fees", "parameters": {"most_months": 3}},
        lambda k: Fraction(k.fees(k.served, min(k.months, k.served + 3))),
    ),
    "six months": (
        {"family": "capped-months", "parameters": {"cap_months": 6}},
        lambda k: Fraction(k.fees(k.served, 6)),
    ),
    "days": ({"family": "remaining-days", "parameters": {"days_of_year": 360}}, days_of_a_thirtieth),
    "discounts": (
        {
            "family": "returned-discounts",
            "parameters": {"discount_minor": 777, "rates": [{"from_month": 0, "rate_percent": 100}]},
        },
        lambda k: Fraction(777 * k.served),
    ),
    "lower of": (
        {
            "family": "lower-of",
            "of": [{"family": "share-of-remaining"}, {"family": "remaining-fees", "parameters": {"share_percent": 25}}],
        },
        lambda k: min(
            Fraction(up(Fraction(FULL * (k.months - k.served), k.months))), Fraction(up(Fraction(k.fees(k.served), 4)))
        ),
    ),
    "sum of, at most two months": (
        {"family": "sum-of", "of": [{"family": "fixed"}, {"family": "remaining-fees"}], "at_most_months": 2},
        lambda k: Fraction(min(FULL + k.fees(k.served), k.fees(k.served, k.served + 2))),
    ),
}


def owed(known: Known, name: str, last: date, ground: str) -> tuple[int, int]:
    """Before tax, and its tax: that of the last day that is served."""
    if known.day >= known.end or ground == "nothing":
        return 0, 0
    net = up(FAMILIES[name][1](known))
    if ground == "half":
        net = up(Fraction(net, 2))
    if ground == "two months":
        net = min(net, known.fees(known.served, known.served + 2))
    rate = next(percent for begins, percent in RATES if last >= begins)
    return net, up(Fraction(net * rate, 100))


# ---- what the system says --------------------------------------------------------------------------------------------

GROUNDS = {
    "none": None,
    "nothing": None,
    "half": StillAsked(share_percent=50),
    "two months": StillAsked(at_most_months=2),
}


def pack_with(fee: dict[str, Any]) -> Pack:
    usual = DE.fees[0]
    rule = FeeRule.model_validate(fee | {"rule": "mine", "name": usual.name, "clause": usual.clause, "tax": "standard"})
    grounds = {
        name.replace(" ", "-"): ExitGround(
            name=usual.name, proof=usual.name, clause=usual.clause, asks=asks, by_rule={}
        )
        for name, asks in GROUNDS.items()
    }
    at_once = {
        kind: spans.model_copy(update={"inside_contract": timedelta(0)})
        for kind, spans in DE.clocks.notice_period.items()
    }
    clocks = DE.clocks.model_copy(update={"notice_period": at_once})
    changes = {"fees": (rule,), "exit_grounds": grounds, "clocks": clocks, "cooling_off": None, "free_exit": None}
    return DE.model_copy(update=changes)


def bound(known: Known, ground: str, pack: Pack) -> Subscription:
    found = {} if ground == "none" else {"free_exit": FreeExit(ground=ground.replace(" ", "-"))}
    told = line(pack, str(known.start), str(known.end), FULL, MONTHLY, rule="mine", **found)
    if known.changes_on is None:
        return told
    dearer = PriceChange(from_day=known.changes_on, monthly_fee=Money(minor=DEARER, currency="EUR"))
    return told.model_copy(update={"items": (told.items[0].model_copy(update={"price_changes": (dearer,)}),)})


def asked(known: Known, at: time, ground: str, pack: Pack) -> Quote:
    moment = datetime.combine(known.day, at, pack.zone).astimezone(UTC)
    return quote(Kind.LINE, (), bound(known, ground, pack), moment, 1, moment, pack)


def days(start: date, months: int) -> Iterator[date]:
    """The edges of the term and of its months, half months, and the days on which a rate or a clock changes."""
    end = month_on(start, months)
    begins = [month_on(start, n) for n in (1, 6, 11, 12, months - 1)]
    edges = {start, start + DAY, end - DAY, end, end + DAY}
    edges |= {day + n * DAY for day in begins for n in (-1, 0, 15)}
    edges |= {date(2020, 6, 30), date(2020, 7, 1), date(2021, 1, 1), date(2020, 3, 29), date(2020, 10, 25)}
    return (day for day in sorted(edges) if start <= day <= end + DAY)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_quote_is_the_plain_sum_to_the_cent(name: str) -> None:
    pack, off, told = pack_with(FAMILIES[name][0]), [], 0
    for number, start in enumerate(STARTS):
        months = (12, 24)[number % 2]
        for step, day in enumerate(days(start, months)):
            known = Known(start, months, day, (None, date(2020, 1, 1), month_on(start, 7))[(number + step) % 3])
            ground = tuple(GROUNDS)[(number + step // 3) % len(GROUNDS)]
            at, last = ((time(12), day), (time(), day - DAY))[step // 2 % 2]
            total, plain = asked(known, at, ground, pack).total.minor, sum(owed(known, name, last, ground))
            told += 1
            if total != plain:
                off.append((known, at, ground, total, plain))
    assert off == [] and told > 90
