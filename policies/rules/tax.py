"""Tax on top of lines, rounded by line or by document; a price with tax inside taken apart (FV-02, FV-44, FV-46)."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, ValidationError, model_validator

from contracts.words import Value
from policies.rules.core import Day, Given, Minor, Outcome, Share, percent, rounded
from policies.rules.splitting import parts_of
from policies.rules.words import money, plain, sum_of

Rates = dict[str, Share]


class DatedRate(Value):
    """Percent; of supplies from this day on (`from`), the first of a code since ever."""

    percent: Share
    from_day: Annotated[Day | None, Field(alias="from")] = None


def _one_rate(value: object) -> object:
    """`19` is one rate for all time."""
    if isinstance(value, list | tuple):
        return value
    try:
        return (DatedRate.model_validate({"percent": value}),)
    except ValidationError:
        a_list = "[{percent: 19}, {percent: 16, from: 2020-07-01}]"
        raise ValueError(f"{value!r} is no percent from 0 to 100, nor a list such as {a_list}") from None


def _one_after_the_other(rates: tuple[DatedRate, ...]) -> tuple[DatedRate, ...]:
    if not rates or rates[0].from_day is not None:
        raise ValueError("the first rate has no `from`: it holds before all others")
    days = [each.from_day for each in rates[1:]]
    if None in days or days != sorted(set(filter(None, days))):
        raise ValueError("each further rate has a `from`, a later day than the one before")
    return rates


DatedRates = dict[
    str, Annotated[tuple[DatedRate, ...], BeforeValidator(_one_rate), AfterValidator(_one_after_the_other)]
]


def rates_on(rates: DatedRates, day: date) -> Rates:
    """Percent by code, by the day of supply."""
    return {
        code: [each for each in dated if (each.from_day or day) <= day][-1].percent for code, dated in rates.items()
    }


class TaxedLine(Value):
    net_minor: Annotated[Minor, Field(description="the line before tax, minor units")]
    tax: Annotated[str, Field(description="its tax code, one of `rates`")]


class Tax(Given):
    lines: Annotated[tuple[TaxedLine, ...], Field(description="rows: what is taxed")]
    rates: Annotated[Rates, Field(description="each tax code and its percent, such as `standard: 20`")]
    by: Annotated[Literal["line", "document"], Field(description="where the tax is rounded")] = "line"

    @model_validator(mode="after")
    def _codes_are_known(self) -> Self:
        for number, line in enumerate(self.lines):
            if fault := unknown_code(line.tax, self.rates):
                raise ValueError(f"lines/{number}/tax: {fault}")
        return self


class TaxOutcome(Outcome):
    net_minor: Annotated[StrictInt, Field(description="all lines before tax")]
    tax_minor: Annotated[StrictInt, Field(description="the tax")]
    gross_minor: Annotated[StrictInt, Field(description="with tax, the same as the amount")]
    line_taxes_minor: Annotated[tuple[StrictInt, ...], Field(description="a list: the tax of each line; they add up")]


def unknown_code(code: str, rates: Collection[str]) -> str:
    """What is wrong with it, or nothing."""
    known = ", ".join(sorted(rates)) or "none"
    return "" if code in rates else f"there is no tax code {code!r}; the codes are: {known}"


def tax(given: Tax) -> TaxOutcome:
    """Tax on top: rounded for each line, or once for all lines of a code and then spread over them."""
    taxes = _by_line(given) if given.by == "line" else _by_document(given)
    net, total = sum(line.net_minor for line in given.lines), sum(taxes)
    formula = " + ".join(money(minor, given.currency) for minor in (net, total))
    rates = ", ".join(f"{code} {plain(given.rates[code])}%" for code in _codes(given)) or "0%"
    return TaxOutcome(
        amount_minor=net + total,
        net_minor=net,
        tax_minor=total,
        gross_minor=net + total,
        line_taxes_minor=tuple(taxes),
        steps=(sum_of(f"{formula} ({rates}) = {money(net + total, given.currency)}"),),
    )


def _codes(given: Tax) -> list[str]:
    return list(dict.fromkeys(line.tax for line in given.lines))


def _by_line(given: Tax) -> list[int]:
    return [rounded(line.net_minor * percent(given.rates[line.tax]), given.rounding) for line in given.lines]


def _by_document(given: Tax) -> list[int]:
    taxes = dict[int, int]()
    for code in _codes(given):
        places = [number for number, line in enumerate(given.lines) if line.tax == code]
        nets = [given.lines[number].net_minor for number in places]
        total = rounded(sum(nets) * percent(given.rates[code]), given.rounding)
        taxes |= zip(places, parts_of(total, nets), strict=True)
    return [taxes[number] for number in sorted(taxes)]


class TaxIncluded(Given):
    gross_minor: Annotated[Minor, Field(description="the price with tax inside, minor units")]
    tax_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=9, description="the tax rate, percent")]


class TaxIncludedOutcome(Outcome):
    net_minor: Annotated[StrictInt, Field(description="without tax, the same as the amount")]
    tax_minor: Annotated[StrictInt, Field(description="the tax; both are the price")]


def tax_included(given: TaxIncluded) -> TaxIncludedOutcome:
    """A price with tax inside taken apart: what is without tax is rounded, the rest is tax."""
    net = rounded(Fraction(given.gross_minor) / (1 + percent(given.tax_percent)), given.rounding)
    full, without, rest = (money(m, given.currency) for m in (given.gross_minor, net, given.gross_minor - net))
    return TaxIncludedOutcome(
        amount_minor=net,
        net_minor=net,
        tax_minor=given.gross_minor - net,
        steps=(sum_of(f"{full} / (1 + {plain(given.tax_percent)}%) = {without}; {full} - {without} = {rest}"),),
    )
