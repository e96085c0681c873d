"""What every fee rule is made of: facts given, an outcome with its arithmetic in words, a refusal (section 6)."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AwareDatetime, BeforeValidator, Field, StrictInt

from contracts.words import Text, Value

PLAIN_NAME = r"^[^\s@+/\"'“”‘’]+$"
LARGEST = 10**12  # ten thousand million yuan: more is a slip of the pen
Minor = Annotated[StrictInt, Field(ge=0, le=LARGEST)]
Count = Annotated[StrictInt, Field(ge=0, le=36_600)]
AtLeastOne = Annotated[StrictInt, Field(ge=1, le=36_600)]
Months = Annotated[Decimal, Field(ge=0, le=1200, decimal_places=9)]
Units = Annotated[Decimal, Field(ge=0, le=36_600, decimal_places=9)]  # days or months, halves allowed
Share = Annotated[Decimal, Field(ge=0, le=100, decimal_places=9)]  # percent


A_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
A_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ].+", re.ASCII)


def _a_day(value: object) -> object:
    """Neither a moment nor a bare number, which pydantic would take for seconds since 1970."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and A_DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    written = value.isoformat() if isinstance(value, date) else repr(value)
    raise ValueError(f"must be a day of the calendar such as 2026-03-31, not {written}")


def _a_moment(value: object) -> object:
    """No number either, in quotes or not: nobody sees whether it counts seconds or less."""
    if isinstance(value, datetime) or (isinstance(value, str) and A_MOMENT.fullmatch(value)):
        return value
    written = value.isoformat() if isinstance(value, date) else repr(value)
    raise ValueError(f"must be a moment with its offset such as 2026-03-31T00:00:00+08:00, not {written}")


FIRST, LAST = date(1990, 1, 1), date(2199, 12, 31)  # the calendar: what is outside is a slip of the pen
Day = Annotated[date, Field(ge=FIRST, le=LAST), BeforeValidator(_a_day)]
EARLIEST, LATEST = datetime(1990, 1, 2, tzinfo=UTC), datetime(2199, 12, 30, tzinfo=UTC)
Instant = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST), BeforeValidator(_a_moment)]
Rounding = Literal["half-up", "half-even", "down", "up"]


class Given(Value):
    """Facts a rule starts from. Amounts are whole minor units; a text such as `CNY` only labels the steps."""

    rounding: Annotated[
        Rounding,
        Field(
            description="what happens to a part of a minor unit: half-up away from zero; down cuts it off; "
            "up makes it a whole one"
        ),
    ] = "half-up"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="three letters, for the steps in words")] = "CNY"


class Outcome(Value):
    """What a rule says: the amount, named parts of it, marks for whoever decides, and how it was worked out."""

    amount_minor: Annotated[StrictInt, Field(description="what the rule is asked for, minor units")]
    flags: Annotated[tuple[str, ...], Field(description="marks a person should see")] = ()
    reason: Annotated[str, Field(description="a word for why the amount is what it is, often empty")] = ""
    steps: tuple[Text, ...] = ()


class RuleError(ValueError):
    """Facts that a rule cannot be worked out from: one line a fault, each names the field and what is allowed."""


class Row(Value):
    """One row of a schedule, in force from this completed month on."""

    from_month: Annotated[Count, Field(description="completed months")]


class DayRow(Value):
    """One row of a schedule, in force from so many days on."""

    from_days: Annotated[Count, Field(description="days served")]


Formula = Callable[[Any], Outcome]


class Rule(NamedTuple):
    """A rule as vectors and packs name it."""

    given: type[Given]
    outcome: type[Outcome]
    formula: Formula

    @property
    def says(self) -> str:
        return " ".join((self.formula.__doc__ or "").split())


def rounded(exact: Fraction | Decimal | int, rounding: Rounding = "half-up") -> int:
    """To a whole minor unit; half-up goes away from zero, so that a credit is rounded as the charge was (FV-45)."""
    if isinstance(exact, int):
        return exact
    value = Fraction(exact)
    if rounding == "half-even":
        return round(value)
    size = abs(value)
    whole = ceil(size) if rounding == "up" else int(size + (0 if rounding == "down" else Fraction(1, 2)))
    return whole if value >= 0 else -whole


def percent(rate: Decimal) -> Fraction:
    return Fraction(rate) / 100


UnitPrice = Annotated[
    Literal["exact", "rounded"],
    Field(description="rounded: the price of one day (or month) is rounded first, then taken as often as it counts"),
]


def in_order(earlier: date, later: date, field: str, what: str) -> None:
    """For validators: refuses a `later` that is before `earlier`, naming its field."""
    if later < earlier:
        raise ValueError(f"{field}: {later} is before {what}, {earlier}")


def ascending(rows: Sequence[Value], field: str, begins: str = "from_month") -> None:
    """For validators: every row of a schedule starts later than the one above it; `begins` names when."""
    starts = [getattr(row, begins) for row in rows]
    if starts != sorted(set(starts)):
        raise ValueError(f"{field}: each {begins} is greater than the one before; these are {starts}")
