"""What holds for every part, ground, longer term, late fee and discount, whatever a pack writes of them."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.account_terms import ExitGround
from policies.early_end import priced
from policies.money_terms import FeeRule
from policies.pack import Pack, load
from policies.rules.contract_facts import ContractOnDay
from policies.rules.dates import months_later
from policies.rules.late_fee import LateFeeOutcome
from policies.rules.late_steps import BEGINS
from policies.rules.registry import apply

PACK = load("us-legacy")
CLAUSE, NAME = PACK.fees[0].clause, {"zh": "费", "en": "Fee"}
START, FULL, MONTHLY = date(2025, 1, 15), 24_017, 3_333
often = settings(deadline=None, max_examples=30)


def rule_of(**fee: Any) -> FeeRule:
    return FeeRule.model_validate({"rule": "mine", "name": NAME, "clause": CLAUSE} | fee)


def with_rule(rule: FeeRule, ground: dict[str, Any] | None = None) -> Pack:
    known = {"name": NAME, "proof": NAME, "clause": CLAUSE}
    grounds = {} if ground is None else {"found": ExitGround.model_validate(known | ground)}
    return PACK.model_copy(update={"fees": (rule,), "exit_grounds": grounds})


def fee_on(rule: FeeRule, day: int, months: int, ground: dict[str, Any] | None = None, named: bool = False) -> int:
    contract = ContractOnDay(
        fee_minor=FULL,
        monthly_minor=MONTHLY,
        start=START,
        end_of_term=months_later(START, months),
        leaves_on=START + timedelta(days=day),
        exit_ground="found" if named else None,
    )
    return priced(rule, contract, with_rule(rule, ground)).fee.amount_minor


# ---- a ground that asks otherwise of single parts --------------------------------------------------------------------

SHARES = st.integers(1, 99).map(lambda share: {"share_percent": share})
ASKED = st.one_of(
    SHARES,
    st.just("whole"),
    st.integers(1, 60_000).map(lambda minor: {"at_most_minor": minor}),
    st.integers(1, 30).map(lambda months: {"at_most_months": months}),
    st.integers(1, 100).map(lambda share: {"at_most_term_percent": share}),
    st.tuples(SHARES, st.integers(1, 40_000)).map(lambda both: both[0] | {"at_most_minor": both[1]}),
)
PARTS = [
    {"family": "device-residual", "part": "phone", "name": NAME},
    {"family": "remaining-fees", "parameters": {"share_percent": 37}, "part": "plan", "name": NAME},
    {"family": "fixed", "at_most_minor": 700},
]
LIMITS = st.fixed_dictionaries(
    {}, optional={"at_most_minor": st.integers(0, 60_000), "multiple_of_minor": st.sampled_from((1, 5, 100))}
)
SUMS = st.tuples(st.permutations(PARTS), LIMITS).map(lambda made: rule_of(family="sum-of", of=made[0], **made[1]))
GROUNDS = st.fixed_dictionaries(
    {}, optional={"asks": ASKED.filter(lambda asked: asked != "whole"), "by_rule": st.dictionaries(
        st.sampled_from(("mine", "mine/phone", "mine/plan")), ASKED)},
)  # fmt: skip
DAYS = st.integers(0, 740)


@given(rule=SUMS, ground=GROUNDS, day=DAYS)
@often
def test_a_ground_never_asks_for_more_than_the_fee_and_never_for_less_than_nothing(
    rule: FeeRule, ground: dict[str, Any], day: int
) -> None:
    whole = fee_on(rule, day, 24, ground)
    assert 0 <= fee_on(rule, day, 24, ground, named=True) <= whole


@given(rule=SUMS, day=DAYS)
@often
def test_every_part_asked_whole_is_the_fee_and_no_part_asked_is_nothing(rule: FeeRule, day: int) -> None:
    whole = fee_on(rule, day, 24)
    everything = {"by_rule": dict.fromkeys(("mine", "mine/phone", "mine/plan"), "whole")}
    assert fee_on(rule, day, 24, everything, named=True) == whole
    assert fee_on(rule, day, 24, {}, named=True) == 0


def test_what_is_left_of_a_sum_in_whole_yuan_is_in_whole_yuan() -> None:
    """The phone 240.17 and 37 percent of the plan's fees: 295.97 come to 536; half of the plan is 388.16, so 388."""
    rule = rule_of(family="sum-of", of=PARTS[:2], multiple_of_minor=100)
    half = {"by_rule": {"mine": "whole", "mine/plan": {"share_percent": 50}}}
    assert (fee_on(rule, 0, 24), fee_on(rule, 0, 24, half, named=True)) == (53_600, 38_800)


@given(rule=SUMS, day=DAYS, shares=st.lists(st.integers(1, 99), min_size=2, max_size=2).map(sorted))
@often
def test_a_greater_share_of_a_part_never_asks_for_less(rule: FeeRule, day: int, shares: list[int]) -> None:
    asked = [{"by_rule": {"mine": "whole", "mine/plan": {"share_percent": share}}} for share in shares]
    low, high = (fee_on(rule, day, 24, each, named=True) for each in asked)
    assert low <= high <= fee_on(rule, day, 24)


# ---- a term that is longer than allowed ------------------------------------------------------------------------------

FAMILY = st.sampled_from(("share-of-remaining", "remaining-fees", "fixed", "device-residual", "discounts-so-far"))
PARAMETERS: dict[str, Any] = {"discounts-so-far": {"discount_minor": 1000}}


@given(family=FAMILY, months=st.integers(1, 60), longest=st.integers(1, 36), day=st.integers(0, 1900))
@often
def test_a_longer_term_is_the_longest_one_or_none_at_all(family: str, months: int, longest: int, day: int) -> None:
    plain = {"family": family, "parameters": PARAMETERS.get(family, {})}
    lawful = fee_on(rule_of(**plain), day, min(months, longest))
    cut = rule_of(**plain, longest_term_months=longest)
    void = rule_of(**plain, longest_term_months=longest, longer_term="void")
    assert fee_on(cut, day, months) == lawful
    assert fee_on(void, day, months) == (lawful if months <= longest else 0)


# ---- late fees -------------------------------------------------------------------------------------------------------

PER_MILLE = st.one_of(st.none(), st.integers(0, 40))
FEES = st.lists(st.integers(1, 5000), min_size=1, max_size=4).map(sorted)
WHEN = st.lists(st.integers(1, 90), min_size=4, max_size=4, unique=True).map(sorted)
CLAUSES = st.fixed_dictionaries(
    {"contract_per_mille": st.integers(0, 40), "law_per_mille": PER_MILLE},
    optional={
        "once_percent": st.integers(0, 10),
        "law_once_percent": st.integers(0, 10),
        "at_most_percent": st.integers(0, 100),
        "at_least_minor": st.integers(0, 900),
    },
)


@st.composite
def late_fees(draw: st.DrawFn) -> dict[str, Any]:
    """Steps by the days, by the reminders, by the sum, or by all three of them at once."""
    names, fees = draw(st.sampled_from((BEGINS[:1], BEGINS[1:2], BEGINS))), draw(FEES)
    thresholds = st.tuples(*(st.integers(0, 150_000 if name == BEGINS[2] else 90) for name in names))
    starts = sorted(draw(st.sets(thresholds.filter(any), min_size=1, max_size=4)))
    steps = [
        {name: at for name, at in zip(names, start, strict=True) if at} | {"fee_minor": fee}
        for start, fee in zip(starts, fees, strict=False)
    ]
    terms: dict[str, Any] = draw(CLAUSES)
    return {**terms, **draw(st.sampled_from(({}, {"steps": steps})))}


def late(terms: dict[str, Any], arrears: int, days: int, reminders: int) -> LateFeeOutcome:
    outcome = apply("late-fee", terms | {"arrears_minor": arrears, "days_late": days, "reminders": reminders})
    assert isinstance(outcome, LateFeeOutcome)
    return outcome


@given(terms=late_fees(), arrears=st.integers(0, 200_000), days=st.integers(0, 200), reminders=st.integers(0, 95))
@often
def test_a_late_fee_is_never_above_the_contract_the_law_or_its_limit(
    terms: dict[str, Any], arrears: int, days: int, reminders: int
) -> None:
    told = late(terms, arrears, days, reminders)
    assert 0 <= told.amount_minor <= min(told.law_minor, told.contract_minor)
    if terms["law_per_mille"] is not None:
        once = terms.get("law_once_percent", 0) * 10 if days else 0
        assert told.amount_minor * 1000 <= arrears * (terms["law_per_mille"] * days + once) + 500
    if "at_most_percent" in terms:
        assert told.amount_minor * 100 <= arrears * terms["at_most_percent"] + 50
    assert told.conflict or told.law_minor >= told.contract_minor


@given(terms=late_fees(), arrears=st.integers(0, 200_000), days=st.integers(0, 120), reminders=st.integers(0, 95))
@often
def test_a_late_fee_never_falls_with_time_reminders_or_what_is_overdue(
    terms: dict[str, Any], arrears: int, days: int, reminders: int
) -> None:
    now = late(terms, arrears, days, reminders).amount_minor
    later = ((arrears, days + 1, reminders), (arrears, days, reminders + 1), (arrears + 1000, days, reminders))
    assert all(late(terms, *each).amount_minor >= now for each in later)


# ---- discounts that go back ------------------------------------------------------------------------------------------

ROWS = st.lists(st.integers(0, 130), min_size=1, max_size=4)
DAYS_OF = st.sampled_from((None, "month-of-the-term", "month-of-the-calendar"))


@given(shares=ROWS, begins=WHEN, day=st.integers(0, 728), days_of=DAYS_OF)
@often
def test_discounts_so_far_are_never_more_than_their_greatest_share_and_rise_by_a_day_at_most_between_rows(
    shares: list[int], begins: list[int], day: int, days_of: str | None
) -> None:
    rows = [{"from_days": 6 * at, "share_percent": share} for at, share in zip(begins, shares, strict=False)]
    parameters = {"discount_minor": 1000, "share_by_days": rows} | ({"days_of": days_of} if days_of else {})
    rule = rule_of(family="discounts-so-far", parameters=parameters)
    today, tomorrow = (fee_on(rule, each, 24) for each in (day, day + 1))
    assert 0 <= today <= 1000 * (day // 28 + 1) * max(shares) // 100 + 1
    if days_of and not any(row["from_days"] == day + 1 for row in rows):
        assert 0 <= tomorrow - today <= 1000 * max(shares) // (28 * 100) + 1


@given(rates=st.lists(st.integers(-150, 100), min_size=1, max_size=4), begins=WHEN, days_of=DAYS_OF)
@often
def test_discounts_paid_back_by_rates_are_never_below_nothing_and_nothing_at_the_end(
    rates: list[int], begins: list[int], days_of: str | None
) -> None:
    rows = [{"from_days": 6 * at, "rate_percent": rate} for at, rate in zip(begins, rates, strict=False)]
    by_days = {"rates_by_days": rows, "days_of": days_of or "month-of-the-term"}
    rule = rule_of(family="returned-discounts", parameters={"discount_minor": 1000} | by_days)
    fees = [fee_on(rule, day, 24) for day in range(0, 741, 13)]
    over = fee_on(rule, 735, 24)
    assert min(fees) >= 0 and over == 0
    steepest = 1000 * max(abs(rate) for rate in rates) * 13 // (28 * 100) + 2
    assert all(abs(later - fee) <= steepest for fee, later in pairwise(fees[:56]))
