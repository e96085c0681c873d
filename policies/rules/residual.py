"""What a device is still worth by its table, and never more than the fees left (FV-04 to FV-07, EU-3, EU-12)."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, StrictInt, model_validator

from policies.rules.caps import Candidate, Chosen, LowerOf, lower_of
from policies.rules.core import AtLeastOne, Count, Given, Minor, Months, Outcome, rounded
from policies.rules.parts import UnitMultiple, parts_in_words
from policies.rules.prices import Prices, fees_of, step_of
from policies.rules.words import money, said


class DeviceResidual(Given):
    device_minor: Annotated[Minor, Field(description="the device's value at the start, minor units, before tax")]
    completed_months: Annotated[Count, Field(description="months that are over")]
    table_months: Annotated[AtLeastOne, Field(description="over so many months the value falls to nothing")]
    table_minor: Annotated[
        tuple[Minor, ...],
        Field(
            description="a list: the value after 0, 1, 2 ... completed months, as many as table_months, minor units; "
            "left out: evenly"
        ),
    ] = ()
    unit_multiple_of_minor: UnitMultiple = None

    @model_validator(mode="after")
    def _never_rises(self) -> Self:
        values = (self.device_minor, *self.table_minor)
        if list(values) != sorted(values, reverse=True):
            raise ValueError("table_minor: values never rise, and none is above device_minor")
        if self.table_minor and len(self.table_minor) < self.table_months:
            raise ValueError(f"table_minor: needs {self.table_months} values, one for each month of table_months")
        if self.table_minor and self.unit_multiple_of_minor is not None:
            raise ValueError("unit_multiple_of_minor: is not used beside table_minor; leave one of the two out")
        return self


def device_residual(given: DeviceResidual) -> Outcome:
    """The device's value less an equal part for each completed month, or as the table says; then nothing."""
    left = max(0, given.table_months - given.completed_months)
    full = money(given.device_minor, given.currency)
    if given.table_minor:
        minor = given.table_minor[given.completed_months] if left else 0
        value, month = money(minor, given.currency), given.completed_months
        return Outcome(
            amount_minor=minor, steps=(said(f"表列第 {month} 月 {value}", f"table, month {month}: {value}"),)
        )
    whole, unit = Decimal(given.table_months), given.unit_multiple_of_minor
    minor, steps = parts_in_words(Fraction(given.device_minor), Decimal(left), whole, unit, given, full)
    return Outcome(amount_minor=minor, steps=steps)


class DeviceOrRemaining(DeviceResidual):
    monthly_minor: Annotated[
        Minor, Field(description="the monthly fee, minor units, taxed or not like the fee beside it")
    ]
    months_left: Annotated[Months, Field(description="months to the end of the term")]
    prices: Prices = ()


class DeviceOutcome(Chosen):
    residual_minor: Annotated[StrictInt, Field(description="the device by its table")]
    remaining_minor: Annotated[StrictInt, Field(description="the fees of the months left")]


def device_or_remaining(given: DeviceOrRemaining) -> DeviceOutcome:
    """The device's residual value or the fees of the months left, whichever is less."""
    residual = device_residual(given)
    remaining = rounded(fees_of(given, given.months_left), given.rounding)
    pair = (
        Candidate(name="residual", amount_minor=residual.amount_minor),
        Candidate(name="remaining", amount_minor=remaining),
    )
    lowest = lower_of(LowerOf(amounts=pair, currency=given.currency))
    return DeviceOutcome(
        **lowest.model_dump(exclude={"steps"}),
        residual_minor=residual.amount_minor,
        remaining_minor=remaining,
        steps=(*residual.steps, step_of(given, given.months_left, remaining), *lowest.steps),
    )
