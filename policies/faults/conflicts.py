"""The conflict detector: a contract that asks for more than the law allows, worked out both ways (N7, CN-30, FV-35)."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from policies.clauses import Clause
from policies.faults.citations import Amounts, Finding
from policies.rules.core import Outcome, percent, rounded
from policies.rules.late_fee import LateFee, late_fee
from policies.rules.late_steps import LateStep, LateSteps, asked, began
from policies.rules.reasons_for_zero import FeeDue, fee_due
from policies.rules.remaining import RemainingFees, remaining_fees
from policies.rules.words import money, plain
from policies.schema import Pack
from policies.spans import in_days

NAMES = {
    "late_fee_per_mille_a_day": "a late fee of {}‰ a day",
    "late_fee_once_percent": "a late fee of {}% once",
    "late_fee_at_most_percent": "late fees up to {}% of what is overdue",
    "late_fee_at_least_minor": "a late fee of at least {} minor units",
    "longest_term_months": "a term of {} months",
    "longest_notice_days": "{} days of notice",
    "lock_in_by_promotion": "a promotion that binds without words to say so",
}
ONCE, LEAST, STEPS = "late_fee_once_percent", "late_fee_at_least_minor", "late_fee_steps"
LATE_FEES = ("late_fee_per_mille_a_day", ONCE, LEAST, STEPS)
ARREARS, LATE, MONTHLY, SERVED, FEE = 12800, 20, 3000, 12, 15000  # examples, to show what the difference is


def conflict_findings(pack: Pack, day: date) -> Iterator[Finding]:
    """Each number of a contract's clause above the strictest law in the pack; what is charged is the lawful one."""
    current = [clause for clause in pack.clauses if clause.in_force(day)]
    laws = [clause for clause in current if clause.status != "contract"]
    for clause in current:
        for term in NAMES:
            law = strictest(laws, term)
            if clause.status == "contract" and law and _number(clause, term) > _number(law, term):
                yield _finding(pack, clause, law, term)
        yield from _too_high_steps(pack, clause, laws)
    if law := strictest(laws, "longest_notice_days"):
        yield from _too_long_notice(pack, law)


class LateRates(NamedTuple):
    """What a late fee is worked out by, percent and per mille as `LateFee` takes them."""

    contract: Decimal
    law: Decimal | None
    once: Decimal
    law_once: Decimal | None
    at_most: Decimal | None
    at_least: int | None
    steps: LateSteps | None


def late_fee_rates(pack: Pack, clause: str | None, day: date) -> LateRates | None:
    """None where the contract's clause asks for no late fee on that day.

    Without a law in force the contract is all there is. What it does not ask for once, or at least, is not asked.
    """
    current = [each for each in pack.clauses if each.in_force(day)]
    mine = next((each for each in current if each.clause == clause), None)
    if mine is None or not asks_a_late_fee(mine):
        return None
    laws = [each for each in current if each.status != "contract"]
    law = strictest(laws, "late_fee_per_mille_a_day")
    once, least = (
        _least([mine, *laws], term) if getattr(mine.terms, term) is not None else None for term in (ONCE, LEAST)
    )
    return LateRates(
        contract=mine.terms.late_fee_per_mille_a_day or Decimal(0),
        law=_number(law, "late_fee_per_mille_a_day") if law else None,
        once=once or Decimal(0),
        law_once=_least(laws, ONCE),
        at_most=_least([mine, *laws], "late_fee_at_most_percent"),
        at_least=None if least is None else int(least),
        steps=tuple(_lawful_step(step, laws) for step in mine.terms.late_fee_steps or ()) or None,
    )


def _lawful_step(step: LateStep, laws: list[Clause]) -> LateStep:
    """What a law allows once, or as a fixed sum, no step is above."""
    fee, share = _least(laws, LEAST), _least(laws, ONCE)
    allowed = {
        "fee_minor": step.fee_minor if fee is None else min(step.fee_minor, int(fee)),
        "share_percent": step.share_percent if share is None else min(step.share_percent, share),
    }
    return step.model_copy(update=allowed)


def asks_a_late_fee(clause: Clause) -> bool:
    return any(getattr(clause.terms, term) is not None for term in LATE_FEES)


def _least(clauses: list[Clause], term: str) -> Decimal | None:
    least = strictest(clauses, term)
    return _number(least, term) if least else None


def strictest(laws: list[Clause], term: str) -> Clause | None:
    saying = [law for law in laws if getattr(law.terms, term) is not None]
    return min(saying, key=lambda law: _number(law, term), default=None)


def _number(clause: Clause, term: str) -> Decimal:
    """Below everything where the clause says nothing."""
    value = getattr(clause.terms, term)
    return Decimal(-1) if value is None else Decimal(value)


def _finding(pack: Pack, clause: Clause, law: Clause, term: str) -> Finding:
    has, allowed = (NAMES[term].format(plain(_number(each, term))) for each in (clause, law))
    allowed = "none" if term == "lock_in_by_promotion" else allowed
    on, work_out = EXAMPLES[term]
    by_contract, by_law = (work_out(pack, _number(each, term)) for each in (clause, law))
    if term == "longest_term_months" and law.terms.longer_term == "void":
        allowed, by_law = f"{allowed} and makes a longer one void", 0
    told = f"{clause.clause} has {has}, {law.clause}{_doubt(law)} allows {allowed}; {on(pack)} that is"
    return _both_ways(pack, f"/clauses/{clause.clause}/terms/{term}", told, by_contract, by_law)


def _both_ways(pack: Pack, place: str, told: str, by_contract: int, by_law: int) -> Finding:
    found = Amounts(contract_minor=by_contract, law_minor=by_law, charged_minor=min(by_contract, by_law))
    contract, lawful, charged = (money(minor, pack.currency) for minor in (by_contract, by_law, found.charged_minor))
    what = f"{told} {contract} against {lawful}: {charged} is charged"
    return Finding(level="conflict", place=place, what=what, amounts=found)


def _too_high_steps(pack: Pack, clause: Clause, laws: list[Clause]) -> Iterator[Finding]:
    """Each step of a late fee above what a law allows as a fixed sum, or once."""
    for number, step in enumerate(clause.terms.late_fee_steps or ()):
        lawful = _lawful_step(step, laws)
        if lawful != step:
            sums = [rounded(asked(each, ARREARS), pack.rounding) for each in (step, lawful)]
            told = (
                f"{clause.clause} asks more from {began(step, pack.currency)} on than a law in force allows; "
                f"on {money(ARREARS, pack.currency)} that is"
            )
            yield _both_ways(pack, f"/clauses/{clause.clause}/terms/{STEPS}/{number}", told, *sums)


def _doubt(law: Clause) -> str:
    return " (itself unverified)" if law.status == "unverified" else ""


def _too_long_notice(pack: Pack, law: Clause) -> Iterator[Finding]:
    """The clock is what customers wait for: one beyond the law keeps the pack from being used."""
    most = law.terms.longest_notice_days or 0
    for kind, spans in pack.clocks.notice_period.items():
        for name, span in (("inside_contract", spans.inside_contract), ("outside_contract", spans.outside_contract)):
            if in_days(span) > timedelta(days=most):
                what = f"is more than the {most} days of notice that {law.clause}{_doubt(law)} allows; P{most}D at most"
                yield Finding(level="error", place=f"/clocks/notice_period/{kind}/{name}", what=what)


def _late_fee(pack: Pack, per_mille: Decimal) -> int:
    given = LateFee(arrears_minor=ARREARS, days_late=LATE, law_per_mille=per_mille, rounding=pack.rounding)
    return late_fee(given).amount_minor


def _fees_left(pack: Pack, months: Decimal) -> int:
    left = max(Decimal(0), months - SERVED)
    outcome: Outcome = remaining_fees(RemainingFees(monthly_minor=MONTHLY, months_left=left, rounding=pack.rounding))
    return outcome.amount_minor


def _notice(pack: Pack, days: Decimal) -> int:
    return rounded(MONTHLY * Fraction(days) / 30, pack.rounding)


def _fee_of_the_bound(pack: Pack, binds: Decimal) -> int:
    return fee_due(FeeDue(fee_minor=FEE, lock_in_in_words=bool(binds))).amount_minor


def _late_fee_once(pack: Pack, once: Decimal) -> int:
    given = LateFee(
        arrears_minor=ARREARS, days_late=LATE, law_per_mille=Decimal(0), once_percent=once, rounding=pack.rounding
    )
    return late_fee(given).amount_minor


def _late_fee_at_least(pack: Pack, least: Decimal) -> int:
    return max(0, int(least))


def _most_of_the_arrears(pack: Pack, most: Decimal) -> int:
    return rounded(ARREARS * percent(most), pack.rounding)


EXAMPLES: dict[str, tuple[Callable[[Pack], str], Callable[[Pack, Decimal], int]]] = {
    "late_fee_per_mille_a_day": (lambda pack: f"on {money(ARREARS, pack.currency)} after {LATE} days", _late_fee),
    "late_fee_once_percent": (lambda pack: f"on {money(ARREARS, pack.currency)}", _late_fee_once),
    "late_fee_at_most_percent": (lambda pack: f"on {money(ARREARS, pack.currency)}", _most_of_the_arrears),
    "late_fee_at_least_minor": (lambda pack: f"on {money(ARREARS, pack.currency)}", _late_fee_at_least),
    "longest_term_months": (
        lambda pack: f"at {money(MONTHLY, pack.currency)} a month, {SERVED} months into it,",
        _fees_left,
    ),
    "longest_notice_days": (lambda pack: f"at {money(MONTHLY, pack.currency)} a month", _notice),
    "lock_in_by_promotion": (lambda pack: f"for a fee of {money(FEE, pack.currency)}", _fee_of_the_bound),
}
