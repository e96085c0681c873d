"""What a pack says of money: fees for an early end, what a delay gives back, reopening, cooling off."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.words import ClauseId, Text, Value
from policies.clauses import Longer, longer_than_what
from policies.rules.core import AtLeastOne, Count
from policies.rules.families import FeeTerms


class FeeRule(FeeTerms):
    """How an early end is charged; contracts name the rule, the arithmetic is `family` (rules/families.py)."""

    rule: str
    name: Text
    clause: ClauseId
    longest_term_months: AtLeastOne | None = None  # what it is for may bind no longer, by `clause`; or the law, if less
    longer_term: Longer | None = None  # cut to the longest, left out; or void: then it binds nobody at all

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        longer_than_what(self.longer_term, self.longest_term_months)
        if self.part:
            raise ValueError("part: is the name of one family in `of`; the rule's own name is `rule`")
        return self


class UnknownFeeRule(LookupError):
    """A contract names a fee rule that the pack does not have: nobody guesses what it costs."""


class Waiver(Value):
    """What the customer gets back when the carrier is late (R34, N5)."""

    clause: ClauseId
    least_days: Annotated[int, Field(ge=0)] = 1


class ReopeningRule(Value):
    """What having a closed line back costs while its number is kept (CN-17); a pack without it does not offer it."""

    fee_minor: Annotated[Count, Field(description="minor units")]
    clause: ClauseId


class CoolingOff(Value):
    """The first days of a contract in which a consumer may withdraw from it and pays only what was used (EU-8).

    `base`: in proportion to a month's fee, or to the total price of the contract.
    """

    days: AtLeastOne
    base: Literal["monthly", "total-price"]
    clauses: tuple[ClauseId, ...]
    free_day: Literal["counts", "next-working-day"] = "counts"  # where the last of these days is not worked
