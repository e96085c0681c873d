"""Money that the carrier refuses to move for good is noted as moved elsewhere: nothing is stuck, nothing is doubled."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.messages.billing import DisputeResolved, Elsewhere, FeeRefunded, FeeWaived, FinalBillIssued, QuoteIssued
from contracts.messages.ops import ElsewhereGround, ElsewhereNoted
from contracts.messages.shared import AttentionRequired, AttentionResolved
from contracts.messages.termination import PortCodeIssued, ReopeningAccepted
from contracts.words import Language, Money, Ruling
from evidence.bundle import bundle
from evidence.claims import claims
from evidence.verify import unwrapped, verify
from runtime.decision import Decision
from services.billing import disputes, elsewhere
from services.billing.account import final
from services.billing.case import BillingCase, Reopening, move_money
from services.billing.incidents import kept
from tests.domain.test_final_accounts import bill_of
from tests.evidence.telling import told_by_the_console
from tests.flow.arguing import LINES, about, no, says, with_lines
from tests.flow.at_billing import Desk, settled
from tests.flow.customer import (
    MONEY,
    confirm,
    decide_dispute,
    dispute,
    done,
    note_elsewhere,
    order_retry,
    submit,
    withdraw,
)
from tests.flow.system import System
from tests.flow.test_account_dispute_decisions_exactly import ACCOUNT, with_account
from tests.flow.test_closed_elsewhere import refusals, waiting
from tests.flow.test_final_accounts import letters, rules

CHARGE, BILL, BACK = {"billed", "not-charged"}, {"billed"}, {"refunded"}
WAYS = {  # what was refused: the grounds that fit
    ("charge", "dispute"): CHARGE,
    ("charge", "account-dispute"): CHARGE,
    ("charge", "final-bill"): BILL,
    ("charge", "reopening"): set(),
    ("refund", "final-bill"): BILL,
    ("refund", "withdrawal"): BACK,
    ("refund", "dispute"): BACK,
    ("refund", "account-dispute"): BACK,
    ("refund", "third-party"): BACK,
    ("refund", "reopening"): BACK,
    ("refund", "contract-goes-on"): BACK,
    ("waive", "delay"): BACK,
    ("waive", "wrong-switch-off"): BACK,
}
FITTING = [(*way, ground) for way, grounds in WAYS.items() for ground in sorted(grounds)]


def waits_for(desk: Desk, operation: str, purpose: Any, key: str = "") -> BillingCase:
    case = with_account(with_lines(settled(desk), *LINES), *ACCOUNT)
    ruled = {"outcome": Ruling.LOWERED, "owed": Money(minor=300), "operator": "op-1", "reason": "checked"}
    accepted = ReopeningAccepted(request_id=case.request_id, attempt=1, fee=Money(minor=300), number_free_from=desk.now)
    call = move_money(case, operation, Money(minor=300), purpose)
    return case.model_copy(
        update={
            "dispute": about(case, desk, 600, "one", **ruled),
            "account_dispute": about(case, desk, 300, "usage/u-1", about="final-account", **ruled),
            "account_resolved": (),
            "reopening": Reopening(accepted=accepted, state="refunding"),
            "incidents": {f"{operation}:{purpose}": kept(operation, purpose, call.ask, key)},
        }
    )


def note(case: BillingCase, incident: str, ground: str) -> ElsewhereNoted:
    word = {"incident": incident, "ground": ground, "evidence": "bill-7"}
    return ElsewhereNoted(request_id=case.request_id, operator="op-1", reason="checked", **word)


def noted(desk: Desk, case: BillingCase, incident: str, ground: str) -> Decision:
    return elsewhere.noted(case, note(case, incident, ground), desk.now, desk.pack)


@pytest.mark.parametrize(("operation", "purpose", "ground"), [each for each in FITTING if each[1] != "final-bill"])
def test_what_moved_elsewhere_is_told_with_its_reference_and_nothing_moves_here(
    desk: Desk, operation: str, purpose: str, ground: Any
) -> None:
    incident = f"{operation}:{purpose}"
    decision = noted(desk, waits_for(desk, operation, purpose), incident, ground)
    solved, told = decision.events
    assert solved == AttentionResolved(request_id=solved.request_id, incident=incident)
    assert isinstance(told, DisputeResolved | FeeRefunded | FeeWaived)
    assert told.elsewhere == Elsewhere(amount=Money(minor=300), ground=ground, reference="bill-7")
    assert {getattr(told, each.field).minor for each in told.moves} == {0} and decision.calls == ()
    case = decision.case
    assert isinstance(case, BillingCase) and case.incidents == {}
    line = {"dispute": "one", "account-dispute": "usage/u-1"}.get(purpose, "")
    assert case.elsewhere_lines == ({line: ground} if operation == "charge" else {})
    assert noted(desk, case, incident, ground) == no(case, desk, "not-done-elsewhere", "elsewhere.noted.v1")


@pytest.mark.parametrize("operation", ["charge", "refund"])
def test_a_bill_that_was_settled_elsewhere_ends_the_account_here(desk: Desk, operation: str) -> None:
    incident = f"{operation}:final-bill"
    case = waits_for(desk, operation, "final-bill")
    assert noted(desk, case, incident, "billed") == no(case, desk, "not-done-elsewhere", "elsewhere.noted.v1")
    calm = case.model_copy(update={"account_dispute": None})
    decision = noted(desk, calm, incident, "billed")
    told = decision.events[-1]
    assert isinstance(told, FinalBillIssued) and (told.elsewhere, told.reference) == (True, "bill-7")
    assert (told.net.minor, decision.calls) == (0, ())
    after: Any = decision.case
    assert (after.account, after.bill, after.billed_at, after.incidents) == (None, None, desk.now, {})


@pytest.mark.parametrize(("operation", "purpose"), WAYS)
def test_a_ground_that_does_not_fit_and_an_answer_that_made_no_sense_change_nothing(
    desk: Desk, operation: str, purpose: str
) -> None:
    case = waits_for(desk, operation, purpose)
    doubtful = waits_for(desk, operation, purpose, key="k-1")
    for ground in ElsewhereGround:
        refused = no(case, desk, "not-done-elsewhere", "elsewhere.noted.v1")
        assert noted(desk, doubtful, f"{operation}:{purpose}", ground) == refused
        if ground not in WAYS[operation, purpose]:
            assert noted(desk, case, f"{operation}:{purpose}", ground) == refused


@pytest.mark.parametrize(("ground", "status"), [("billed", "paid"), ("not-charged", "not-charged")])
def test_a_line_that_was_billed_elsewhere_is_not_argued_about_here_and_the_last_account_says_so(
    desk: Desk, ground: str, status: str
) -> None:
    decision = noted(desk, waits_for(desk, "charge", "dispute"), "charge:dispute", ground)
    case: Any = decision.case
    assert disputes.open_dispute(case, says(case, "one", ground="not-mine"), desk.now, desk.pack) == no(
        case, desk, "nothing-to-dispute"
    )
    again = disputes.open_dispute(case, says(case, "two"), desk.now, desk.pack)
    assert [each.type for each in again.events] == ["dispute.opened.v1"]
    assert case.let_go == (("one",) if ground == "not-charged" else ())
    account = final(bill_of((), ()), case.offered, (), desk.pack, None, case.let_go)
    assert {each.line: each.status for each in account.lines}["one"] == status


def test_a_disputes_charge_that_is_refused_for_good_is_noted_and_the_customer_is_told(system: System) -> None:
    request = submit(system, "sub-linecontract01")
    dispute(system, request)
    confirm(system, request)
    system.carrier_acts("/faults/charge", "PUT", kind="refusal", times=1)
    decide_dispute(system, request, "upheld")
    assert waiting(system, request) == {"charge:dispute"}
    note_elsewhere(system, request, "charge:dispute", "billed", "bill-2026-77")
    told = system.the(DisputeResolved, request)
    assert (told.charged.minor, told.elsewhere.reference) == (0, "bill-2026-77")
    assert waiting(system, request) == set() and done(system, request, *MONEY) == []
    letter = letters(system, "sub-linecontract01")[-1]
    assert "已在别处出账，此处不收" in letter and "bill-2026-77" in letter and "已收取" not in letter


def test_a_refund_that_is_refused_for_good_is_noted_and_not_paid_twice(system: System) -> None:
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    system.carrier_acts("/faults/refund", "PUT", kind="refusal", times=1)
    withdraw(system, request)
    (seen,) = [each for each in system.events(request) if isinstance(each, AttentionRequired)]
    assert seen.incident == "refund:withdrawal"
    note_elsewhere(system, request, "refund:withdrawal", "refunded", "cash-81")
    told = system.the(FeeRefunded, request)
    paid = done(system, request, "charge")[0][2]
    assert (told.amount.minor, told.elsewhere.amount.minor, told.reference) == (0, paid, "cash-81")
    assert done(system, request, "refund") == []
    letter = letters(system, "sub-linecontract01")[-1]
    assert "已在别处退还，此处不再退" in letter and "cash-81" in letter and "按原付款方式" not in letter
    note_elsewhere(system, request, "refund:withdrawal", "refunded", "cash-82")
    assert refusals(system, request) == ["not-done-elsewhere"]


def test_a_last_bill_that_is_refused_says_how_much_is_at_stake(system: System) -> None:
    request = submit(system, "sub-account02", language=Language.EN)
    system.carrier_acts("/faults/charge", "PUT", kind="refusal", times=1)
    confirm(system, request)
    (seen,) = [each for each in system.events(request) if isinstance(each, AttentionRequired)]
    assert seen.incident == "charge:final-bill" and "final-bill.issued.v1" not in system.types(request)
    assert seen.amount is not None and seen.amount.minor > 0
    note_elsewhere(system, request, "charge:final-bill", "billed", "bill-9")
    assert done(system, request, *MONEY) == [] and waiting(system, request) == set()
    order_retry(system, request, "charge:final-bill")
    assert done(system, request, *MONEY) == []


def test_an_account_that_makes_no_sense_is_noted_as_settled_elsewhere(system: System) -> None:
    request = submit(system, "sub-account01", language=Language.EN)
    rules(system, system.pack.model_copy(update={"currency": "EUR"}))
    confirm(system, request)
    assert system.the(AttentionRequired, request).code == "account-makes-no-sense"
    for ground in ("refunded", "not-charged"):
        note_elsewhere(system, request, "final-account", ground)
    assert refusals(system, request) == ["not-done-elsewhere"] * 2
    rules(system, system.pack)
    note_elsewhere(system, request, "final-account", "billed", "bill-8")
    told = system.the(FinalBillIssued, request)
    assert (told.elsewhere, told.reference, told.net.minor, told.account) == (True, "bill-8", 0, None)
    assert "bill-8" in letters(system, "sub-account01")[-1] and waiting(system, request) == set()
    order_retry(system, request, "final-account")
    assert done(system, request, *MONEY) == [] and proven(system, request)


def test_a_waiver_that_is_refused_for_good_is_noted_and_the_letter_says_where(system: System) -> None:
    request = submit(system, "sub-latepromise01", language=Language.EN)
    confirm(system, request)
    system.advance(timedelta(days=3))
    system.carrier_acts("/faults/waive", "PUT", kind="refusal", times=1)
    system.carrier_acts("/customers/sub-latepromise01/fix-item", item="plan-basic")
    system.advance(timedelta(hours=1))
    (seen,) = [each for each in system.events(request) if isinstance(each, AttentionRequired)]
    assert seen.incident == "waive:delay" and seen.amount is not None
    note_elsewhere(system, request, "waive:delay", "refunded", "credit-5")
    told = system.the(FeeWaived, request)
    assert (told.amount.minor, told.elsewhere.amount, told.reference) == (0, seen.amount, "credit-5")
    assert done(system, request, "waive") == [] and waiting(system, request) == set()
    letter = letters(system, "sub-latepromise01")[-1]
    sum_ = f"CNY {seen.amount.minor / 100:.2f}"
    assert f"Waived elsewhere, not once more here: {sum_}" in letter and "Receipt: credit-5" in letter
    assert "We have waived" not in letter and proven(system, request)


def proven(system: System, request: str) -> bool:
    """Each decision of it rests on inputs that the evidence file shows, and the carrier's ledger agrees."""
    data = bundle(told_by_the_console(system, request), system.ledger(request))
    verify(data)
    found = {claim["claim"]: claim["proved"] for claim in claims(unwrapped(data))}
    return all(found.values())


@pytest.mark.parametrize("leaves", [True, False])
def test_a_code_that_is_refused_for_good_is_noted_and_the_carrier_says_what_became_of_the_number(leaves: bool) -> None:
    system = System("eu")
    line = "sub-portlockin01"
    request = submit(system, line, kind="port-out", language=Language.EN)
    fee = system.the(QuoteIssued, request).quote.total.minor
    confirm(system, request)
    system.carrier_acts("/faults/port-code", "PUT", kind="refusal", times=1)
    system.advance(timedelta(days=1, hours=1))
    assert waiting(system, request) == {"port-code"}
    if leaves:
        system.books.port_away(line)
    note_elsewhere(system, request, "port-code", "refunded")
    note_elsewhere(system, request, "port-code", "off", "port-81")
    system.advance(timedelta(days=1))
    assert refusals(system, request) == ["not-done-elsewhere"] and waiting(system, request) == set()
    told = system.the(PortCodeIssued, request)
    assert told.elsewhere and told.reference == "port-81" and system.stage(request) == "closed"
    moved = [(kind, minor) for kind, _, minor in done(system, request, "charge", "refund")]
    assert fee > 0 and moved == [("charge", fee), *([] if leaves else [("refund", fee)])]
    assert any("port-81" in letter and "No authorisation code" in letter for letter in letters(system, line))
    note_elsewhere(system, request, "port-code", "off", "port-82")
    assert refusals(system, request) == ["not-done-elsewhere"] * 2
    system.close()
