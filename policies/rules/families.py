"""How a pack's fee rule becomes a rule: its parameters, filled up with what a contract and a day say (FV-10 to FV-18)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from policies.rules.core import Day, Given, Minor, Outcome
from policies.rules.dates import DAY, completed_months, half_months, started_months
from policies.rules.reducing_by_date import Unit
from policies.rules.registry import RULES, apply

MonthsCounted = Literal["started", "completed", "half"]
REDUCING = "share-of-remaining"
FAMILIES = {REDUCING: "reducing-by-date"} | {
    name: name
    for name in (
        "none",
        "fixed",
        "cancelled-periods",
        "reducing-by-date",
        "reducing-by-step",
        "reducing-schedule",
        "stepped",
        "remaining-fees",
        "charge-to-commitment-end",
        "capped-months",
        "benefits-or-remaining",
        "device-residual",
        "device-or-remaining",
    )
}
UNITS: dict[MonthsCounted, Unit] = {"started": "started-month", "completed": "completed-month", "half": "half-month"}


class ContractOnDay(Given):
    """What a quote knows of a contract when it is about to end."""

    fee_minor: Annotated[Minor, Field(description="the contract's full fee, minor units")]
    monthly_minor: Annotated[Minor, Field(description="the monthly fee, minor units")] = 0
    start: Annotated[Day, Field(description="the first day of the contract")]
    end_of_term: Annotated[Day, Field(description="the first day after the contract, when no fee is due any more")]
    leaves_on: Annotated[Day, Field(description="the day the service ends")]


def early_end_fee(
    family: str, months: MonthsCounted, parameters: Mapping[str, Any], contract: ContractOnDay
) -> Outcome:
    """A parameter that the pack gives wins over what the contract says. Raises `RuleError`."""
    if contract.leaves_on >= contract.end_of_term:
        return apply("none", {"currency": contract.currency})
    name = FAMILIES[family]
    known = _facts(contract, months)
    wanted = RULES[name].given.model_fields
    return apply(name, {fact: value for fact, value in known.items() if fact in wanted} | dict(parameters))


def _facts(contract: ContractOnDay, months: MonthsCounted) -> dict[str, Any]:
    """A contract shorter than a month has no month to count: its days are counted instead."""
    start, end, leaves_on = contract.start, contract.end_of_term, max(contract.start, contract.leaves_on)
    term = completed_months(start, end)
    return {
        **contract.model_dump(exclude={"leaves_on"}),
        "leaves_on": leaves_on,
        "device_minor": contract.fee_minor,
        "unit": UNITS[months] if term else "day",
        "term_months": max(1, term),
        "completed_months": min(term, completed_months(start, leaves_on)),
        "months_left": max(Decimal(0), term - _months_used(start, leaves_on, months)),
        "commitment_end": end - DAY,
        "paid_to": leaves_on,
        "table_months": max(1, term),
        "cap_months": term,
        "periods": max(0, term - completed_months(start, leaves_on)),
        "each_minor": contract.monthly_minor,
    }


def _months_used(start: date, leaves_on: date, months: MonthsCounted) -> Decimal:
    count = {"completed": completed_months, "started": started_months, "half": half_months}[months]
    return Decimal(count(start, leaves_on))
