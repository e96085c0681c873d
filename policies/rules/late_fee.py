"""The late fee, by the contract and by the law, and which of them is charged (FV-34, FV-35, CN-4, CN-30, N7)."""

from fractions import Fraction
from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from policies.rules.core import Count, Given, Minor, Months, Outcome, rounded
from policies.rules.words import money, plain, said

CONFLICT = "clause_conflicts_with_law"
PerMille = Annotated[Months, Field(le=1000)]


class LateFee(Given):
    arrears_minor: Annotated[Minor, Field(description="what is overdue, minor units")]
    days_late: Annotated[Count, Field(description="days after the due day, the day of payment included")]
    law_per_mille: Annotated[PerMille, Field(description="what the law allows, per mille a day: 3 is 0.3 %")]
    contract_per_mille: Annotated[
        PerMille | None, Field(description="what the contract says, per mille a day: 3 % is 30; left out: as the law")
    ] = None


class LateFeeOutcome(Outcome):
    law_minor: Annotated[StrictInt, Field(description="by the law")]
    contract_minor: Annotated[StrictInt, Field(description="by the contract")]
    conflict: Annotated[StrictBool, Field(description="true when the contract asks for more than the law allows")]


def late_fee(given: LateFee) -> LateFeeOutcome:
    """Overdue amount times rate times days, by contract and by law; never more than the law allows is charged."""
    agreed = given.law_per_mille if given.contract_per_mille is None else given.contract_per_mille
    base = given.arrears_minor * given.days_late
    law, contract = (rounded(base * Fraction(rate) / 1000, given.rounding) for rate in (given.law_per_mille, agreed))
    conflict, minor = agreed > given.law_per_mille, min(law, contract)
    by_law, by_contract, charged = (money(each, given.currency) for each in (law, contract, minor))
    owed = f"{money(given.arrears_minor, given.currency)} x {given.days_late} x"
    steps = [
        said(
            f"按法定：{owed} {plain(given.law_per_mille)}‰ = {by_law}",
            f"law: {owed} {plain(given.law_per_mille)}‰ = {by_law}",
        ),
        said(f"按合同：{owed} {plain(agreed)}‰ = {by_contract}", f"contract: {owed} {plain(agreed)}‰ = {by_contract}"),
        said(f"收取 {charged}", f"charged: {charged}"),
    ]
    return LateFeeOutcome(
        amount_minor=minor,
        law_minor=law,
        contract_minor=contract,
        conflict=conflict,
        flags=(CONFLICT,) if conflict else (),
        steps=tuple(steps),
    )
