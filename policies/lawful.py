"""What of a contract the law lets stand: a term beyond the longest lawful one ends where the law ends it (N7, EU-1)."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from contracts.carrier.commitments import Contract
from contracts.words import ClauseId
from policies.faults.conflicts import strictest
from policies.money_terms import FeeRule
from policies.rules.dates import months_later
from policies.schema import Pack


class Term(NamedTuple):
    """The first day after the term, and the clause that cut it short, if one did."""

    end: date
    cut_by: ClauseId | None


class Longest(NamedTuple):
    """So many months at most, and what that rests on."""

    months: int
    clause: ClauseId


def lawful_term(begins: date, end: date, pack: Pack, day: date, rule: FeeRule | None = None) -> Term:
    """By the law in force on that day; an unverified one counts too, in the customer's favour.

    `begins`: the day of the conclusion where it is known, because the law counts from it (BGH III ZR 8/25).
    """
    longest = min(_longest(pack, day, rule), default=None)
    if longest is None:
        return Term(end, None)
    last = months_later(begins, longest.months)
    return Term(last, longest.clause) if last < end else Term(end, None)


def bound_until(contract: Contract, pack: Pack, day: date) -> date:
    """The first day on which it binds nobody any more, whatever longer term the carrier sends."""
    rule = next((each for each in pack.fees if each.rule == contract.fee_rule), None)
    return lawful_term(contract.concluded or contract.start, contract.end, pack, day, rule).end


def binds(contract: Contract, pack: Pack, today: date) -> bool:
    return bound_until(contract, pack, today) > today


def _longest(pack: Pack, day: date, rule: FeeRule | None) -> Iterator[Longest]:
    """The strictest law, and what is said for this kind of service alone."""
    saying = [clause for clause in pack.clauses if clause.terms.longest_term_months is not None]
    laws = [clause for clause in saying if clause.status != "contract" and clause.in_force(day)]
    law = strictest(laws, "longest_term_months")
    if law is not None and law.terms.longest_term_months is not None:
        yield Longest(law.terms.longest_term_months, law.clause)
    if rule is not None and rule.longest_term_months is not None:
        yield Longest(rule.longest_term_months, rule.clause)
