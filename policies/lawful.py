"""What of a contract the law lets stand: a term beyond the longest lawful one ends where the law ends it (N7, EU-1)."""

from datetime import date
from typing import NamedTuple

from policies.clauses import Clause
from policies.faults.conflicts import strictest
from policies.rules.dates import months_later
from policies.schema import Pack


class Term(NamedTuple):
    """The first day after the term, and the clause that cut it short, if one did."""

    end: date
    cut_by: Clause | None


def lawful_term(begins: date, end: date, pack: Pack, day: date) -> Term:
    """By the law in force on that day; an unverified one counts too, in the customer's favour.

    `begins`: the day of the conclusion where it is known, because the law counts from it (BGH III ZR 8/25).
    """
    saying = [clause for clause in pack.clauses if clause.terms.longest_term_months is not None]
    laws = [clause for clause in saying if clause.status != "contract" and clause.in_force(day)]
    law = strictest(laws, "longest_term_months")
    if law is None or law.terms.longest_term_months is None:
        return Term(end, None)
    last = months_later(begins, law.terms.longest_term_months)
    return Term(last, law) if last < end else Term(end, None)
