"""Keys that are taken in and would change nothing: each is an error that says who uses it, or what it waits for."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from contracts.words import Value
from policies.faults.never_holds import never_holds, of_terms
from policies.rules.contract_facts import COUNTED, MonthsCounted
from policies.rules.core import RuleError
from policies.rules.families import FAMILIES, SAMPLE, WHOLE_MONTHS, FeeTerms, work_out
from policies.rules.netting import ORDER
from policies.rules.registry import never_rounds
from policies.schema import Notice, Pack

Place = tuple[int | str, ...]
ALWAYS = "true"
OF_WHAT_IS_CHARGED = (
    "months",
    "at_most_minor",
    "at_most_months",
    "at_most_term_percent",
    "at_least_minor",
    "multiple_of_minor",
    "tax",
    "before_start",
)
MID_MONTH = date(2025, 10, 20)  # a month has begun, and more than half of it is over: every way of counting differs


class Unused(NamedTuple):
    place: Place
    what: str


def unused(pack: Pack) -> Iterator[Unused]:
    for number, fee in enumerate(pack.fees):
        for place, terms in _with_all_inside(fee, ("fees", number)):
            yield from (Unused((*place, key), what) for key, what in (*_of_terms(terms), *of_terms(terms)))
    yield from (Unused(*each) for each in never_holds(pack))
    yield from _of_conditions(pack)
    yield from _of_notices(pack)
    yield from _of_the_account(pack)
    strange = [kind for kind in pack.netting_order if kind not in ORDER]
    yield from (Unused(("netting_order",), f"nothing is a {kind!r}; there are: {', '.join(ORDER)}") for kind in strange)


def _with_all_inside(value: object, place: Place) -> Iterator[tuple[Place, FeeTerms]]:
    """A fee rule and every one that lies inside it, however deep."""
    if isinstance(value, FeeTerms):
        yield place, value
    if isinstance(value, Value):
        for name in type(value).model_fields:
            yield from _with_all_inside(getattr(value, name), (*place, name))
    elif isinstance(value, tuple | list):
        for number, each in enumerate(value):
            yield from _with_all_inside(each, (*place, number))


def _of_terms(terms: FeeTerms) -> Iterator[tuple[str, str]]:
    said = terms.model_fields_set
    if "rounding" in terms.parameters and (why := never_rounds(FAMILIES[terms.family])):
        yield "parameters", why
    if terms.family == "none":
        yield from ((key, f"is not used by family none, which charges nothing{_others(key)}") for key in _set(said))
    elif "months" in said and "unit" in terms.parameters:
        yield "months", "is not used, because parameters/unit says how time is counted; leave one of the two out"
    elif "months" in said and terms.family not in counting():
        users = ", ".join(counting())
        yield "months", f"is not used by family {terms.family}; the families that count months are: {users}"
    elif terms.months in ("half", "started-half") and terms.family in WHOLE_MONTHS:
        yield "months", f"{terms.family} knows whole months only: completed or started, not {terms.months}"


def _set(said: set[str]) -> list[str]:
    return [key for key in OF_WHAT_IS_CHARGED if key in said]


def _others(key: str) -> str:
    if key == "months":
        return f"; the families that count months are: {', '.join(counting())}"
    return "; every other family uses it"


@cache
def counting() -> tuple[str, ...]:
    """The families for which another way of counting months gives another sum: asked of them, not listed here."""
    return tuple(name for name in FAMILIES if len({_sum(name, months) for months in COUNTED}) > 1)


def _sum(family: str, months: MonthsCounted) -> object:
    terms = FeeTerms.model_construct(family=family, months=months, parameters=PROBES.get(family, {}))
    try:
        return work_out(terms, SAMPLE.model_copy(update={"leaves_on": MID_MONTH})).amount_minor
    except RuleError:
        return months  # a family nobody has a probe for: taken to count


PROBES: dict[str, dict[str, Any]] = {
    "reducing-by-step": {"each_minor": 1000},
    "reducing-schedule": {"reductions": [{"from_month": 1, "each_minor": 1000}]},
    "stepped": {"schedule": [{"from_month": n, "percent_off": 4 * n} for n in range(24)]},
    "cancelled-periods": {"each_minor": 1500},
    "capped-months": {"cap_months": 24},
    "benefits-or-remaining": {"benefits_minor": [10**9]},
    "device-or-remaining": {"device_minor": 10**9},
    "stepped-by-days-left": {"steps": [{"from_days": 1, "fee_minor": 1000}]},
    "returned-discounts": {"discount_minor": 1000, "rates": [{"from_month": 0, "rate_percent": 100}]},
}


def _of_conditions(pack: Pack) -> Iterator[Unused]:
    for number, row in enumerate(pack.conditions):
        if "field" in row.model_fields_set and row.outcome != "return":
            what = f"is not used by an outcome {row.outcome}; only `return` rows point at a part of the form"
            yield Unused(("conditions", number, "field"), what)
        if not row.applies_to:
            yield Unused(("conditions", number, "applies_to"), "names no kind, so the row never holds")


def _of_notices(pack: Pack) -> Iterator[Unused]:
    before: dict[str, Notice] = {}
    for number, notice in enumerate(pack.notices):
        if notice.event in before:
            first = before[notice.event].notice
            what = f"is never sent: {first!r} stands above it and is sent for every {notice.event}; put it first"
            yield Unused(("notices", number), what)
        elif notice.when.strip() == ALWAYS:
            before[notice.event] = notice
    told = {notice.event for notice in pack.notices}
    for event in pack.untold:
        if event in told:
            yield Unused(("untold",), f"{event} has a notice, which is sent; take one of the two out")


def _of_the_account(pack: Pack) -> Iterator[Unused]:
    clause = next((each for each in pack.clauses if each.clause == pack.final_account.late_fee_clause), None)
    if clause and clause.terms.late_fee_per_mille_a_day is None:
        what = f"{clause.clause} has no `terms: late_fee_per_mille_a_day`, so nothing would be charged"
        yield Unused(("final_account", "late_fee_clause"), f"{what}; add the rate there, or leave this out")
    if "early-termination" in pack.final_account.clauses:
        what = "is not used: an early termination fee rests on the `clause` of its rule in fees.yaml"
        yield Unused(("final_account", "clauses", "early-termination"), what)
