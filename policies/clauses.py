"""A clause that a decision may rest on, as a pack holds it."""

from datetime import date
from typing import Literal, Self

from pydantic import StrictBool, model_validator

from contracts.words import ClauseId, Text, Value
from policies.rules.core import AtLeastOne, Count, Day, Minor, Share, in_order
from policies.rules.late_fee import AtMost, PerMille
from policies.rules.late_steps import LateSteps, in_steps

Longer = Literal["cut", "void"]  # what becomes of a term longer than the longest: it ends there, or binds nobody at all


def longer_than_what(longer: Longer | None, longest_months: int | None) -> None:
    """For validators."""
    if longer and longest_months is None:
        raise ValueError("longer_term: is not used without longest_term_months: say which term is the longest")


class ClauseTerms(Value):
    """Numbers in a clause that another clause can contradict (N7); in each the customer is worse off with more.

    `longer_term` is the law's alone, `late_fee_steps` the contract's.
    """

    late_fee_per_mille_a_day: PerMille | None = None
    late_fee_once_percent: Share | None = None
    late_fee_at_most_percent: AtMost | None = None
    late_fee_at_least_minor: Minor | None = None
    late_fee_steps: LateSteps | None = None
    longest_term_months: AtLeastOne | None = None
    longer_term: Longer | None = None
    longest_notice_days: Count | None = None
    lock_in_by_promotion: StrictBool | None = None

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        in_steps(self.late_fee_steps or (), "late_fee_steps")
        longer_than_what(self.longer_term, self.longest_term_months)
        return self


class Clause(Value):
    """A clause a decision may rest on. Only a verified one (or the contract itself) is shown as authority.

    `article` is the bare number ("40", "4.4"), empty where none is known. `in_force_until` is the last day.
    """

    clause: ClauseId
    instrument: Text
    article: str
    text: Text
    status: Literal["contract", "verified", "unverified"]
    source: str
    version: str = ""
    in_force_from: Day | None = None
    in_force_until: Day | None = None
    terms: ClauseTerms = ClauseTerms()

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.in_force_from and self.in_force_until:
            in_order(self.in_force_from, self.in_force_until, "in_force_until", "in_force_from")
        return self

    @model_validator(mode="after")
    def _says_what_is_its_own(self) -> Self:
        if self.status == "contract" and self.terms.longer_term:
            raise ValueError("terms/longer_term: says what a law makes of a longer term; this clause is the contract's")
        if self.status != "contract" and self.terms.late_fee_steps:
            caps = "late_fee_per_mille_a_day, late_fee_once_percent and late_fee_at_least_minor"
            raise ValueError(f"terms/late_fee_steps: are the contract's; what a law allows is said by {caps}")
        return self

    def in_force(self, day: date) -> bool:
        return (self.in_force_from or day) <= day <= (self.in_force_until or day)

    def is_authority(self, day: date) -> bool:
        """Whether a customer may be shown it as a basis on that day (N8)."""
        return self.status != "unverified" and self.in_force(day)
