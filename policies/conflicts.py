"""The conflict detector: a contract that asks for more than the law allows, worked out both ways (N7, CN-30, FV-35)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from policies.citations import Finding
from policies.rules.late_fee import LateFee, late_fee
from policies.rules.words import money, plain
from policies.schema import Clause, ClauseTerms, Pack

NAMES = {
    "late_fee_per_mille_a_day": "a late fee of {}‰ a day",
    "longest_term_months": "a term of {} months",
    "longest_notice_days": "{} days of notice",
}
SAMPLE_MINOR, SAMPLE_DAYS = 12800, 20  # the arrears of FV-35, to show what the difference is


def conflict_findings(pack: Pack, day: date) -> Iterator[Finding]:
    """Each number of a contract's clause above the strictest law in the pack; what is charged is the lawful one."""
    current = [clause for clause in pack.clauses if clause.in_force(day)]
    laws = [clause for clause in current if clause.status != "contract"]
    for clause in current:
        for term in ClauseTerms.model_fields:
            law = _strictest(laws, term)
            if clause.status == "contract" and law and _number(clause, term) > _number(law, term):
                yield _finding(pack, clause, law, term)


def late_fee_rates(pack: Pack, clause: str | None, day: date) -> tuple[Decimal, Decimal] | None:
    """(contract, law) per mille a day; none where the contract's clause asks for no late fee on that day.

    Without a law in force the contract is all there is: then both are its own.
    """
    current = [each for each in pack.clauses if each.in_force(day)]
    rates = (each.terms.late_fee_per_mille_a_day for each in current if each.clause == clause)
    if (asked := next(rates, None)) is None:
        return None
    law = _strictest([each for each in current if each.status != "contract"], "late_fee_per_mille_a_day")
    return asked, _number(law, "late_fee_per_mille_a_day") if law else asked


def _strictest(laws: list[Clause], term: str) -> Clause | None:
    saying = [law for law in laws if getattr(law.terms, term) is not None]
    return min(saying, key=lambda law: _number(law, term), default=None)


def _number(clause: Clause, term: str) -> Decimal:
    """Below everything where the clause says nothing."""
    value = getattr(clause.terms, term)
    return Decimal(-1) if value is None else Decimal(value)


def _finding(pack: Pack, clause: Clause, law: Clause, term: str) -> Finding:
    asked, allowed = (NAMES[term].format(plain(_number(each, term))) for each in (clause, law))
    doubt = " (itself unverified)" if law.status == "unverified" else ""
    what = f"{clause.clause} has {asked}, {law.clause}{doubt} allows {allowed}"
    if term == "late_fee_per_mille_a_day":
        what += _both_ways(pack, _number(clause, term), _number(law, term))
    return Finding(level="conflict", place=f"/clauses/{clause.clause}/terms/{term}", what=what)


def _both_ways(pack: Pack, contract: Decimal, law: Decimal) -> str:
    given = LateFee(
        arrears_minor=SAMPLE_MINOR,
        days_late=SAMPLE_DAYS,
        contract_per_mille=contract,
        law_per_mille=law,
        rounding=pack.rounding,
        currency=pack.currency,
    )
    found = late_fee(given)
    owed, by_contract, by_law, charged = (
        money(minor, pack.currency)
        for minor in (SAMPLE_MINOR, found.contract_minor, found.law_minor, found.amount_minor)
    )
    return f"; on {owed} after {SAMPLE_DAYS} days that is {by_contract} against {by_law}: {charged} is charged"
