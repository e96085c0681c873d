"""Closed, reopened and closed again in every pack: each fee once, as it was told, in the pack's own currency."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.carrier.commitments import Contract
from contracts.messages import billing, commands, shared, termination
from contracts.words import Language, Money
from demo.carrier.customer import customer, plan
from policies.amounts import shown
from policies.pack import load
from tests.flow.customer import confirm, done, submit
from tests.flow.packs import beside_ours, write
from tests.flow.system import START, System

PACKS = ("cn-carrier", "de", "eu", "uk", "us-legacy")
RULES = [(name, fee.rule) for name in PACKS for fee in load(name).fees]
FREE = [(name, load(name).fees[0].rule, 0) for name in PACKS]
OFFERED = {name: load(name).reopening is not None for name in PACKS}
OWN = """
extends: {name}
pack: my-{name}
version: "2026.1"
reopening: {{fee_minor: {fee_minor}, clause: {clause}}}
"""
LINE, DAY = "sub-everypack01", timedelta(days=1)


def signed(system: System, rule: str) -> None:
    """Two years, signed two hundred days ago."""
    currency, start = system.pack.currency, START.date() - 200 * DAY
    bound = Contract(
        contract="c-1",
        start=start,
        end=start + 730 * DAY,
        lock_in=True,
        clause=system.pack.fees[0].clause,
        fee_rule=rule,
        full_fee=Money(minor=24_017, currency=currency),
    )
    item = plan(bound).model_copy(update={"monthly_fee": Money(minor=3_333, currency=currency)})
    system.books.enrol([customer(LINE, "J2", "In every pack.", item, language=Language.EN)])


def system_of(name: str, fee_minor: int, folder: Path) -> System:
    """The pack itself with another fee for reopening."""
    clause = load(name).quarantine_clause
    write(folder, f"my-{name}", pack=OWN.format(name=name, fee_minor=fee_minor, clause=clause))
    return System(f"my-{name}", where=beside_ours(folder))


def close(system: System, name: str) -> str:
    request = submit(system, LINE, name=name)
    confirm(system, request)
    system.advance(62 * DAY)
    assert system.stage(request) == "closed" and system.books.look_up(LINE).status != "active"
    return request


def charged(system: System, request: str) -> dict[str, int]:
    booked = [(purpose, minor) for _, purpose, minor in done(system, request, "charge")]
    assert len(booked) == len(dict(booked)), "nothing is charged twice"
    return dict(booked)


@pytest.mark.parametrize(("name", "rule", "fee_minor"), [*((*each, 1_250) for each in RULES), *FREE])
def test_a_line_closed_reopened_and_closed_again_pays_each_fee_once(
    name: str, rule: str, fee_minor: int, tmp_path: Path
) -> None:
    system = system_of(name, fee_minor, tmp_path)
    signed(system, rule)
    first = close(system, "first")
    quoted = system.the(billing.QuoteIssued, first).quote
    assert quoted.reopening is not None
    fee = quoted.reopening.fee
    assert (fee.minor, fee.currency) == (fee_minor, system.pack.currency)
    system.say(commands.ReopenLine(request_id=first, channel="app", fee=fee))
    assert system.the(termination.LineReopened, first).paid == fee
    assert system.books.look_up(LINE).status == "active"
    sums = {"settlement": quoted.total.minor, "reopening": fee_minor}
    assert charged(system, first) == {purpose: minor for purpose, minor in sums.items() if minor}
    letters = [each["content"] for each in system.carrier_acts(f"/customers/{LINE}/inbox", "GET")]
    assert any(shown(fee, "en") in letter for letter in letters) or not fee_minor

    again = close(system, "again")
    second = system.the(billing.QuoteIssued, again).quote.total.minor
    assert charged(system, again).get("settlement", 0) == second
    back = sum(minor for kind, purpose, minor in done(system, first, "refund") if purpose != "final-account")
    assert quoted.total.minor - back + second <= quoted.total.minor, "a contract's fee is asked once in its life"
    assert system.dead_letters() == []
    system.close()


@pytest.mark.parametrize("name", [name for name, offered in OFFERED.items() if not offered])
def test_where_a_pack_offers_no_reopening_nothing_is_charged_for_one(name: str) -> None:
    system = System(name)
    signed(system, load(name).fees[0].rule)
    request = close(system, "first")
    before = charged(system, request)
    system.say(commands.ReopenLine(request_id=request, channel="app", fee=Money(minor=100, currency="EUR")))
    assert system.the(shared.CommandRefused, request).code
    assert charged(system, request) == before and system.books.look_up(LINE).status != "active"
    system.close()
