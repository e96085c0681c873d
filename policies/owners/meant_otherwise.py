"""What is allowed and probably meant otherwise: a share of 0.3 percent, a last day for an end, minutes for months."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from contracts.words import Text, Value
from policies.facts import MONEY_FACTS
from policies.faults.citations import Finding
from policies.owners.vectors import Vector
from policies.rules.core import RuleError
from policies.rules.dates import DAY, completed_months
from policies.rules.late_steps import falling
from policies.rules.words import money, plain, said
from policies.schema import Pack
from policies.spans import spans_of

Leaf = tuple[tuple[str, ...], Any]
RATES = ("taxes", "rates")  # each name in them is a tax code, each number percent
ENDS = (("start", "end_of_term"), ("period_start", "next_period_start"))
HOUR = timedelta(hours=1)
FEW_YEARS = 3


def of_pack(pack: Pack) -> Iterator[Finding]:
    for place, value in leaves(of_money(pack)):
        if told := _small_share(place, value) or _small_amount(place, value, pack.currency) or _years(place, value):
            yield warning("/" + "/".join(place), told)
    yield from _of_conditions(pack)
    yield from _of_late_steps(pack)
    for keys, span in spans_of(pack.clocks):
        if isinstance(span, timedelta) and timedelta() < span < HOUR and not pack.seconds_in_letters:
            yield warning("/" + "/".join(("clocks", *keys)), _minutes(span // timedelta(minutes=1)))
    if pack.clocks.quote_validity == timedelta():
        told = said(
            "为零：费用确认单无法确认；七天写作 P7D", "is nothing: a quote could never be confirmed; seven days are P7D"
        )
        yield warning("/clocks/quote_validity", told)


def amounts_of(pack: Pack) -> Iterator[tuple[tuple[str, ...], int]]:
    """Every sum that the pack itself names, and where."""
    for place, value in leaves(of_money(pack)):
        if place[-1].endswith("_minor") and type(value) is int and value:
            yield place, value


def of_vectors(vectors: Iterable[Vector], source: str) -> Iterator[Finding]:
    for vector in vectors:
        for place, value in leaves({"given": vector.given}):
            if told := _small_share(place, value):
                yield warning(f"{source}: vector {vector.id}: {'/'.join(place)}", told)
        for start, end in ENDS:
            if told := _a_last_day(_day(vector.given.get(start)), _day(vector.given.get(end))):
                yield warning(f"{source}: vector {vector.id}: given/{end}", told)


def a_day_short(start: date, end: date) -> int:
    """How many whole months it would be with one day more; 0 where one day more makes none."""
    try:
        longer = completed_months(start, end + DAY)
        return longer if longer > completed_months(start, end) else 0
    except (RuleError, OverflowError):
        return 0


def _minutes(number: int) -> Text:
    return said(
        f"是 {number} 分钟；{number} 个月写作 P{number}M，{number} 天写作 P{number}D",
        f"is {number} minutes; {number} months are written P{number}M, {number} days P{number}D",
    )


def _day(written: Any) -> date | None:
    """Also as a text, which is how JSON has it."""
    try:
        return date.fromisoformat(written) if isinstance(written, str) else written if type(written) is date else None
    except ValueError:
        return None


def _a_last_day(start: date | None, end: date | None) -> Text | None:
    if start is None or end is None or not start < end or not (months := a_day_short(start, end)):
        return None
    return said(
        f"是期满后的第一天；自 {start} 起差一天满 {months} 个月：若 {end} 是最后一天，请写 {end + DAY}",
        f"is the first day after; from {start} it makes {months} months but for a day: "
        f"was {end} meant as the last day? Then write {end + DAY}",
    )


def _small_share(place: Sequence[str], value: Any) -> Text | None:
    """Below one percent is seldom meant; nothing and everything often are."""
    is_share = any(step.startswith("percent") or step.endswith("_percent") for step in place[-1:])
    is_rate = len(place) > 1 and place[-2] in RATES
    if not (is_share or is_rate) or isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        return None
    share = Decimal(str(value))
    if not 0 < share < 1:
        return None
    small, meant = plain(share), plain(share * 100)
    return said(
        f"是 {small}%，不到百分之一；{meant}% 写作 {meant}",
        f"is {small} %, less than one in a hundred; {meant} % is written {meant}",
    )


def _small_amount(place: Sequence[str], value: Any, currency: str) -> Text | None:
    """A fee of a few fen is seldom meant: somebody wrote yuan."""
    whole = 10 ** get_currency_precision(currency)
    if not place[-1].endswith("_minor") or type(value) is not int or not 0 < value < whole:
        return None
    small, meant = money(value, currency), money(value * whole, currency)
    return said(f"是 {small}；{meant} 写作 {value * whole}", f"is {small}; {meant} is written {value * whole}")


def _years(place: Sequence[str], value: Any) -> Text | None:
    """Nobody binds for a month or two: somebody wrote years."""
    if place[-1] != "longest_term_months" or type(value) is not int or value > FEW_YEARS:
        return None
    return said(
        f"是 {value} 个月；{value} 年写作 {12 * value}", f"is {value} months; {value} years are written {12 * value}"
    )


def _of_conditions(pack: Pack) -> Iterator[Finding]:
    """A balance or a debt of a few fen decides nothing."""
    for row in pack.conditions:
        for test in row.when:
            for name, value in (("above_minor", test.above), ("below_minor", test.below)):
                if test.fact in MONEY_FACTS and (told := _small_amount((name,), value, pack.currency)):
                    yield warning(f"/conditions/{row.rule}/when/{test.fact}", told)


def _of_late_steps(pack: Pack) -> Iterator[Finding]:
    for clause in pack.clauses:
        for number, _ in falling(clause.terms.late_fee_steps or ()):
            told = said(
                "低于前面同样已达到的一行；只收最后达到的一行，须把前面的都算进去",
                "asks less than a step before it that is reached as well; "
                "only the last one reached is asked, so all before it are to be included",
            )
            yield warning(f"/clauses/{clause.clause}/terms/late_fee_steps/{number}", told)


def of_money(pack: Pack) -> dict[str, Any]:
    fees = {fee.rule: fee for fee in pack.fees}
    grounds = {name: {"asks": ground.asks, "by_rule": ground.by_rule} for name, ground in pack.exit_grounds.items()}
    terms = {clause.clause: {"terms": clause.terms} for clause in pack.clauses}
    above = {"second_person_above_minor": pack.second_person_above_minor}
    named = {"taxes": pack.taxes, "fees": fees, "reopening": pack.reopening, "exit_grounds": grounds}
    return {**named, "clauses": terms, **above}


def leaves(value: Any, place: tuple[str, ...] = ()) -> Iterator[Leaf]:
    if isinstance(value, Value):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from leaves(each, (*place, str(key)))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from leaves(each, (*place, str(number)))
    elif place:
        yield place, value


def warning(place: str, told: Text) -> Finding:
    return Finding(level="warning", place=place, what=told.en, zh=told.zh)
