"""The late fee, by the contract and by the law, and which of them is charged (FV-34, FV-35, CN-4, CN-30, N7)."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from contracts.words import Text
from policies.rules.core import Count, Given, Minor, Months, Outcome, Share, percent, rounded
from policies.rules.late_steps import LateStep, LateSteps, asked, in_steps, last_reached, step_in_words
from policies.rules.words import money, plain, said, sum_of

CONFLICT = "clause_conflicts_with_law"
PerMille = Annotated[Months, Field(le=1000)]
AtMost = Annotated[Decimal, Field(ge=0, le=1000, decimal_places=9)]


class LateFee(Given):
    arrears_minor: Annotated[Minor, Field(description="what is overdue, minor units")]
    days_late: Annotated[Count, Field(description="days after the due day, the day of payment included")]
    law_per_mille: Annotated[
        PerMille | None, Field(description="what the law allows, per mille a day: 3 is 0.3 %; left out: no law says")
    ] = None
    contract_per_mille: Annotated[
        PerMille | None,
        Field(
            description="what the contract says, per mille a day: 3 % is 30; left out: as the law, beside steps nothing"
        ),
    ] = None
    once_percent: Annotated[
        Share, Field(description="of what is overdue, once, however late it is paid and beside the days, percent")
    ] = Decimal(0)
    law_once_percent: Annotated[
        Share | None,
        Field(
            description="what the law allows once beside its rate a day, percent; left out: nothing, where "
            "contract_per_mille is said; without it all of once_percent"
        ),
    ] = None
    at_most_percent: Annotated[
        AtMost | None, Field(description="never more than so much of what is overdue, percent; left out: no such limit")
    ] = None
    at_least_minor: Annotated[
        Minor | None,
        Field(
            description="by the contract at least so much where anything is late; the law's rate wins over it; "
            "left out: nothing"
        ),
    ] = None
    steps: Annotated[
        LateSteps | None,
        Field(
            description="rows, each greater in from_days, then from_reminders, then from_overdue_minor: "
            "by the contract the last one reached is asked as well; the law's rate wins over it; left out: none"
        ),
    ] = None
    reminders: Annotated[Count | None, Field(description="how many were sent, for from_reminders; left out: none")] = (
        None
    )

    @model_validator(mode="after")
    def _somebody_says_a_rate(self) -> Self:
        in_steps(self.steps or (), "steps")
        if self.law_per_mille is None and self.contract_per_mille is None and not self.steps:
            raise ValueError("law_per_mille: is missing, and so is contract_per_mille; say one of them")
        return self


class LateFeeOutcome(Outcome):
    law_minor: Annotated[StrictInt, Field(description="by the law")]
    contract_minor: Annotated[StrictInt, Field(description="by the contract")]
    conflict: Annotated[StrictBool, Field(description="true when the contract asks for more than the law allows")]


def late_fee(given: LateFee) -> LateFeeOutcome:
    """Overdue amount times rate times days, by contract and by law; never more than the law allows is charged."""
    agreed, lawful = _agreed(given), given.law_per_mille
    reached = last_reached(given.steps or (), given.arrears_minor, given.days_late, given.reminders or 0)
    by_rates = _owed(given, agreed, given.once_percent, reached)
    contract = max(by_rates, _least(given))
    once = _lawful_once(given)
    law = contract if lawful is None else _owed(given, lawful, once)
    conflict = lawful is not None and (agreed > lawful or contract > law)
    minor = min(law, contract, _limit(given, max(law, contract)))
    charged = money(minor, given.currency)
    steps = [
        *(() if lawful is None else (_step(given, "按法定", "law", lawful, once),)),
        _step(given, "按合同", "contract", agreed, given.once_percent, reached),
        *_raised(given, by_rates, contract),
        *_capped(given, min(law, contract), minor),
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


def _agreed(given: LateFee) -> Decimal:
    """Who asks in steps asks nothing a day, unless they say so."""
    if given.contract_per_mille is not None:
        return given.contract_per_mille
    return Decimal(0) if given.steps else given.law_per_mille or Decimal(0)


def _lawful_once(given: LateFee) -> Decimal:
    """Facts that keep the contract apart from the law say its share once alone: the law's rate a day wins over it."""
    if given.law_once_percent is not None:
        return given.law_once_percent
    return given.once_percent if given.contract_per_mille is None else Decimal(0)


def _owed(given: LateFee, per_mille: Decimal, share: Decimal, step: LateStep | None = None) -> int:
    by_days = given.arrears_minor * given.days_late * Fraction(per_mille) / 1000
    once = given.arrears_minor * percent(share) if given.days_late else 0
    return rounded(by_days + once + asked(step, given.arrears_minor), given.rounding)


def _least(given: LateFee) -> int:
    return (given.at_least_minor or 0) if given.days_late and given.arrears_minor else 0


def _limit(given: LateFee, otherwise: int) -> int:
    if given.at_most_percent is None:
        return otherwise
    return rounded(given.arrears_minor * percent(given.at_most_percent), given.rounding)


def _step(given: LateFee, zh: str, en: str, per_mille: Decimal, share: Decimal, step: LateStep | None = None) -> Text:
    overdue = money(given.arrears_minor, given.currency)
    owed = money(_owed(given, per_mille, share, step), given.currency)
    parts = [f"{overdue} x {given.days_late} x {plain(per_mille)}‰"] if per_mille or not step else []
    parts += [f"{overdue} x {plain(share)}%"] if share and given.days_late else []
    parts += [step_in_words(step, given.arrears_minor, given.currency)] if step else []
    whole = sum_of(owed if parts == [owed] else f"{' + '.join(parts)} = {owed}")
    return said(f"{zh}：{whole.zh}", f"{en}: {whole.en}")


def _raised(given: LateFee, by_rates: int, contract: int) -> Iterator[Text]:
    if contract > by_rates:
        least = money(contract, given.currency)
        yield said(f"按合同最少 {least}", f"by the contract at least {least}")


def _capped(given: LateFee, owed: int, charged: int) -> Iterator[Text]:
    if given.at_most_percent is not None and charged < owed:
        most, limit = plain(given.at_most_percent), money(charged, given.currency)
        yield said(f"最多为欠费的 {most}%：{limit}", f"at most {most}% of what is overdue: {limit}")
