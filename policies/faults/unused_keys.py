"""Keys that are taken in and would change nothing: each is an error that says who uses it, or what it waits for."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from contracts.words import Text, Value
from policies.faults.conflicts import LATE_FEES, asks_a_late_fee
from policies.faults.never_holds import never_holds, of_terms
from policies.rules.contract_facts import COUNTED, MonthsCounted
from policies.rules.core import RuleError
from policies.rules.families import FAMILIES, SAMPLE, FeeTerms, work_out
from policies.rules.family_names import WHOLE_MONTHS
from policies.rules.netting import ORDER
from policies.rules.refusal import Place
from policies.rules.registry import never_rounds
from policies.schema import Notice, Pack

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
COUNT_TIME = ("unit", "days_of")  # parameters that say how time is counted, in place of `months`
MID_MONTH = date(2025, 10, 20)  # a month has begun, and more than half of it is over: every way of counting differs


class Unused(NamedTuple):
    place: Place
    what: Text


def unused(pack: Pack) -> Iterator[Unused]:
    for number, fee in enumerate(pack.fees):
        for place, terms in _with_all_inside(fee, ("fees", number)):
            yield from (Unused((*place, key), what) for key, what in (*_of_terms(terms), *of_terms(terms)))
    yield from (Unused(*each) for each in never_holds(pack))
    yield from _of_conditions(pack)
    yield from _of_notices(pack)
    yield from _of_the_account(pack)
    strange = [kind for kind in pack.netting_order if kind not in ORDER]
    yield from (Unused(("netting_order",), _no_charge(kind)) for kind in strange)


def _no_charge(kind: str) -> Text:
    there_are = ", ".join(ORDER)
    return Text(zh=f"没有费用种类 {kind!r}；现有：{there_are}", en=f"nothing is a {kind!r}; there are: {there_are}")


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


def _of_terms(terms: FeeTerms) -> Iterator[tuple[str, Text]]:
    said = terms.model_fields_set
    if "rounding" in terms.parameters and (why := never_rounds(FAMILIES[terms.family])):
        yield "parameters", why
    if terms.family == "none":
        yield from ((key, _charges_nothing(key)) for key in _set(said))
    elif "months" in said and (counts := next((key for key in COUNT_TIME if key in terms.parameters), "")):
        zh = f"用不到：parameters/{counts} 已经说明如何计时；请去掉其中一个"
        en = f"is not used, because parameters/{counts} says how time is counted; leave one of the two out"
        yield "months", Text(zh=zh, en=en)
    elif "months" in said and terms.family not in counting():
        users, family = ", ".join(counting()), terms.family
        en = f"is not used by family {family}; the families that count months are: {users}"
        yield "months", Text(zh=f"{family} 用不到；按月计算的有：{users}", en=en)
    elif terms.months in ("half", "started-half") and terms.family in WHOLE_MONTHS:
        en = f"{terms.family} knows whole months only: completed or started, not {terms.months}"
        yield "months", Text(zh=f"{terms.family} 只按整月计算：completed 或 started，不能是 {terms.months}", en=en)


def _set(said: set[str]) -> list[str]:
    return [key for key in OF_WHAT_IS_CHARGED if key in said]


def _charges_nothing(key: str) -> Text:
    zh, en = "其他各类都用它", "every other family uses it"
    if key == "months":
        users = ", ".join(counting())
        zh, en = f"按月计算的有：{users}", f"the families that count months are: {users}"
    return Text(zh=f"none 不收费，用不到；{zh}", en=f"is not used by family none, which charges nothing; {en}")


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
    "discounts-so-far": {"discount_minor": 1000},
}


def _of_conditions(pack: Pack) -> Iterator[Unused]:
    for number, row in enumerate(pack.conditions):
        if "field" in row.model_fields_set and row.outcome != "return":
            en = f"is not used by an outcome {row.outcome}; only `return` rows point at a part of the form"
            zh = f"结果为 {row.outcome} 时用不到；只有 `return` 才指向表单中的一项"
            yield Unused(("conditions", number, "field"), Text(zh=zh, en=en))
        if not row.applies_to:
            what = Text(zh="没有写任何种类，这一行永远不成立", en="names no kind, so the row never holds")
            yield Unused(("conditions", number, "applies_to"), what)


def _of_notices(pack: Pack) -> Iterator[Unused]:
    before: dict[str, Notice] = {}
    for number, notice in enumerate(pack.notices):
        if notice.event in before:
            first = before[notice.event].notice
            en = f"is never sent: {first!r} stands above it and is sent for every {notice.event}; put it first"
            zh = f"永远不会发出：排在前面的 {first!r} 对每个 {notice.event} 都会发；请放到它前面"
            yield Unused(("notices", number), Text(zh=zh, en=en))
        elif notice.when.strip() == ALWAYS:
            before[notice.event] = notice
    told = {notice.event for notice in pack.notices}
    for event in pack.untold:
        if event in told:
            en = f"{event} has a notice, which is sent; take one of the two out"
            yield Unused(("untold",), Text(zh=f"{event} 有通知并会发出；请去掉其中一个", en=en))


def _of_the_account(pack: Pack) -> Iterator[Unused]:
    clause = next((each for each in pack.clauses if each.clause == pack.final_account.late_fee_clause), None)
    if clause and not asks_a_late_fee(clause):
        rate = f"`terms: {LATE_FEES[0]}`"
        en = f"{clause.clause} has no {rate}, so nothing would be charged; add the rate there, or leave this out"
        zh = f"{clause.clause} 没有 {rate}，什么也不会收；请在那里写明费率，或去掉这一项"
        yield Unused(("final_account", "late_fee_clause"), Text(zh=zh, en=en))
    if pack.final_account.closing_month != "daily" and pack.final_account.unit_price != "exact":
        en = "is used with `closing_month: daily` only: another way has no price of a day"
        yield Unused(
            ("final_account", "unit_price"), Text(zh="只与 `closing_month: daily` 一起用：其他方式没有每日价格", en=en)
        )
    if "early-termination" in pack.final_account.clauses:
        en = "is not used: an early termination fee rests on the `clause` of its rule in fees.yaml"
        zh = "用不到：提前终止费的依据是 fees.yaml 中该规则的 `clause`"
        yield Unused(("final_account", "clauses", "early-termination"), Text(zh=zh, en=en))
