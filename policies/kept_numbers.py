"""How long the number of a closed line is kept, and what having the line back costs until then (CN-13, CN-17)."""

from datetime import UTC, datetime, time, timedelta

from contracts.words import ReopeningTerms, Text
from policies.rules.quarantine import Quarantine, quarantine
from policies.schema import Pack
from policies.spans import said

DAY = timedelta(days=1)


def number_free_from(closed: datetime, pack: Pack) -> datetime:
    """Midnight of the customer's day, as the rule counts it (FV-49); to the second where the pack's span is no days."""
    kept = pack.clocks.number_quarantine
    if not isinstance(kept, timedelta) or kept % DAY:
        return pack.due(closed, kept)
    day = closed.astimezone(pack.zone).date()
    given = Quarantine(closed_on=day, quarantine_days=kept.days, reopen_fee_minor=0, asks_on=day)
    return datetime.combine(quarantine(given).free_on, time(), pack.zone).astimezone(UTC)


def reopening_terms(pack: Pack) -> ReopeningTerms | None:
    rule = pack.reopening
    if rule is None:
        return None
    clauses = tuple(dict.fromkeys((rule.clause, pack.quarantine_clause)))
    return ReopeningTerms(fee=pack.money(rule.fee_minor), clauses=clauses)


def kept_for(pack: Pack) -> Text:
    return said(pack.clocks.number_quarantine)
