"""A fee that a limit changed says so, with the limit's amount, in both languages."""

from datetime import date

import pytest

from contracts.words import Text
from policies.rules.contract_facts import ContractOnDay
from policies.rules.families import FeeTerms
from policies.rules.fixed import Fixed, fixed
from policies.rules.limits import limited
from policies.rules.still_asked import StillAsked, in_words

YEAR = ContractOnDay(
    fee_minor=5050,
    monthly_minor=1000,
    start=date(2026, 1, 1),
    end_of_term=date(2027, 1, 1),
    leaves_on=date(2026, 7, 1),
)
AT_LEAST = Text(zh="最少收取 ¥60.00", en="at least CNY 60.00")
AT_MOST = Text(zh="最多收取 ¥20.00", en="at most CNY 20.00")
WHOLE = Text(zh="取整到 ¥1.00 的倍数：¥51.00", en="in whole multiples of CNY 1.00: CNY 51.00")


@pytest.mark.parametrize(
    ("terms", "minor", "flags", "told"),
    [
        ({"at_least_minor": 6000}, 6000, ("at_least",), (AT_LEAST,)),
        ({"at_least_minor": 5050}, 5050, (), ()),
        ({"at_most_minor": 2000}, 2000, ("capped",), (AT_MOST,)),
        ({"at_most_minor": 5050}, 5050, (), ()),
        ({"at_most_months": 2}, 2000, ("capped",), (AT_MOST,)),
        ({"at_most_months": 2, "at_most_minor": 2001}, 2000, ("capped",), (AT_MOST,)),
        ({"multiple_of_minor": 100}, 5100, (), (WHOLE,)),
        ({"multiple_of_minor": 50}, 5050, (), ()),
    ],
)
def test_a_limit_that_changes_the_fee_says_so(
    terms: dict[str, int], minor: int, flags: tuple[str, ...], told: tuple[Text, ...]
) -> None:
    fee = fixed(Fixed(fee_minor=YEAR.fee_minor))
    found = limited(fee, FeeTerms.model_validate({"family": "fixed", **terms}), YEAR)
    assert (found.amount_minor, found.flags, found.steps) == (minor, flags, (*fee.steps, *told))


@pytest.mark.parametrize(
    ("terms", "zh", "en"),
    [
        (None, "不收提前终止费", "no early termination fee is charged"),
        ({"share_percent": 50}, "只收取 50%", "only 50 %"),
        ({"at_most_minor": 2000}, "最多收取 ¥20.00", "at most CNY 20.00"),
        ({"at_most_months": 2}, "最多收取 2 个月月费", "at most the fees of 2 months"),
        ({"at_most_term_percent": 30}, "最多收取合约期总费用的 30%", "at most 30 % of all fees of the term"),
        ({"share_percent": 50, "at_most_minor": 2000}, "只收取 50%，最多收取 ¥20.00", "only 50 %, at most CNY 20.00"),
    ],
)
def test_what_a_ground_leaves_of_the_fee_is_said_before_it_is_proved(
    terms: dict[str, int] | None, zh: str, en: str
) -> None:
    if terms is None:
        assert in_words(None, "CNY") == Text(zh=zh, en=en)
        return
    told = in_words(StillAsked.model_validate(terms), "CNY")
    assert told == Text(zh=f"提前终止费{zh}", en=f"of the early termination fee {en} is charged")
