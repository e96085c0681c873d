"""The lines of a final account: each charge by its kind, with its late fee, its share of the month, its tax. Pure."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from contracts.carrier.accounts import AccountCharge
from contracts.fee_lines import FeeLine, LineKind
from contracts.words import Money, Text
from policies.faults.conflicts import late_fee_rates
from policies.pack import Pack
from policies.rules.closing_month import ClosingMonth, closing_month
from policies.rules.core import Given, Outcome
from policies.rules.instants import last_day
from policies.rules.late_fee import LateFee, late_fee
from policies.rules.reasons_for_zero import FeeDue, fee_due
from policies.rules.tax import Tax, TaxedLine, tax
from policies.rules.words import money, said
from services.billing.strange_sums import refuse_another_currency, refuse_too_much

LATE_FEE = Text(zh="滞纳金", en="Late fee")


class Row(NamedTuple):
    """A line and the marks a person should see."""

    line: FeeLine
    flags: tuple[str, ...] = ()


class Worked(NamedTuple):
    """A rule worked out, and what it was worked out from."""

    rule: str
    given: Given
    outcome: Outcome


def rows_of(charge: AccountCharge, told: Money | None, charge_end: datetime, pack: Pack) -> Iterator[Row]:
    """`told`: at most so much of it was disclosed; None: as much as it comes to. Raises `ValueError`."""
    refuse_another_currency(f"charges/{charge.charge}", charge.amount, pack)
    refuse_too_much(f"charges/{charge.charge}", charge.amount)
    day = last_day(charge_end, pack.zone)
    if told is not None and told.minor < charge.amount.minor:
        yield _undisclosed(charge, told, day, pack)
    elif charge.kind == "period-fee":
        month = _month(charge, day, pack)
        yield Row(_line(charge, charge.kind, charge.name, month, day, pack), month.outcome.flags)
    else:
        as_it_is = _as_it_is(charge.kind, charge.amount.minor, pack)
        yield Row(_line(charge, charge.kind, charge.name, as_it_is, day, pack))
        if charge.kind == "arrears" and (late := _late(charge, day, pack)) is not None:
            yield Row(_line(charge, "late-fee", LATE_FEE, late, day, pack), late.outcome.flags)


def _undisclosed(charge: AccountCharge, told: Money, day: date, pack: Pack) -> Row:
    """What was told before the yes is charged, the rest is not (FV-50)."""
    given = FeeDue(fee_minor=charge.amount.minor - told.minor, disclosed=False, currency=pack.currency)
    zero = fee_due(given)
    outcome = zero.model_copy(update={"amount_minor": told.minor})
    line = _line(charge, charge.kind, charge.name, Worked("fee-due", given, outcome), day, pack)
    return Row(line if told.minor else line.model_copy(update={"status": "not-charged"}))


def _as_it_is(rule: str, minor: int, pack: Pack) -> Worked:
    shown = money(minor, pack.currency)
    step = said(f"按账户记录：{shown}", f"as it stands on the account: {shown}")
    return Worked(rule, Given(), Outcome(amount_minor=minor, steps=(step,)))


def _month(charge: AccountCharge, day: date, pack: Pack) -> Worked:
    given = ClosingMonth(
        monthly_minor=charge.amount.minor,
        closes_on=day,
        method=pack.final_account.closing_month,
        unit_price=pack.final_account.unit_price,
        rounding=pack.rounding,
        currency=pack.currency,
    )
    return Worked("closing-month", given, closing_month(given))


def _late(charge: AccountCharge, day: date, pack: Pack) -> Worked | None:
    rates = late_fee_rates(pack, pack.final_account.late_fee_clause, day)
    if rates is None or not (charge.days_overdue or charge.reminders):
        return None
    given = LateFee(
        arrears_minor=charge.amount.minor,
        days_late=charge.days_overdue,
        law_per_mille=rates.law,
        contract_per_mille=rates.contract,
        once_percent=rates.once,
        law_once_percent=rates.law_once,
        at_most_percent=rates.at_most,
        at_least_minor=rates.at_least,
        steps=rates.steps,
        reminders=charge.reminders,
        rounding=pack.rounding,
        currency=pack.currency,
    )
    return Worked("late-fee", given, late_fee(given))


def _line(charge: AccountCharge, kind: LineKind, name: Text, worked: Worked, day: date, pack: Pack) -> FeeLine:
    """`day`: the last that is charged; its tax rate holds."""
    net, code = worked.outcome.amount_minor, pack.final_account.tax_on(kind)
    taxed = _tax(net, code, day, pack) if code and net else Outcome(amount_minor=net)
    facts = worked.given.model_dump(mode="json", exclude={"rounding", "currency"}, exclude_none=True)
    return FeeLine(
        line=f"{kind}/{charge.charge}",
        rule=worked.rule,
        item=None,
        name=name,
        amount=pack.money(taxed.amount_minor),
        steps=(*worked.outcome.steps, *taxed.steps),
        clauses=pack.final_account.resting_on(kind),
        kind=kind,
        status="held" if charge.disputed else "due",
        reason=worked.outcome.reason,
        inputs={"on_account_minor": str(charge.amount.minor)} | {fact: str(value) for fact, value in facts.items()},
        net=pack.money(net),
        tax=pack.money(taxed.amount_minor - net),
        tax_code=code,
    )


def _tax(net: int, code: str, day: date, pack: Pack) -> Outcome:
    line = TaxedLine(net_minor=net, tax=code)
    return tax(Tax(lines=(line,), rates=pack.rates_on(day), rounding=pack.rounding, currency=pack.currency))
