"""Every fee rule by the name that vectors and packs use, and the one way to apply it (FV-01 to FV-54)."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from contracts.words import Text
from policies.rules import (
    balances,
    benefits,
    by_days_left,
    calendars,
    caps,
    closing_month,
    commitment,
    credit_notes,
    delay,
    discounts_so_far,
    due,
    fixed,
    late_fee,
    late_refund,
    netting,
    overcharge,
    quarantine,
    reasons_for_zero,
    reducing,
    reducing_by_date,
    remaining,
    remaining_days,
    residual,
    returned_discounts,
    rounding,
    splitting,
    stepped,
    tax,
    topping_up,
    unused,
    withdrawal,
)
from policies.rules.core import Given, Outcome, Rule, RuleError
from policies.rules.refusal import lines_of, meant, names_in

Facts = TypeVar("Facts", bound=Given)

RULES: dict[str, Rule] = {
    # an early end
    "none": Rule(fixed.NoFee, Outcome, fixed.no_fee),
    "fixed": Rule(fixed.Fixed, Outcome, fixed.fixed),
    "cancelled-periods": Rule(fixed.CancelledPeriods, Outcome, fixed.cancelled_periods),
    "reducing": Rule(reducing.Reducing, Outcome, reducing.reducing),
    "reducing-by-date": Rule(reducing_by_date.ReducingByDate, Outcome, reducing_by_date.reducing_by_date),
    "reducing-by-step": Rule(reducing.ReducingByStep, Outcome, reducing.reducing_by_step),
    "reducing-schedule": Rule(reducing.ReducingSchedule, Outcome, reducing.reducing_schedule),
    "stepped": Rule(stepped.Stepped, Outcome, stepped.stepped),
    "remaining-fees": Rule(remaining.RemainingFees, remaining.RemainingOutcome, remaining.remaining_fees),
    "remaining-days": Rule(remaining_days.RemainingDays, Outcome, remaining_days.remaining_days),
    "charge-to-commitment-end": Rule(
        commitment.ChargeToCommitmentEnd, commitment.CommitmentOutcome, commitment.charge_to_commitment_end
    ),
    "lower-of": Rule(caps.LowerOf, caps.Chosen, caps.lower_of),
    "capped-months": Rule(caps.CappedMonths, caps.CappedMonthsOutcome, caps.capped_months),
    "benefits-or-remaining": Rule(
        benefits.BenefitsOrRemaining, benefits.BenefitsOutcome, benefits.benefits_or_remaining
    ),
    "device-residual": Rule(residual.DeviceResidual, Outcome, residual.device_residual),
    "device-or-remaining": Rule(residual.DeviceOrRemaining, residual.DeviceOutcome, residual.device_or_remaining),
    "stepped-by-days-left": Rule(by_days_left.SteppedByDaysLeft, Outcome, by_days_left.stepped_by_days_left),
    "returned-discounts": Rule(returned_discounts.ReturnedDiscounts, Outcome, returned_discounts.returned_discounts),
    "discounts-so-far": Rule(discounts_so_far.DiscountsSoFar, Outcome, discounts_so_far.discounts_so_far),
    "fee-due": Rule(reasons_for_zero.FeeDue, reasons_for_zero.FeeDueOutcome, reasons_for_zero.fee_due),
    # giving back
    "unused-time": Rule(unused.UnusedTime, unused.UnusedOutcome, unused.unused_time),
    "unused-share": Rule(unused.UnusedShare, Outcome, unused.unused_share),
    "credit-or-refund": Rule(credit_notes.CreditOrRefund, credit_notes.CreditOutcome, credit_notes.credit_or_refund),
    "overcharge": Rule(overcharge.Overcharge, Outcome, overcharge.overcharge),
    "delay-waiver": Rule(delay.DelayWaiver, delay.DelayOutcome, delay.delay_waiver),
    "withdrawal": Rule(withdrawal.Withdrawal, Outcome, withdrawal.withdrawal),
    "late-refund": Rule(late_refund.LateRefund, Outcome, late_refund.late_refund),
    # the account
    "balances-by-origin": Rule(balances.BalancesByOrigin, balances.BalancesOutcome, balances.balances_by_origin),
    "pre-deposit": Rule(balances.PreDeposit, balances.PreDepositOutcome, balances.pre_deposit),
    "closing-month": Rule(closing_month.ClosingMonth, Outcome, closing_month.closing_month),
    "add-on-end": Rule(closing_month.AddOnEnd, closing_month.AddOnOutcome, closing_month.add_on_end),
    "minimum-spend": Rule(topping_up.MinimumSpend, Outcome, topping_up.minimum_spend),
    "late-fee": Rule(late_fee.LateFee, late_fee.LateFeeOutcome, late_fee.late_fee),
    "netting": Rule(netting.Netting, netting.NettingOutcome, netting.netting),
    "quarantine": Rule(quarantine.Quarantine, quarantine.QuarantineOutcome, quarantine.quarantine),
    # tax, rounding, days
    "tax": Rule(tax.Tax, tax.TaxOutcome, tax.tax),
    "tax-included": Rule(tax.TaxIncluded, tax.TaxIncludedOutcome, tax.tax_included),
    "split": Rule(splitting.Split, splitting.SplitOutcome, splitting.split),
    "rounding": Rule(rounding.RoundingOf, Outcome, rounding.rounding_of),
    "rounded-ratio": Rule(rounding.RatioOf, Outcome, rounding.ratio_of),
    "customers-day": Rule(calendars.CustomersDay, calendars.DayOutcome, calendars.customers_day),
    "due": Rule(due.Due, calendars.DayOutcome, due.due_on),
    "working-days": Rule(calendars.WorkingDays, calendars.DayOutcome, calendars.working_days),
}

WHOLE_NUMBERS_ONLY = frozenset(
    {
        "none",
        "fixed",
        "cancelled-periods",
        "reducing-by-step",
        "reducing-schedule",
        "lower-of",
        "fee-due",
        "overcharge",
        "balances-by-origin",
        "netting",
        "quarantine",
        "split",
        "customers-day",
        "due",
        "working-days",
    }
)


def rule_named(name: str) -> Rule:
    """Raises `RuleError` with the names there are."""
    if name not in RULES:
        raise RuleError(f"rule: there is no rule {name!r}; the rules are: {meant(name, RULES)}")
    return RULES[name]


def apply(name: str, given: Mapping[str, Any]) -> Outcome:
    """Works a rule out. Raises `RuleError`, one line a fault, each with the field and what is allowed."""
    rule = rule_named(name)
    return rule.formula(read_facts(rule.given, given))


def read_facts(model: type[Facts], given: Mapping[str, Any]) -> Facts:
    """Raises `RuleError`."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        raise RuleError("\n".join(lines_of(error, model, users_of))) from None


def users_of(field: str) -> list[str]:
    """The rules that take a fact of that name, so that one given to another rule is told where it belongs."""
    return [name for name, rule in RULES.items() if field in names_in(rule.given)]


def never_rounds(rule: str) -> Text | None:
    """Why `rounding` means nothing there, or nothing."""
    if rule not in WHOLE_NUMBERS_ONLY:
        return None
    users = ", ".join(name for name in RULES if name not in WHOLE_NUMBERS_ONLY)
    return Text(
        zh=f"rounding：{rule} 只有整数金额，用不到；用到它的有：{users}",
        en=f"rounding: is not used by {rule}, which has only whole amounts; it is used by: {users}",
    )
