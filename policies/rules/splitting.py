"""An amount cut into parts that add up to it exactly, none a whole minor unit off its share (FV-31, FV-44)."""

from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, StrictInt, model_validator

from policies.rules.core import Given, Minor, Outcome
from policies.rules.words import money, sum_of


class Split(Given):
    amount_minor: Annotated[Minor, Field(description="what is cut, minor units")]
    weights: Annotated[tuple[Minor, ...], Field(min_length=1, description="a list: how the parts relate, such as nets")]

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if not any(self.weights):
            raise ValueError("weights: at least one is above 0")
        return self


class SplitOutcome(Outcome):
    parts_minor: Annotated[tuple[StrictInt, ...], Field(description="a list: the parts; they add up to the amount")]


def split(given: Split) -> SplitOutcome:
    """Each part in proportion to its weight; minor units left over go to those cut down most, of equals the first."""
    parts = parts_of(given.amount_minor, given.weights)
    listed = " + ".join(money(part, given.currency) for part in parts)
    formula = f"{money(given.amount_minor, given.currency)} = {listed}"
    return SplitOutcome(amount_minor=given.amount_minor, parts_minor=tuple(parts), steps=(sum_of(formula),))


def parts_of(amount: int, weights: tuple[int, ...] | list[int]) -> list[int]:
    """`amount` is not negative. Without any weight the first part is all of it."""
    whole = sum(weights)
    if not whole:
        return [amount] + [0] * (len(weights) - 1)
    exact = [Fraction(amount * weight, whole) for weight in weights]
    parts = [int(each) for each in exact]
    hungry = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for number in hungry[: amount - sum(parts)]:
        parts[number] += 1
    return parts
