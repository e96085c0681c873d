"""Somebody else closes the line while a request waits for its end: it ends all the same, and no order is stuck."""

from datetime import timedelta

import pytest

from contracts.messages import billing, termination
from contracts.messages.notify import RequestClosed
from contracts.messages.shared import AttentionRequired, AttentionResolved, CommandRefused, RequestWithdrawn
from contracts.words import Kind, Language
from demo.carrier.desk import keep, line_of
from tests.flow.customer import MONEY, confirm, dispute, done, note_elsewhere, order_retry, submit, withdraw
from tests.flow.system import System
from tests.flow.test_changed_at_the_carrier import enrol
from tests.flow.test_final_accounts import letters

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


def refusals(system: System, request: str) -> list[str]:
    return [each.code for each in system.events(request) if isinstance(each, CommandRefused)]


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
    note_elsewhere(system, request, "final-bill:", "billed", "bill-2026-77")
    assert waiting(system, request) == set() and refusals(system, request) == []
    told = system.the(billing.FinalBillIssued, request)
    assert (told.elsewhere, told.reference, told.net.minor, told.account) == (True, "bill-2026-77", 0, None)
    letter = letters(system, line)[-1]
    assert "bill-2026-77" in letter and "nothing more is charged or paid back here" in letter
    assert system.the(RequestClosed, request).notice == "final-bill"
    assert done(system, request, "final-bill") == []
    note_elsewhere(system, request, "final-bill:", "billed", "bill-2026-78")
    assert refusals(system, request) == ["not-done-elsewhere"]


@pytest.mark.parametrize("kind", [Kind.LINE, Kind.PRODUCT])
def test_an_item_that_was_replaced_elsewhere_is_noted_as_off_and_the_request_ends(system: System, kind: Kind) -> None:
    """The carrier knows no such item any more, so that no retry is ever answered otherwise."""
    line, request = asked(system, "replacedthere", kind)
    confirm(system, request)
    system.advance(SOON)
    with system.books._transaction() as database:
        known = line_of(database, line)
        known.snapshot["items"] = [each for each in known.snapshot["items"] if each["item"] != "phone-care"]
        keep(database, known)
    system.advance(LATER)
    order_retry(system, request, "switch-off:phone-care")
    assert waiting(system, request) == {"switch-off:phone-care"}
    for ground in ("billed", "not-charged"):
        note_elsewhere(system, request, "switch-off:phone-care", ground)
    assert refusals(system, request) == ["not-done-elsewhere"] * 2 and waiting(system, request)
    note_elsewhere(system, request, "switch-off:phone-care", "off")
    ended = system.the(termination.ServiceTerminated, request)
    assert {each.reference for each in ended.ended if each.item == "phone-care"} == {"order-5591"}
    assert waiting(system, request) == set() and system.the(RequestClosed, request)
    note_elsewhere(system, request, "switch-off:phone-care", "off")
    assert refusals(system, request) == ["not-done-elsewhere"] * 3


@pytest.mark.parametrize("ground", ["billed", "not-charged"])
def test_a_fee_of_a_line_closed_before_its_charge_is_taken_by_nobody_here_and_the_request_ends(
    system: System, ground: str
) -> None:
    line, request = asked(system, "closedbefore", Kind.LINE)
    quoted = system.the(billing.QuoteIssued, request).quote.total
    assert quoted.minor > 0
    close_elsewhere(system, line, bill_waits=True)
    confirm(system, request)
    assert waiting(system, request) == {"charge:settlement"}
    note_elsewhere(system, request, "charge:settlement", "off")
    note_elsewhere(system, request, "charge:settlement", ground, "bill-2026-77")
    assert refusals(system, request) == ["not-done-elsewhere"]
    settled = system.the(billing.FeeSettled, request)
    assert settled.elsewhere == billing.Elsewhere(amount=quoted, ground=ground, reference="bill-2026-77")
    assert (settled.paid.minor, settled.held.minor, settled.reference) == (0, 0, None)
    letter = next(each for each in letters(system, line) if "is not charged here" in each)
    assert ("was billed elsewhere, under bill-2026-77" in letter) is (ground == "billed")
    dispute(system, request)
    assert refusals(system, request)[-1] == "nothing-to-dispute"
    system.advance(LATER)
    assert system.the(termination.ServiceTerminated, request) and waiting(system, request) == set()
    assert [what for _, what, _ in done(system, request, *MONEY) if what == "settlement"] == []
    lines = system.the(billing.FinalBillIssued, request).account.lines
    assert {each.status for each in lines if each.kind == "early-termination" and each.amount.minor} == {
        "paid" if ground == "billed" else "not-charged"
    }


def test_who_wanted_to_stay_before_the_fee_was_noted_as_billed_elsewhere_stays(system: System) -> None:
    line, request = asked(system, "staysafterall", Kind.LINE)
    close_elsewhere(system, line, bill_waits=True)
    confirm(system, request)
    withdraw(system, request)
    note_elsewhere(system, request, "charge:settlement", "billed")
    assert system.the(RequestWithdrawn, request) and waiting(system, request) == set()
    assert not done(system, request, *MONEY)


@pytest.mark.parametrize("incident", ["refund:withdrawal", "quote", "notice:final-bill", "final-bill:"])
def test_what_does_not_wait_cannot_be_noted_as_done_elsewhere(system: System, incident: str) -> None:
    _, request = asked(system, "nothingwaits", Kind.LINE)
    note_elsewhere(system, request, incident, "billed")
    assert refusals(system, request) == ["not-done-elsewhere"]


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
