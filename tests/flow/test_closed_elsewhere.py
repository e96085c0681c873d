"""Somebody else closes the line while a request waits for its end: it ends all the same, and no order is stuck."""

from datetime import timedelta

import pytest

from contracts.messages import billing, termination
from contracts.messages.shared import AttentionRequired, AttentionResolved
from contracts.words import Kind, Language
from demo.carrier.desk import keep, line_of
from tests.flow.customer import MONEY, confirm, done, submit
from tests.flow.system import System
from tests.flow.test_changed_at_the_carrier import enrol

SOON, LATER = timedelta(hours=1), timedelta(days=40)


def close_elsewhere(system: System, subscription: str, *, bill_waits: bool) -> None:
    """By whoever it was; `bill_waits`: the account has not had its last bill yet."""
    with system.books._transaction() as database:
        line = line_of(database, subscription)
        line.snapshot["status"] = "closed"
        for item in line.snapshot["items"]:
            item["active"] = False
        line.quirks["ported"] = ["unbilled"] if bill_waits else []
        keep(database, line)


def asked(system: System, name: str, kind: Kind) -> tuple[str, str]:
    line = enrol(system, name, kind)
    items = ("phone-care",) if kind is Kind.PRODUCT else ()
    end = system.now + timedelta(days=3)
    return line, submit(system, line, *items, kind=kind, language=Language.EN, requested_end=end)


def waiting(system: System, request: str) -> set[str]:
    """The incidents nobody has cured."""
    seen = system.events(request)
    told = {each.incident for each in seen if isinstance(each, AttentionRequired)}
    return told - {each.incident for each in seen if isinstance(each, AttentionResolved)}


@pytest.mark.parametrize("kind", [Kind.LINE, Kind.PRODUCT])
def test_what_went_off_with_the_line_counts_as_off_and_the_request_ends(system: System, kind: Kind) -> None:
    line, request = asked(system, "closedthere", kind)
    quoted = system.the(billing.QuoteIssued, request).quote
    confirm(system, request)
    system.advance(SOON)
    close_elsewhere(system, line, bill_waits=True)
    system.advance(LATER)
    ended = system.the(termination.ServiceTerminated, request)
    wanted = {"phone-care"} if kind is Kind.PRODUCT else {"plan-basic", "phone-care"}
    assert {each.item: each.reference for each in ended.ended} == dict.fromkeys(wanted, "already-closed")
    assert ended.dates.effective >= ended.dates.service_end and not ended.late
    assert waiting(system, request) == set() and done(system, request, "switch-off") == []
    moved = [(what, minor) for _, what, minor in done(system, request, *MONEY) if what == "settlement"]
    assert moved == [("settlement", quoted.total.minor)]
    bills = [each for each in system.events(request) if isinstance(each, billing.FinalBillIssued)]
    assert bool(bills) is (kind is Kind.LINE)


def test_a_last_bill_that_was_issued_elsewhere_is_a_matter_for_a_person(system: System) -> None:
    """It is told as what it is, and nothing of it is charged; the end and the kept number stand."""
    line, request = asked(system, "billedthere", Kind.LINE)
    confirm(system, request)
    system.advance(SOON)
    close_elsewhere(system, line, bill_waits=False)
    system.advance(LATER)
    assert system.the(termination.ServiceTerminated, request).number_free_from is not None
    (told,) = [each for each in system.events(request) if isinstance(each, AttentionRequired)]
    assert (told.operation, told.code) == ("final-bill", "already-closed")
    assert waiting(system, request) == {"final-bill:"}


def test_a_line_closed_in_the_middle_of_its_switching_off_ends_whole(system: System) -> None:
    line, request = asked(system, "closedhalfway", Kind.LINE)
    confirm(system, request)
    system.carrier_acts("/faults/switch-off", "PUT", kind="error", times=1)
    with system.books._transaction() as database:
        known = line_of(database, line)
        known.quirks["item:phone-care"] = ["refuse"]
        keep(database, known)
    end = system.the(billing.QuoteIssued, request).quote.service_end
    system.advance(end - system.now + SOON)
    close_elsewhere(system, line, bill_waits=True)
    system.advance(LATER)
    assert {each.item for each in system.the(termination.ServiceTerminated, request).ended} == {
        "plan-basic",
        "phone-care",
    }
    assert waiting(system, request) == set()
