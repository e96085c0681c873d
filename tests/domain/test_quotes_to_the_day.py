"""The curve of a quote, the notice it needs and the end of its charges: each at its edges, in days and minor units."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.carrier.subscriptions import Item, PriceChange, Subscription
from contracts.quotes import QuoteAsk
from contracts.words import Kind, Money
from demo.carrier.customer import add_on, contract, customer, plan
from policies.pack import Pack, load
from policies.rules.instants import end_of_month
from services.billing.curve import simulate
from services.billing.days_of_service import delay_cost
from services.billing.quoting import quote, unknown_fee_rules

CN = load("cn-carrier")
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
TODAY = NOW.astimezone(CN.zone).date()
FREE = add_on("video-pack", "视频会员", "Video pack", 1500)


def line(*items: Item) -> Subscription:
    return customer("sub-today01", "J2", "Asks on a day.", *items).line


def bound(days_left: int, name: str = "one", **more: Any) -> Any:
    made = contract(TODAY, days_in=300, days_left=days_left, full_fee_minor=36500)
    return made.model_copy(update={"contract": name} | more)


def ask(kind: Kind = Kind.LINE, **more: Any) -> QuoteAsk:
    return QuoteAsk(kind=kind, subscription="sub-today01", **more)


def midnight(days: int) -> datetime:
    return datetime.combine(TODAY + days * DAY, datetime.min.time(), CN.zone).astimezone(UTC)


@pytest.mark.parametrize(("days_left", "extra"), [(100, [100]), (1, [1]), (0, []), (-5, [])])
def test_the_usual_ends_are_round_spans_and_the_day_a_running_contract_ends(days_left: int, extra: list[int]) -> None:
    answer = simulate(ask(), line(plan(bound(days_left)), FREE), NOW, CN)
    spans = [NOW + days * DAY for days in (0, 7, 30, 90, 180)]
    assert [each.requested_end for each in answer.dates] == sorted([*spans, *map(midnight, extra)])


def test_two_contracts_that_end_on_one_day_are_one_point_and_other_items_none() -> None:
    two = line(plan(bound(100)), FREE.model_copy(update={"contract": bound(100, "two")}))
    assert len(simulate(ask(), two, NOW, CN).dates) == 6
    product = ask(Kind.PRODUCT, items=("video-pack",))
    assert len(simulate(product, line(plan(bound(100)), FREE), NOW, CN).dates) == 5


def test_named_days_come_once_each_in_their_order() -> None:
    days = (NOW + 2 * DAY, NOW + DAY, NOW + 2 * DAY)
    assert [each.requested_end for each in simulate(ask(dates=days), line(plan()), NOW, CN).dates] == [
        NOW + DAY,
        NOW + 2 * DAY,
    ]


def test_an_answer_holds_the_question_and_the_quote_of_its_day() -> None:
    known = line(plan(bound(100)), FREE)
    for end in (None, NOW + 40 * DAY):
        wish = ask(Kind.PRODUCT, items=("video-pack",), requested_end=end)
        answer = simulate(wish, known, NOW, CN)
        assert (answer.kind, answer.subscription, answer.items) == (wish.kind, wish.subscription, wish.items)
        assert (answer.asked_at, answer.time_zone, answer.obstacles) == (NOW, "Asia/Shanghai", ())
        assert answer.quote == quote(Kind.PRODUCT, ("video-pack",), known, end or NOW, 0, NOW, CN)


def test_what_review_would_reject_is_told_with_its_clause_and_remedy() -> None:
    needs = add_on("data-boost", "加速包", "Data boost", 500, depends_on=("video-pack",))
    wish = ask(Kind.PRODUCT, items=("video-pack",))
    [obstacle] = simulate(wish, line(plan(), FREE, needs), NOW, CN).obstacles
    [row] = [each for each in CN.conditions if each.rule == "needed-by-others"]
    assert (obstacle.code, obstacle.rule, obstacle.clause) == (row.rule, row.rule, row.clause)
    assert "Data boost needs Video pack" in obstacle.reason.en and "加速包需要视频会员" in obstacle.reason.zh
    assert obstacle.remedy == row.remedy or obstacle.remedy.en


@pytest.mark.parametrize(
    ("later", "days"), [(timedelta(0), 0), (SECOND, 1), (DAY, 1), (DAY + SECOND, 2), (30 * DAY, 30)]
)
def test_what_the_items_cost_until_then_counts_begun_days(later: timedelta, days: int) -> None:
    [point] = simulate(ask(dates=(NOW + later,)), line(plan(), FREE), NOW, CN).dates
    regular = ((9900 + 1500) * days + 15) // 30
    assert (point.regular_fees.minor, point.fee.minor, point.altogether.minor) == (regular, 0, regular)
    assert point.service_end == point.charge_end == NOW + later


@pytest.mark.parametrize(("minor", "days", "cost"), [(15, 1, 1), (14, 1, 0), (44, 1, 1), (45, 1, 2), (100, 0, 0)])
def test_a_day_is_a_thirtieth_of_a_monthly_fee_half_up(minor: int, days: int, cost: int) -> None:
    assert delay_cost((plan(monthly_minor=minor),), days, "CNY", TODAY) == Money(minor=cost)


def test_of_equal_days_the_earliest_is_marked() -> None:
    free = line(plan(monthly_minor=0))
    days = tuple(NOW + number * DAY for number in (3, 1, 2))
    points = simulate(ask(dates=days), free, NOW, CN).dates
    assert [(each.lowest_fee, each.cheapest) for each in points] == [(True, True), (False, False), (False, False)]


def test_the_lowest_fee_and_the_lowest_sum_may_be_two_days() -> None:
    points = simulate(ask(), line(plan(bound(100, lock_in=True), monthly_minor=300000)), NOW, CN).dates
    lowest = min(points, key=lambda each: (each.fee.minor, each.requested_end))
    cheapest = min(points, key=lambda each: (each.altogether.minor, each.requested_end))
    assert [each.requested_end for each in points if each.lowest_fee] == [lowest.requested_end]
    assert [each.requested_end for each in points if each.cheapest] == [cheapest.requested_end]
    assert lowest.requested_end != cheapest.requested_end


@pytest.mark.parametrize(
    ("items", "kind", "notice"),
    [
        ((plan(bound(100)),), Kind.LINE, 30),
        ((plan(bound(1)),), Kind.LINE, 30),
        ((plan(bound(0)),), Kind.LINE, 0),  # over today
        ((plan(bound(100, start=TODAY)),), Kind.LINE, 30),
        ((plan(bound(100, start=TODAY + DAY)),), Kind.LINE, 0),  # not begun
        ((plan(), FREE), Kind.LINE, 0),
        ((plan(), FREE.model_copy(update={"contract": bound(100)})), Kind.LINE, 30),
        ((plan(bound(100)),), Kind.PORT_OUT, 0),
    ],
)
def test_only_a_contract_that_runs_today_needs_its_notice(items: tuple[Item, ...], kind: Kind, notice: int) -> None:
    offer = quote(kind, (), line(*items), NOW - 2 * DAY, 1, NOW, CN)
    assert offer.service_end == offer.charge_end == NOW + notice * DAY
    later = NOW + 40 * DAY
    assert quote(kind, (), line(*items), later, 1, NOW, CN).service_end == later


@pytest.mark.parametrize(
    ("kind", "ends"), [(Kind.PRODUCT, "month"), (Kind.LINE, "service"), (Kind.PORT_OUT, "service")]
)
def test_charges_end_as_the_pack_says_for_the_kind(kind: Kind, ends: str) -> None:
    items = ("video-pack",) if kind is Kind.PRODUCT else ()
    offer = quote(kind, items, line(plan(), FREE), NOW + DAY, 1, NOW, CN)
    assert offer.charge_end == (end_of_month(NOW + DAY, CN.zone) if ends == "month" else NOW + DAY)
    assert (offer.account is None, offer.reopening is None) == (kind is Kind.PRODUCT, kind is not Kind.LINE)
    assert (offer.version, offer.policy, offer.cooling_off) == (1, CN.id, ())
    assert offer.valid_until == NOW + 7 * DAY


@pytest.mark.parametrize(("kind", "told"), [(Kind.LINE, True), (Kind.PRODUCT, True), (Kind.PORT_OUT, False)])
def test_an_end_of_nothing_is_refused_unless_the_number_leaves(kind: Kind, told: bool) -> None:
    nothing = line(plan().model_copy(update={"active": False}))
    try:
        assert quote(kind, ("plan-basic",), nothing, NOW, 1, NOW, CN).lines == () and not told
    except ValueError as error:
        assert told and str(error) == "nothing that is switched on would end"


@pytest.mark.parametrize(
    ("rules", "unknown"),
    [((), []), (("fixed-fee",), []), (("b", "a"), ["a", "b"]), (("a", "a"), ["a"]), (("a", "fixed-fee"), ["a"])],
)
def test_rules_that_the_pack_does_not_have_are_named_once_each(rules: tuple[str, ...], unknown: list[str]) -> None:
    items = [add_on(f"item-{n}", "一", "One", 1, bound(9, fee_rule=rule)) for n, rule in enumerate(rules)]
    assert unknown_fee_rules((plan(), *items), CN) == unknown


@pytest.mark.parametrize("pack", [CN, load("uk"), load("eu")], ids=lambda pack: pack.pack)
def test_clauses_are_named_once_in_the_order_in_which_they_come(pack: Pack) -> None:
    items = [
        each.model_copy(update={"monthly_fee": each.monthly_fee.model_copy(update={"currency": pack.currency})})
        for each in (plan(), FREE)
    ]
    offer = quote(Kind.LINE, (), line(*items), NOW, 1, NOW, pack)
    assert offer.account is not None
    named: list[Any] = [*offer.lines, *offer.account.lines, *offer.impacts, *offer.account.balances]
    assert offer.clauses == tuple(dict.fromkeys(clause for each in named for clause in each.clauses))


def test_the_fees_to_a_later_end_are_at_the_price_of_each_day() -> None:
    """Ten days at 30.00 a month and twenty at 60.00: which day is cheapest hangs on it."""
    later = PriceChange(from_day=TODAY + 10 * DAY, monthly_fee=Money(minor=6000))
    rising = line(plan(monthly_minor=3000, price_changes=(later,)))
    [first, second] = simulate(ask(dates=(NOW + 10 * DAY, NOW + 30 * DAY)), rising, NOW, CN).dates
    assert (first.regular_fees.minor, second.regular_fees.minor) == (10 * 100, 10 * 100 + 20 * 200)
