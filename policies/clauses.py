"""A clause that a decision may rest on, as a pack holds it."""

from datetime import date
from typing import Literal, Self

from pydantic import StrictBool, model_validator

from contracts.words import ClauseId, Text, Value
from policies.rules.core import AtLeastOne, Count, Day, Minor, Share, in_order
from policies.rules.late_fee import AtMost, PerMille


class ClauseTerms(Value):
    """Numbers in a clause that another clause can contradict (N7); in each the customer is worse off with more."""

    late_fee_per_mille_a_day: PerMille | None = None
    late_fee_once_percent: Share | None = None
    late_fee_at_most_percent: AtMost | None = None
    late_fee_at_least_minor: Minor | None = None
    longest_term_months: AtLeastOne | None = None
    longest_notice_days: Count | None = None
    lock_in_by_promotion: StrictBool | None = None


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

    def in_force(self, day: date) -> bool:
        return (self.in_force_from or day) <= day <= (self.in_force_until or day)

    def is_authority(self, day: date) -> bool:
        """Whether a customer may be shown it as a basis on that day (N8)."""
        return self.status != "unverified" and self.in_force(day)
