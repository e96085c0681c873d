"""J23 and J24: a closed line afterwards: wanted back in time, too late, not paid, not possible, or never."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.messages import billing, commands, intake, notify, shared, termination
from contracts.words import Money
from services.intake.door.status import status
from tests.flow.customer import (
    MONEY,
    SWITCHING,
    confirm,
    decide_dispute,
    dispute,
    done,
    give_up,
    order_retry,
    reopen,
    submit,
)
from tests.flow.system import System

DAY = timedelta(days=1)
FEE = 5000
FREE_FROM = datetime(2026, 6, 7, 16, 0, tzinfo=UTC)  # closed on 10 March, 90 days, midnight in Shanghai
BOTH_ON = [("restore", "video-pack", 0), ("restore", "plan-basic", 0)]
BOTH_OFF = [("switch-off", "plan-basic", 0), ("switch-off", "video-pack", 0)]


def closed(system: System, subscription: str = "sub-reopened01") -> str:
    request = submit(system, subscription)
    confirm(system, request)
    assert system.stage(request) == "closed"
    return request


def refusals(system: System, request: str) -> list[str]:
    return [event.code for event in system.events(request) if isinstance(event, shared.CommandRefused)]


def letters(system: System, request: str) -> list[str]:
    return [event.notice for event in system.events(request) if isinstance(event, notify.NoticeSent)]


def test_the_fee_for_having_the_line_back_is_disclosed_with_the_quote_and_the_closing(system: System) -> None:
    request = closed(system)
    terms = system.the(billing.QuoteIssued, request).quote.reopening
    assert (terms.fee.minor, terms.clauses) == (FEE, ("CN-17", "CN-13-quarantine"))
    ended = system.the(termination.ServiceTerminated, request)
    assert (ended.number_free_from, ended.reopening) == (FREE_FROM, terms)
    told = [row["content"] for row in system.carrier_acts("/customers/sub-reopened01/inbox", "GET")]
    letter = next(text for text in told if "您的号码已销户" in text)
    assert "解绑" in letter and "2026年6月8日 00:00" in letter and "¥50.00" in letter


def test_j23_a_closed_line_is_reopened_inside_the_quarantine_for_the_fee_that_was_shown(system: System) -> None:
    request = closed(system)
    system.advance(89 * DAY)
    reopen(system, request)
    assert done(system, request, "charge", "refund") == [("charge", "reopening", FEE)]
    assert done(system, request, *SWITCHING) == [*BOTH_OFF, *BOTH_ON]
    back = system.the(termination.LineReopened, request)
    assert (back.paid.minor, [item.item for item in back.restored]) == (FEE, ["video-pack", "plan-basic"])
    assert system.books.look_up("sub-reopened01").status == "active"
    assert {"reopening-paid", "line-reopened"} <= set(letters(system, request))
    system.advance(30 * DAY)
    assert "number.released.v1" not in system.types(request)
    assert system.types(request).count("request.closed.v1") == 1 and system.stage(request) == "closed"


def test_the_public_status_follows_a_reopening_and_the_request_stays_closed(system: System) -> None:
    request = closed(system)
    before = status(system.case("intake", request), system.now, system.pack)
    assert before.number and (before.number.kept_until, before.number.reopening) == (FREE_FROM, "")
    assert "reopening" in [action.name for action in before.actions]
    reopen(system, request)
    after = status(system.case("intake", request), system.now, system.pack)
    assert after.number and (after.stage, after.number.reopening) == ("closed", "reopened")
    assert after.number.reopened_at == system.now and "reopening" not in [action.name for action in after.actions]
    assert after.where.en == "It is closed, and the line is back in use."


def test_a_reopened_line_can_be_closed_again_with_a_new_request(system: System) -> None:
    request = closed(system)
    reopen(system, request)
    again = submit(system, "sub-reopened01", name="again")
    confirm(system, again)
    assert system.stage(again) == "closed"


def test_j24_once_the_number_is_free_a_reopening_is_refused_with_the_clause(system: System) -> None:
    request = closed(system, "sub-toolate01")
    system.advance(90 * DAY)
    released = system.the(termination.NumberReleased, request)
    assert (released.subscription, released.kept_until) == ("sub-toolate01", FREE_FROM)
    reopen(system, request)
    refused = system.the(shared.CommandRefused, request)
    assert (refused.code, refused.clauses) == ("number-released", ("CN-17", "CN-13-quarantine"))
    assert done(system, request, "restore", "charge") == []
    assert "reopening" not in [
        action.name for action in status(system.case("intake", request), system.now, system.pack).actions
    ]


@pytest.mark.parametrize(
    ("before", "code"),
    [(timedelta(microseconds=1), ""), (timedelta(0), "number-released"), (-timedelta(hours=1), "number-released")],
)
def test_the_last_moment_counts_as_the_customers_day_has_it(system: System, before: timedelta, code: str) -> None:
    request = closed(system)
    system.advance(FREE_FROM - before - system.now)
    reopen(system, request)
    assert refusals(system, request) == [code] * bool(code)
    assert ("line.reopened.v1" in system.types(request)) == (not code)


def test_a_payment_that_takes_past_the_end_of_the_quarantine_still_brings_the_line_back(system: System) -> None:
    request = closed(system)
    system.advance(FREE_FROM - timedelta(seconds=1) - system.now)
    system.carrier_acts("/faults/charge", "PUT", kind="error", times=6)
    reopen(system, request)
    system.advance(DAY)
    assert "line.reopened.v1" in system.types(request) and "number.released.v1" not in system.types(request)


def test_a_declined_reopening_is_told_and_can_be_asked_for_again(system: System) -> None:
    request = closed(system)
    system.books.payment_method("sub-reopened01", works=False)
    reopen(system, request)
    assert system.the(billing.ReopeningDeclined, request).code == "payment-declined"
    assert "reopening-declined" in letters(system, request) and done(system, request, "restore", "charge") == []
    system.books.payment_method("sub-reopened01", works=True)
    reopen(system, request)
    assert done(system, request, "charge") == [("charge", "reopening", FEE)]
    assert system.the(termination.LineReopened, request)


def test_a_reopening_declined_after_the_quarantines_end_releases_the_number_at_once(system: System) -> None:
    request = closed(system)
    system.books.payment_method("sub-reopened01", works=False)
    system.advance(FREE_FROM - timedelta(seconds=1) - system.now)
    system.carrier_acts("/faults/charge", "PUT", kind="error", times=6)
    reopen(system, request)
    system.advance(DAY)
    assert system.the(billing.ReopeningDeclined, request) and system.the(termination.NumberReleased, request)


def test_a_restore_that_is_refused_waits_for_an_operator_and_the_others_come_back(system: System) -> None:
    request = closed(system, "sub-reopened02")
    reopen(system, request)
    assert system.the(shared.AttentionRequired, request).incident == "restore:video-pack"
    assert done(system, request, "restore") == [("restore", "plan-basic", 0)]
    system.books.fix_item("sub-reopened02", "video-pack")
    order_retry(system, request, "restore:video-pack")
    assert system.the(termination.LineReopened, request)
    assert done(system, request, "charge") == [("charge", "reopening", FEE)]
    assert "attention.resolved.v1" in system.types(request)


def test_what_cannot_be_restored_is_given_up_and_the_money_comes_back(system: System) -> None:
    request = closed(system, "sub-reopened02")
    reopen(system, request)
    give_up(system, request)
    failed = system.the(termination.ReopeningFailed, request)
    assert (failed.number_free_from, failed.reason) == (FREE_FROM, "checked by hand")
    assert done(system, request, *MONEY) == [("charge", "reopening", FEE), ("refund", "reopening", FEE)]
    assert done(system, request, *SWITCHING)[2:] == [("restore", "plan-basic", 0), ("switch-off", "plan-basic", 0)]
    assert system.books.look_up("sub-reopened02").status == "closed"
    assert system.the(billing.FeeRefunded, request).cause == "reopening"
    assert {"reopening-failed", "fee-refunded"} <= set(letters(system, request))
    system.advance(90 * DAY)
    assert system.the(termination.NumberReleased, request)


def test_after_a_reopening_was_given_up_the_customer_can_try_again(system: System) -> None:
    request = closed(system, "sub-reopened02")
    reopen(system, request)
    give_up(system, request)
    system.books.fix_item("sub-reopened02", "video-pack")
    reopen(system, request)
    assert system.the(termination.LineReopened, request)
    assert [kind for kind, _, _ in done(system, request, *MONEY)] == ["charge", "refund", "charge"]
    doubled = system.carrier_acts("/ledger/summary", "GET")["doubled"]
    assert [row["kind"] for row in doubled if row["kind"] != "send"] == []


def test_a_reopening_that_is_not_stuck_cannot_be_given_up(system: System) -> None:
    request = closed(system)
    give_up(system, request)
    reopen(system, request)
    give_up(system, request)
    assert refusals(system, request) == ["nothing-to-abandon", "nothing-to-abandon"]
    assert system.the(termination.LineReopened, request)


def test_given_up_while_the_payment_is_under_way_what_then_arrives_goes_back(system: System) -> None:
    request = closed(system)
    system.carrier_acts("/faults/charge", "PUT", kind="error", times=6)
    reopen(system, request)
    give_up(system, request)
    system.advance(DAY)
    assert done(system, request, *MONEY, "restore") == [("charge", "reopening", FEE), ("refund", "reopening", FEE)]
    assert system.the(billing.ReopeningPaid, request).given_back
    assert "reopening-paid" not in letters(system, request)


def test_a_second_try_waits_until_the_outcome_of_the_first_payment_is_known(system: System) -> None:
    request = closed(system)
    system.carrier_acts("/faults/charge", "PUT", kind="error", times=6)
    reopen(system, request)
    give_up(system, request)
    reopen(system, request)
    assert system.the(billing.ReopeningDeclined, request).code == "earlier-payment-open"
    system.advance(DAY)
    reopen(system, request)
    assert [kind for kind, _, _ in done(system, request, *MONEY)] == ["charge", "refund", "charge"]
    assert system.the(termination.LineReopened, request)


def test_a_refused_charge_waits_for_an_operator_and_giving_up_settles_it(system: System) -> None:
    request = closed(system)
    system.carrier_acts("/faults/charge", "PUT", kind="refusal", times=1)
    reopen(system, request)
    assert system.the(shared.AttentionRequired, request).incident == "charge:reopening"
    give_up(system, request)
    assert system.the(shared.AttentionResolved, request).incident == "charge:reopening"
    assert done(system, request, *MONEY) == [] and system.the(termination.ReopeningFailed, request)


def test_reopening_pressed_twice_is_one_reopening(system: System) -> None:
    request = closed(system)
    system.carrier_acts("/faults/charge", "PUT", kind="error", times=3)
    reopen(system, request)
    reopen(system, request, channel="web")
    system.advance(DAY)
    reopen(system, request)
    assert refusals(system, request) == ["already-reopening", "already-reopened"]
    assert done(system, request, "charge") == [("charge", "reopening", FEE)]
    assert done(system, request, "restore") == BOTH_ON


@pytest.mark.parametrize("fee", [0, 4999, 5001])
def test_a_fee_that_was_not_shown_is_never_charged(system: System, fee: int) -> None:
    request = closed(system)
    reopen(system, request, fee)
    assert refusals(system, request) == ["reopening-fee-differs"]
    assert done(system, request, *MONEY, "restore") == []


def test_a_reopening_needs_the_channels_proof_of_who_said_yes(system: System) -> None:
    request = closed(system)
    wish = {"request_id": request, "fee": Money(minor=FEE)}
    system.say(commands.ReopenLine(**wish, channel="hotline"))
    assert refusals(system, request) == ["proof-missing"]
    reopen(system, request, channel="hotline")
    assert system.the(intake.ReopeningRequested, request).proof.call == "call-0815"
    assert system.the(termination.LineReopened, request)


def test_what_is_not_a_closed_line_cannot_be_reopened(system: System) -> None:
    product = submit(system, "sub-freeaddon01", "video-pack")
    confirm(system, product)
    waiting = submit(system, "sub-reopened01")
    for request in (product, waiting):
        reopen(system, request)
        assert refusals(system, request) == ["nothing-to-reopen"]


def test_a_reopening_goes_its_way_while_an_earlier_dispute_runs(system: System) -> None:
    request = submit(system, "sub-linecontract01")
    fee = system.the(billing.QuoteIssued, request).quote.total.minor
    dispute(system, request)
    confirm(system, request)
    system.advance(31 * DAY)
    reopen(system, request)
    assert system.the(termination.LineReopened, request)
    assert done(system, request, "charge") == [("charge", "reopening", FEE)]
    decide_dispute(system, request, "upheld")
    assert fee > 0 and done(system, request, "charge") == [("charge", "reopening", FEE)], "the contract goes on"
    assert system.the(billing.DisputeResolved, request).outcome == "upheld"


def test_nothing_of_a_line_that_is_back_is_switched_off_by_a_late_complaint(system: System) -> None:
    request = closed(system)
    reopen(system, request)
    system.say(commands.ReportProblem(request_id=request, channel="app", problem="half-done"))
    assert refusals(system, request) == ["nothing-to-repair"]
    assert done(system, request, *SWITCHING) == [*BOTH_OFF, *BOTH_ON]


def test_a_final_bills_payout_is_not_undone_and_the_letter_says_so(system: System) -> None:
    request = closed(system, "sub-balances02")
    reopen(system, request)
    paid_out = [("refund", "third-party", 8000), ("refund", "final-bill", 1200)]
    assert done(system, request, *MONEY) == [*paid_out, ("charge", "reopening", FEE)]
    told = [row["content"] for row in system.carrier_acts("/customers/sub-balances02/inbox", "GET")]
    assert any("已退还的余额不收回" in text for text in told)


def test_a_number_nobody_wants_back_is_released_once_and_told_to_the_carrier_alone(system: System) -> None:
    request = closed(system)
    before = letters(system, request)
    system.advance(FREE_FROM - system.now - timedelta(seconds=1))
    assert "number.released.v1" not in system.types(request)
    system.advance(200 * DAY)
    assert system.types(request).count("number.released.v1") == 1
    assert letters(system, request) == before and not system.case("termination", request).open
