"""What holds in every pack where a ground lets off a part of a fee, and where the monthly fee changes on the way."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import strategies as st

from contracts.carrier.commitments import FreeExit
from contracts.carrier.subscriptions import Item, PriceChange, Subscription
from contracts.quotes import QuoteAsk
from contracts.words import Kind
from policies.owners.vectors import Vector, run
from policies.pack import Pack
from policies.rules.still_asked import StillAsked
from services.billing.curve import simulate
from services.billing.days_of_service import delay_cost
from services.billing.quoting import quote
from tests.domain.test_money_holds_together import END, FULL, MONTHLY, RULES, START, a_day, bound, for_all, pack_of

DAY = timedelta(days=1)
ASKS = (StillAsked(share_percent=50), StillAsked(at_most_months=3), StillAsked(at_most_minor=4000), None)
GROUNDED = [(name, rule) for name, rule in RULES if pack_of(name).exit_grounds]


def changed(known: Subscription, **changes: object) -> Subscription:
    """The one item of it, or its contract, with something else."""
    [item] = known.items
    assert item.contract is not None
    of_contract = {name: value for name, value in changes.items() if name in type(item.contract).model_fields}
    of_item = {name: value for name, value in changes.items() if name not in of_contract}
    contract = item.contract.model_copy(update=of_contract)
    return known.model_copy(update={"items": (item.model_copy(update={"contract": contract, **of_item}),)})


def at_noon(pack: Pack, day: int) -> datetime:
    return (datetime.combine(START, time(12), pack.zone) + timedelta(days=day)).astimezone(UTC)


@pytest.mark.parametrize(("name", "rule"), GROUNDED)
@for_all(day=a_day, which=st.integers(0, len(ASKS) - 1))
def test_a_ground_never_asks_more_than_the_rule_and_never_more_on_a_later_day(
    name: str, rule: str, day: int, which: int
) -> None:
    pack = pack_of(name)
    ground, other = next(iter(pack.exit_grounds.items()))
    asked = other.model_copy(update={"asks": ASKS[which], "notice": None})
    here, known = pack.model_copy(update={"exit_grounds": {ground: asked}}), bound(pack, rule)
    found = changed(known, free_exit=FreeExit(ground=ground))
    now, later = (at_noon(pack, day + more) for more in (0, 1))
    part, next_day = (quote(Kind.LINE, (), found, at, 1, at, here) for at in (now, later))
    whole = quote(Kind.LINE, (), known, now, 1, now, here)
    assert 0 <= next_day.total.minor <= part.total.minor <= whole.total.minor
    assert ASKS[which] is not None or part.total.minor == 0


@pytest.mark.parametrize(("name", "rule"), RULES)
@for_all(day=a_day, changes_on=a_day, monthly=st.integers(0, 9000))
def test_with_a_price_that_changes_a_quote_a_curve_and_a_check_name_one_sum(
    name: str, rule: str, day: int, changes_on: int, monthly: int
) -> None:
    pack = pack_of(name)
    change = PriceChange(from_day=START + timedelta(days=changes_on), monthly_fee=pack.money(monthly))
    known, at = changed(bound(pack, rule), price_changes=(change,)), at_noon(pack, day)
    offer = quote(Kind.LINE, (), known, at, 1, at, pack)
    ask = QuoteAsk(kind=Kind.LINE, subscription=known.subscription, requested_end=at, dates=(at,))
    assert simulate(ask, known, at, pack).dates[0].fee == offer.total
    given = {
        "fee_minor": FULL,
        "monthly_minor": MONTHLY,
        "start": START,
        "end_of_term": END,
        "leaves_on": offer.service_end.astimezone(pack.zone).date(),
        "concluded": START - timedelta(days=60),
        "price_changes": [{"from_day": change.from_day, "monthly_minor": monthly}],
    }
    [result] = run(
        [Vector(id="one", rule=f"fees/{rule}", given=given, expect={"amount_minor": offer.total.minor})], pack
    )
    assert result.passed, (result.differences, result.faults)


@for_all(first=st.integers(-40, 40), days=st.integers(0, 60), more=st.integers(0, 60), monthly=st.integers(0, 9000))
def test_days_cost_the_same_in_one_piece_and_in_two(first: int, days: int, more: int, monthly: int) -> None:
    pack = pack_of("eu")
    change = PriceChange(from_day=date(2026, 3, 29), monthly_fee=pack.money(monthly))
    items: tuple[Item, ...] = changed(bound(pack, "none"), price_changes=(change,)).items
    begun = date(2026, 3, 29) + timedelta(days=first)
    whole = delay_cost(items, days + more, pack.currency, begun)
    parts = delay_cost(items, days, pack.currency, begun) + delay_cost(items, more, pack.currency, begun + days * DAY)
    assert abs(whole.minor - parts.minor) <= 1
    assert min(MONTHLY, monthly) * (days + more) // 30 <= whole.minor <= max(MONTHLY, monthly) * (days + more) // 30 + 1
