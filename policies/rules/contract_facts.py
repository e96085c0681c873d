"""What a rule can be told of a contract that ends on a day: months served and left, prices, the term."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from policies.rules.core import Day, Given, Minor, in_order
from policies.rules.dates import (
    DAY,
    HALF,
    calendar_months,
    completed_months,
    days_between,
    half_months,
    months_later,
    started_half_months,
    started_months,
)
from policies.rules.prices import PriceChange, PricedMonths, in_a_row, two_prices
from policies.rules.reducing_by_date import Unit, term_units

MonthsCounted = Literal["started", "completed", "half", "started-half", "calendar"]
COUNTED: dict[MonthsCounted, tuple[Unit, Callable[[date, date], Decimal | int]]] = {
    "started": ("started-month", started_months),
    "completed": ("completed-month", completed_months),
    "half": ("half-month", half_months),
    "started-half": ("started-half-month", started_half_months),
    "calendar": ("month", calendar_months),
}


class ContractOnDay(Given):
    """What a quote knows of a contract when it is about to end."""

    fee_minor: Annotated[Minor, Field(description="the contract's full fee, before the tax of its rule, minor units")]
    monthly_minor: Annotated[Minor, Field(description="the monthly fee as the carrier has it, minor units")] = 0
    start: Annotated[Day, Field(description="the first day of the contract")]
    end_of_term: Annotated[Day, Field(description="the first day after the contract, when no fee is due any more")]
    leaves_on: Annotated[Day, Field(description="the first day that is not served to its end")]
    concluded: Annotated[Day | None, Field(description="the day the contract was made; left out: not known")] = None
    price_changes: Annotated[
        tuple[PriceChange, ...], Field(description="rows: monthly fees that are agreed from later days on")
    ] = ()
    supplied_on: Annotated[
        Day | None, Field(description="the day whose tax rate holds: the last of the service; left out: leaves_on")
    ] = None
    exit_ground: Annotated[
        str | None, Field(description="the ground of `exit_grounds` that was found to hold on that day; left out: none")
    ] = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        in_order(self.start, self.end_of_term, "end_of_term", "the start")
        if self.concluded is not None and self.concluded > self.end_of_term:
            raise ValueError(f"concluded: {self.concluded} is after the end of the term, {self.end_of_term}")
        if fault := two_prices((each.from_day, each.monthly_minor) for each in self.price_changes):
            raise ValueError(f"price_changes: {fault}")
        return self

    @property
    def supplied(self) -> date:
        return self.supplied_on or self.leaves_on


def facts_of(months: MonthsCounted, contract: ContractOnDay) -> dict[str, Any]:
    """A contract shorter than a month has no month to count: its days are counted instead."""
    start, end, leaves_on = contract.start, contract.end_of_term, max(contract.start, contract.leaves_on)
    unit, count = COUNTED[months]
    term = completed_months(start, end)
    whole_term = term_units(unit, start, end)
    served = Decimal(count(start, leaves_on))
    left = max(Decimal(0), whole_term - served)
    return contract.model_dump() | {
        "leaves_on": leaves_on,
        "device_minor": contract.fee_minor,
        "unit": unit if term else "day",
        "term_months": max(1, term),
        "table_months": max(1, term),
        "completed_months": min(term, int(served)),
        "months_left": left,
        "days_left": max(0, days_between(leaves_on, end)),
        "prices": tuple(_prices(contract, left, _first_day(months, start))),
        "periods": max(0, term - int(served)),
        "commitment_end": end - DAY,
        "paid_to": leaves_on,
    }


def _first_day(months: MonthsCounted, start: date) -> date:
    """From where the months of the term follow each other: billing months begin on the first of each."""
    return start.replace(day=1) if months == "calendar" else start


def _prices(contract: ContractOnDay, left: Decimal, start: date) -> Iterator[PricedMonths]:
    """None where the price never changes: then the monthly fee says it."""
    if contract.price_changes and left:
        starts = _months_left(start, _first_day_after(contract, start), left)
        yield from in_a_row(starts, contract.monthly_minor, contract.price_changes)


def _first_day_after(contract: ContractOnDay, start: date) -> date:
    return contract.end_of_term if start == contract.start else contract.end_of_term.replace(day=1)


def _months_left(start: date, end: date, left: Decimal) -> Iterator[tuple[date, Decimal]]:
    """The day each month that is left begins, counted from the first of the term; a half one comes first."""
    whole, half = int(left), left % 1
    first = completed_months(start, end) - whole
    if half:
        yield months_later(start, first - 1), HALF
    for number in range(whole):
        yield months_later(start, first + number), Decimal(1)
