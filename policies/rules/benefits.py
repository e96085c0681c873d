"""Benefits to be paid back, never more than the fees that would still have come in (FV-16)."""

from typing import Annotated

from pydantic import Field, StrictInt

from policies.rules.caps import Candidate, Chosen, LowerOf, lower_of
from policies.rules.core import Given, Minor, Months, rounded
from policies.rules.prices import Prices, fees_of, step_of


class BenefitsOrRemaining(Given):
    benefits_minor: Annotated[
        tuple[Minor, ...], Field(description="a list: each benefit received, minor units, before tax")
    ]
    monthly_minor: Annotated[
        Minor, Field(description="the monthly fee, minor units, taxed or not like the fee beside it")
    ]
    months_left: Annotated[Months, Field(description="months to the end of the term")]
    prices: Prices = ()


class BenefitsOutcome(Chosen):
    benefits_total_minor: Annotated[StrictInt, Field(description="all benefits together")]
    remaining_minor: Annotated[StrictInt, Field(description="the fees of the months left")]


def benefits_or_remaining(given: BenefitsOrRemaining) -> BenefitsOutcome:
    """All benefits together or the fees of the months left, whichever is less; without benefits nothing."""
    benefits = sum(given.benefits_minor)
    remaining = rounded(fees_of(given, given.months_left), given.rounding)
    pair = (
        Candidate(name="benefits", amount_minor=benefits),
        Candidate(name="remaining", amount_minor=remaining),
    )
    lowest = lower_of(LowerOf(amounts=pair, currency=given.currency))
    return BenefitsOutcome(
        **lowest.model_dump(exclude={"steps"}),
        benefits_total_minor=benefits,
        remaining_minor=remaining,
        steps=(step_of(given, given.months_left, remaining), *lowest.steps),
    )
