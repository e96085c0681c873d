"""The lower of several amounts, and fees that reach only to the end of a first few months (FV-06 to FV-09)."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StrictInt

from contracts.words import Value
from policies.rules.core import AtLeastOne, Count, Given, Minor, Outcome, rounded
from policies.rules.family_names import CALLED
from policies.rules.prices import Prices, fees_of, step_of
from policies.rules.words import money, said


class Candidate(Value):
    name: Annotated[str, Field(min_length=1, description="what it is, such as residual")]
    amount_minor: Annotated[StrictInt, Field(ge=0, description="minor units")]


class LowerOf(Given):
    amounts: Annotated[tuple[Candidate, ...], Field(min_length=1, description="rows: the amounts compared")]


class Chosen(Outcome):
    chosen: Annotated[
        str,
        Field(
            description="the name of the lowest, of equal ones the first; where you gave none: `residual` or "
            "`benefits` against `remaining`"
        ),
    ]


def lower_of(given: LowerOf) -> Chosen:
    """The lowest of the amounts."""
    return _chosen(min(given.amounts, key=lambda each: each.amount_minor), given, "取最低", "the lowest of")


def higher_of(given: LowerOf) -> Chosen:
    """The highest of the amounts."""
    return _chosen(max(given.amounts, key=lambda each: each.amount_minor), given, "取最高", "the highest of")


def _chosen(one: Candidate, given: LowerOf, zh: str, en: str) -> Chosen:
    in_zh, in_en = ([_listed(each, given, language) for each in given.amounts] for language in ("zh", "en"))
    fee = money(one.amount_minor, given.currency)
    step = said(f"{zh}：{'、'.join(in_zh)} → {fee}", f"{en} {', '.join(in_en)}: {fee}")
    return Chosen(amount_minor=one.amount_minor, chosen=one.name, steps=(step,))


def _listed(each: Candidate, given: LowerOf, language: str) -> str:
    """By what it is called; a name of the asker's own as it is."""
    name = CALLED[each.name].in_language(language) if each.name in CALLED else each.name
    return f"{name} {money(each.amount_minor, given.currency)}"


class CappedMonths(Given):
    monthly_minor: Annotated[Minor, Field(description="the monthly fee, minor units, before tax")]
    prices: Prices = ()
    completed_months: Annotated[Count, Field(description="months that are over")]
    term_months: Annotated[AtLeastOne, Field(description="the agreed term")]
    cap_months: Annotated[Count, Field(description="fees reach at most to the end of this month of the term")]


class CappedMonthsOutcome(Outcome):
    months_charged: Annotated[StrictInt, Field(description="how many monthly fees are charged")]


def capped_months(given: CappedMonths) -> CappedMonthsOutcome:
    """The monthly fees that are left, but only up to the end of the first `cap_months`; afterwards nothing."""
    last = min(given.cap_months, given.term_months)
    months = max(0, last - given.completed_months)
    minor = rounded(fees_of(given, Decimal(months)), given.rounding)
    formula = step_of(given, Decimal(months), minor)
    done = given.completed_months
    first = said(
        f"最多收到第 {last} 个月末，已满 {done} 个月", f"at most to the end of month {last}; {done} are completed"
    )
    return CappedMonthsOutcome(
        amount_minor=minor,
        months_charged=months,
        reason="" if months else "cap_passed",
        steps=(first, formula),
    )
