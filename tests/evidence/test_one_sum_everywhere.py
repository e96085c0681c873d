"""Quote, charge, ledger, evidence, report and letters name one sum to the cent, by contracts of every kind."""

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.carrier.commitments import Contract
from contracts.messages.billing import FeeSettled, QuoteIssued
from contracts.words import Kind, Language, Money
from demo.carrier.customer import customer, plan
from evidence.bundle import bundle
from evidence.verify import unwrapped
from insight.report import Report
from insight.tracks import tracks
from policies.amounts import shown
from policies.pack import load
from tests.evidence.telling import told_by_the_console
from tests.flow.customer import confirm, done, submit
from tests.flow.system import START, System
from tests.insight.listening import heard

PACKS = ("cn-carrier", "de", "eu", "uk", "us-legacy")
RULES = {name: [fee.rule for fee in load(name).fees if fee.family != "none"] for name in PACKS}
LINE = "sub-onesum0001"


def signed(system: System, rule: str, days_in: int, full: int, monthly: int) -> None:
    """Two years, signed so long ago."""
    start, currency = START.date() - timedelta(days=days_in), system.pack.currency
    bound = Contract(
        contract="c-1",
        start=start,
        end=start + timedelta(days=730),
        lock_in=True,
        clause=system.pack.fees[0].clause,
        fee_rule=rule,
        full_fee=Money(minor=full, currency=currency),
    )
    items = plan(bound).model_copy(update={"monthly_fee": Money(minor=monthly, currency=currency)})
    system.books.enrol([customer(LINE, "J2", "One sum.", items, language=Language.EN)])


@pytest.mark.parametrize("pack", PACKS)
@given(
    which=st.integers(0, 99), days_in=st.integers(0, 640), full=st.integers(1, 99_999), monthly=st.integers(1, 9_999)
)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_one_sum_is_named_everywhere(pack: str, which: int, days_in: int, full: int, monthly: int) -> None:
    system = System(pack)
    signed(system, RULES[pack][which % len(RULES[pack])], days_in, full, monthly)
    request = submit(system, LINE, kind=Kind.LINE)
    total = system.the(QuoteIssued, request).quote.total
    confirm(system, request)
    system.advance(timedelta(days=40))
    charged = [minor for _, purpose, minor in done(system, request, "charge") if purpose == "settlement"]
    assert charged == [total.minor] * bool(total.minor)
    assert system.the(FeeSettled, request).paid == total
    assert reported(system) == total.minor
    files = unwrapped(bundle(told_by_the_console(system, request), system.ledger(request)))
    letters = [each["content"] for each in system.carrier_acts(f"/customers/{LINE}/inbox", "GET")]
    system.close()
    assert json.loads(files["carrier.json"])["booked"]["charge"] == sum(charged)
    assert any(f"Total: {shown(total, 'en')}" in letter for letter in letters)
    paid = {f"{said}: {shown(total, 'en')}" for said in ("Paid", "For what was used")}
    assert any(line in paid for letter in letters for line in letter.splitlines()) == bool(total.minor)
    assert shown(total, "en") in files["report.en.html"].decode()


def reported(system: System) -> int:
    """What the report of the time says was charged."""
    made = Report(system.pack)
    for track in tracks(heard(system)):
        made.add(track)
    return sum(minor for (_, what, _), minor in made.money.items() if what == "paid")
