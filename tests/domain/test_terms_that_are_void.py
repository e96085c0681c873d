"""A law, or a fee rule, that makes a term longer than allowed void: it binds nobody, not even for the lawful months."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.quotes import QuoteAsk
from contracts.words import Kind
from policies.clauses import Clause, ClauseTerms
from policies.conditions import facts
from policies.faults.conflicts import conflict_findings
from policies.money_terms import FeeRule
from policies.owners.vectors import Vector, run
from policies.pack import Pack
from services.billing.curve import simulate
from services.billing.quoting import quote
from tests.domain.test_bound_no_longer_than_the_law import AGREED, EU, of_three_years

IN_THE_FIRST_YEAR = datetime(2024, 6, 3, 9, tzinfo=UTC)


def by_law(months: int = 24, longer: str | None = "void") -> Pack:
    """The European Union's longest term, and what it makes of a longer one."""
    clauses = tuple(
        each.model_copy(update={"terms": ClauseTerms(longest_term_months=months, longer_term=longer)})
        if each.terms.longest_term_months
        else each
        for each in EU.clauses
    )
    return EU.model_copy(update={"clauses": clauses})


def by_rule(months: int, longer: str | None) -> Pack:
    def own(rule: FeeRule) -> FeeRule:
        return rule.model_copy(update={"longest_term_months": months, "longer_term": longer})

    fees = tuple(own(rule) if rule.rule == "share-of-remaining" else rule for rule in EU.fees)
    return EU.model_copy(update={"fees": fees})


def fee_of(pack: Pack, now: datetime = IN_THE_FIRST_YEAR) -> int:
    return quote(Kind.LINE, (), of_three_years(pack), now, 1, now, pack).total.minor


@pytest.mark.parametrize(
    ("pack", "free"),
    [
        (by_law(), True),
        (by_law(longer="cut"), False),
        (by_law(longer=None), False),
        (by_law(36), False),  # as long as allowed: it stands
        (by_rule(30, "void"), True),  # the law cuts to 24, the rule makes it void
        (by_rule(30, "cut"), False),
        (by_rule(36, "void"), False),
    ],
)
def test_a_void_term_costs_nothing_and_locks_nobody_in_from_the_first_day(pack: Pack, free: bool) -> None:
    known, today = of_three_years(pack), IN_THE_FIRST_YEAR.date()
    found = facts(Kind.PORT_OUT, (), known, today, pack, (), {"exit_ground_en": "moved"})
    assert (fee_of(pack) == 0) is free
    assert (found["locked_in"], found["inside_contract"], found["free_exit_claimed"]) == (not free,) * 3


def test_a_void_term_needs_no_notice_of_a_running_contract() -> None:
    pack = by_law()
    spans = EU.clocks.notice_period[Kind.LINE]
    period = spans.model_copy(update={"inside_contract": timedelta(days=60), "outside_contract": timedelta(days=2)})
    clocks = pack.clocks.model_copy(update={"notice_period": pack.clocks.notice_period | {Kind.LINE: period}})
    pack = pack.model_copy(update={"clocks": clocks})
    now = IN_THE_FIRST_YEAR
    assert quote(Kind.LINE, (), of_three_years(pack), now, 1, now, pack).service_end == now + timedelta(days=2)


def test_a_void_term_that_has_not_begun_binds_nobody_either() -> None:
    pack, before = by_law(), date(2023, 12, 1)
    known = of_three_years(pack)
    assert facts(Kind.PORT_OUT, (), known, before, pack)["inside_contract"] is False


def test_no_day_of_a_void_term_is_worth_waiting_for() -> None:
    pack = by_law()
    answer = simulate(
        QuoteAsk(kind=Kind.LINE, subscription="sub-money01"), of_three_years(pack), IN_THE_FIRST_YEAR, pack
    )
    ends = {each.requested_end.astimezone(pack.zone).date() for each in answer.dates}
    assert date.fromisoformat(AGREED) not in ends and {each.fee.minor for each in answer.dates} == {0}


def test_a_check_says_the_same_as_a_quote_and_why() -> None:
    given = {"fee_minor": 36000, "start": "2024-01-01", "end_of_term": AGREED, "leaves_on": "2024-06-03"}
    vector = Vector(
        id="one", rule="fees/share-of-remaining", given=given, expect={"amount_minor": 0, "reason": "term_void"}
    )
    [result] = run([vector], by_law())
    assert result.passed, (result.differences, result.faults)


@pytest.mark.parametrize("model", [ClauseTerms, FeeRule])
def test_what_becomes_of_a_longer_term_needs_the_longest(model: Any) -> None:
    own = {} if model is ClauseTerms else EU.fees[0].model_dump(exclude_defaults=True)
    with pytest.raises(ValidationError, match="longer_term: is not used without longest_term_months"):
        model.model_validate(own | {"longer_term": "void"})


def test_a_clause_of_the_contract_does_not_say_what_a_law_makes_of_it() -> None:
    own = EU.clauses[0].model_dump() | {
        "status": "contract",
        "terms": {"longest_term_months": 36, "longer_term": "void"},
    }
    with pytest.raises(ValidationError, match="longer_term: says what a law makes of a longer term"):
        Clause.model_validate(own)


def test_a_contract_whose_longer_term_is_void_is_a_conflict_of_which_nothing_is_left() -> None:
    pack = by_law()
    mine = pack.clauses[0].model_copy(
        update={"clause": "mine", "status": "contract", "terms": ClauseTerms(longest_term_months=36)}
    )
    pack = pack.model_copy(update={"clauses": (*pack.clauses, mine)})
    [found] = [each for each in conflict_findings(pack, date(2026, 1, 1)) if "/mine/" in each.place]
    assert "makes a longer one void" in found.what and found.what.endswith("against EUR 0.00: EUR 0.00 is charged")
