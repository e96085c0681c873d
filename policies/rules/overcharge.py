"""Proven over-charge given back manifold (FV-36, CN-14)."""

from typing import Annotated

from pydantic import Field

from policies.rules.core import AtLeastOne, Given, Minor, Outcome
from policies.rules.words import money, sum_of


class Overcharge(Given):
    overcharged_minor: Annotated[Minor, Field(description="what was charged too much, minor units")]
    times: Annotated[AtLeastOne, Field(le=10, description="how many times it is given back")] = 2


def overcharge(given: Overcharge) -> Outcome:
    """What was proven to be charged too much, given back twice, or as often as the contract says."""
    minor = given.overcharged_minor * given.times
    formula = f"{money(given.overcharged_minor, given.currency)} x {given.times} = {money(minor, given.currency)}"
    return Outcome(amount_minor=minor, steps=(sum_of(formula),))
