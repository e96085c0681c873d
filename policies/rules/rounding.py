"""What happens to a part of a minor unit, and to a ratio cut to some decimals (FV-45)."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field, StrictInt

from policies.rules.core import Count, Given, Outcome, rounded
from policies.rules.words import money, plain, said

LARGEST = 10**15


class RoundingOf(Given):
    exact_minor: Annotated[
        Decimal,
        Field(
            ge=-LARGEST, le=LARGEST, decimal_places=18, description="minor units with a fraction: 0.125 yuan is 12.5"
        ),
    ]


def rounding_of(given: RoundingOf) -> Outcome:
    """To whole minor units: half-up away from zero, half-even to the even neighbour, down cut off, up the next."""
    minor = rounded(given.exact_minor, given.rounding)
    shown = f"{plain(given.exact_minor)} → {minor} ({money(minor, given.currency)})"
    return Outcome(amount_minor=minor, steps=(said(f"{given.rounding}：{shown}", f"{given.rounding}: {shown}"),))


class RatioOf(Given):
    price_minor: Annotated[StrictInt, Field(ge=0, le=LARGEST, description="what is multiplied, minor units")]
    part: Annotated[Count, Field(description="above the line")]
    whole: Annotated[Count, Field(ge=1, description="below the line")]
    places: Annotated[StrictInt, Field(ge=0, le=18, description="decimals of the ratio, half up; Kill Bill has 9")] = 9


def ratio_of(given: RatioOf) -> Outcome:
    """An amount times a ratio that is first rounded to some decimals, for systems that work that way."""
    scale = 10**given.places
    ratio = Fraction(rounded(Fraction(given.part * scale, given.whole)), scale)
    minor = rounded(given.price_minor * ratio, given.rounding)
    shown = f"{Decimal(ratio.numerator) / Decimal(ratio.denominator):.{given.places}f}"
    formula = f"{money(given.price_minor, given.currency)} x {shown} = {money(minor, given.currency)}"
    return Outcome(amount_minor=minor, steps=(said(formula.replace(" x ", " × "), formula),))
