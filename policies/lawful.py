"""What of a contract the law lets stand: a term beyond the longest lawful one ends where the law ends it (N7, EU-1)."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from contracts.carrier.commitments import Contract
from contracts.words import ClauseId
from policies.money_terms import FeeRule
from policies.rules.core import FIRST as NEVER
from policies.rules.dates import months_later
from policies.schema import Pack


class Term(NamedTuple):
    """The first day after the term, and the clause that cut it short, or made it void, if one did."""

    end: date
    cut_by: ClauseId | None
    void: bool = False


class Longest(NamedTuple):
    """So many months at most, what that rests on, and whether a longer term binds nobody at all."""

    months: int
    clause: ClauseId
    voids: bool


def lawful_term(begins: date, end: date, pack: Pack, day: date, rule: FeeRule | None = None) -> Term:
    """By the law in force on that day; an unverified one counts too, in the customer's favour.

    `begins`: the day of the conclusion where it is known, because the law counts from it (BGH III ZR 8/25).
    """
    found = [(months_later(begins, each.months), each) for each in _longest(pack, day, rule)]
    shorter = [Term(NEVER if each.voids else last, each.clause, each.voids) for last, each in found if last < end]
    return min(shorter, key=lambda term: term.end, default=Term(end, None))


def bound_until(contract: Contract, pack: Pack, day: date) -> date:
    """The first day on which it binds nobody any more, whatever longer term the carrier sends."""
    rule = next((each for each in pack.fees if each.rule == contract.fee_rule), None)
    return lawful_term(contract.concluded or contract.start, contract.end, pack, day, rule).end


def binds(contract: Contract, pack: Pack, today: date) -> bool:
    return bound_until(contract, pack, today) > today


def _longest(pack: Pack, day: date, rule: FeeRule | None) -> Iterator[Longest]:
    """Every law in force, and what is said for this kind of service alone."""
    for clause in pack.clauses:
        months = clause.terms.longest_term_months
        if months is not None and clause.status != "contract" and clause.in_force(day):
            yield Longest(months, clause.clause, clause.terms.longer_term == "void")
    if rule is not None and rule.longest_term_months is not None:
        yield Longest(rule.longest_term_months, rule.clause, rule.longer_term == "void")
