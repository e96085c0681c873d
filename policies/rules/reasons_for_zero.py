"""Why a fee is not charged at all: not told before, no lock-in in words, terms changed (FV-50 to FV-52)."""

from typing import Annotated

from pydantic import Field, StrictBool

from contracts.words import Text
from policies.rules.core import Count, Given, Minor, Outcome
from policies.rules.words import money, said


class FeeDue(Given):
    fee_minor: Annotated[Minor, Field(description="the fee by its rule, minor units")]
    disclosed: Annotated[
        StrictBool, Field(description="true when a receipt shows that the customer was told before")
    ] = True
    lock_in_in_words: Annotated[
        StrictBool, Field(description="true when the contract says in words that the customer is bound; a term is not")
    ] = True
    terms_changed_days_ago: Annotated[
        Count | None, Field(description="days since the operator announced worse terms; left out: it did not")
    ] = None
    free_exit_days: Annotated[Count, Field(description="so many days after that the customer may leave free")] = 30
    free_exit_found: Annotated[
        StrictBool, Field(description="true when a ground was found on which leaving is free, such as a move")
    ] = False


class FeeDueOutcome(Outcome):
    lock_in: Annotated[StrictBool, Field(description="true when the customer is bound")]
    reasons: Annotated[tuple[str, ...], Field(description="a list: every reason that holds; `reason` is the first")]


WORDS: dict[str, Text] = {
    "no_lock_in": said("合同未明文约定在网期限", "the contract does not bind the customer in words"),
    "contract_change": said("运营商变更条款，可免费离网", "the operator changed the terms: leaving is free"),
    "free_exit": said("认定有可免费离网的理由", "a ground was found on which leaving is free"),
    "not_disclosed": said("事先未告知", "the customer was not told before"),
}


def fee_due(given: FeeDue) -> FeeDueOutcome:
    """The fee, or nothing where one of the reasons holds: no_lock_in, contract_change, free_exit, not_disclosed."""
    changed = given.terms_changed_days_ago
    holds = {
        "no_lock_in": not given.lock_in_in_words,
        "contract_change": changed is not None and changed <= given.free_exit_days,
        "free_exit": given.free_exit_found,
        "not_disclosed": not given.disclosed,
    }
    reasons = tuple(name for name in WORDS if holds[name])
    minor = 0 if reasons else given.fee_minor
    fee = money(minor, given.currency)
    return FeeDueOutcome(
        amount_minor=minor,
        lock_in=given.lock_in_in_words,
        reason=reasons[0] if reasons else "",
        reasons=reasons,
        steps=(*(WORDS[name] for name in reasons), said(f"收取 {fee}", f"charged: {fee}")),
    )
