"""A line changes at the carrier after its quote, and nobody tells us: what was quoted is charged, and nothing else."""

from datetime import timedelta

import pytest

from contracts.carrier.commitments import Contract
from contracts.messages import billing
from contracts.offer import Quote
from contracts.words import Kind
from demo.carrier.customer import add_on, contract, customer, plan
from tests.carrier.changes import BEFORE, CHANGES, change
from tests.flow.customer import MONEY, confirm, done, submit
from tests.flow.system import START, System
from tests.flow.test_final_accounts import balanced

TODAY = START.date()
SOON = TODAY + timedelta(days=5)


def bound(fee: int, days_left: int = 165, lock_in: bool = True) -> Contract:
    return contract(TODAY, days_in=200, days_left=days_left, full_fee_minor=fee, lock_in=lock_in)


def enrol(system: System, name: str, kind: Kind) -> str:
    """Who is bound in words does not take the number along; a promotion alone costs nothing."""
    care = bound(3000, 166, kind is not Kind.PORT_OUT)
    items = (
        plan(bound(24_000, lock_in=kind is not Kind.PORT_OUT)),
        add_on("phone-care", "手机保障", "Phone care", 2000, care),
    )
    line = f"sub-{name.replace('_', '')}01"
    system.books.enrol([customer(line, "J2", "Changes at the carrier.", *items, charges=(BEFORE,))])
    return line


def ask(system: System, subscription: str, kind: Kind) -> str:
    return submit(system, subscription, *(("phone-care",) if kind is Kind.PRODUCT else ()), kind=kind)


def offer_of(system: System, request: str) -> Quote:
    offer: Quote = system.the(billing.QuoteIssued, request).quote
    return offer


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("moment", ["before the yes", "before the end"])
def test_what_was_quoted_is_charged_whatever_changes_at_the_carrier(system: System, moment: str, kind: Kind) -> None:
    offered = {}
    for act in CHANGES:
        line = enrol(system, act.__name__, kind)
        request = ask(system, line, kind)
        offered[request] = offer_of(system, request)
        if moment == "before the yes":
            change(system.books, line, act, SOON)
        confirm(system, request)
        if moment == "before the end":
            change(system.books, line, act, SOON)
    system.advance(timedelta(days=40))
    for request, offer in offered.items():
        taken = [minor for _, what, minor in done(system, request, *MONEY) if what == "settlement"]
        assert sum(taken) == offer.total.minor and bool(taken) is (kind is not Kind.PORT_OUT)
        bills = [each for each in system.events(request) if isinstance(each, billing.FinalBillIssued)]
        billed = {line.kind for each in bills if each.account for line in each.account.lines}
        assert billed <= disclosed(offer) and bool(billed) is (kind is Kind.LINE)
    assert balanced(system)


def disclosed(offer: Quote) -> set[str]:
    account = offer.account
    expected = {line.kind for line in account.lines} | {*account.open_kinds} if account else set()
    return {"early-termination"} | expected
