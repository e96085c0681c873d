"""J11 to J22 but for the disputes: withdrawn, declined, refused, late, wrong, escalated, away."""

from datetime import timedelta

import pytest

from contracts.messages import billing, commands, intake, notify, ops, shared, termination
from tests.flow.customer import (
    MONEY,
    SWITCHING,
    WHO,
    confirm,
    done,
    fee_of,
    order_retry,
    submit,
    withdraw,
)
from tests.flow.system import System, new_id


def test_j11_a_withdrawal_after_payment_gives_the_money_back(system: System) -> None:
    request = submit(system, "sub-regret01")
    confirm(system, request)
    fee = fee_of(system, request)
    system.advance(timedelta(days=10))
    withdraw(system, request, channel="web")
    assert system.stage(request) == "withdrawn"
    assert done(system, request, *MONEY) == [("charge", "settlement", fee), ("refund", "withdrawal", fee)]
    system.advance(timedelta(days=40))
    assert done(system, request, *SWITCHING) == []
    assert system.the(billing.FeeRefunded, request).amount.minor == fee


def test_j11_a_withdrawal_before_any_payment_costs_nothing(system: System) -> None:
    request = submit(system, "sub-regret01")
    withdraw(system, request)
    assert system.the(shared.RequestWithdrawn, request).stage == "billing"
    assert done(system, request, *MONEY, *SWITCHING) == []
    again = submit(system, "sub-regret01", name="again")
    assert system.stage(again) == "quoted"


def test_j12_a_withdrawal_after_the_first_item_is_off_is_refused_and_it_goes_on(system: System) -> None:
    request = submit(system, "sub-regretlate01")
    confirm(system, request)
    system.carrier_acts("/faults/switch-off", "PUT", kind="error", times=3)
    system.advance(timedelta(days=30))
    withdraw(system, request)
    assert system.the(shared.CommandRefused, request).code == "withdrawal-too-late"
    system.advance(timedelta(days=1))
    assert system.stage(request) == "closed"


def test_j13_a_declined_payment_is_told_and_a_second_try_goes_on(system: System) -> None:
    request = submit(system, "sub-declineonce01")
    confirm(system, request)
    assert system.stage(request) == "payment-failed"
    assert system.the(billing.SettlementFailed, request).retry_until - system.now == timedelta(days=3)
    system.say(commands.RetryPayment(request_id=request, channel="hotline"))
    assert system.stage(request) == "scheduled"
    assert done(system, request, *MONEY) == [("charge", "settlement", fee_of(system, request))]


def test_j13_never_paid_ends_with_nothing_switched_off(system: System) -> None:
    request = submit(system, "sub-declinealways01")
    confirm(system, request)
    system.advance(timedelta(days=1))
    system.say(commands.RetryPayment(request_id=request, channel="app"))
    assert system.stage(request) == "payment-failed"
    system.advance(timedelta(days=2))
    assert system.stage(request) == "failed"
    assert done(system, request, *MONEY, *SWITCHING) == []


def test_j15_one_of_three_items_is_refused_the_others_are_done_an_operator_retries(system: System) -> None:
    request = submit(system, "sub-stuckitem01")
    confirm(system, request)
    off = {what for _, what, _ in done(system, request, *SWITCHING)}
    assert off == {"plan-basic", "video-pack"}
    incident = system.the(shared.AttentionRequired, request).incident
    assert incident == "switch-off:music-pack"
    system.carrier_acts("/customers/sub-stuckitem01/fix-item", item="music-pack")
    order_retry(system, request, incident)
    assert system.the(shared.AttentionResolved, request).incident == incident
    assert system.stage(request) == "closed"


def test_j15_an_item_whose_system_is_busy_is_tried_again_by_itself(system: System) -> None:
    request = submit(system, "sub-busyitem01")
    confirm(system, request)
    system.advance(timedelta(minutes=1))
    assert system.stage(request) == "closed"
    assert len(done(system, request, *SWITCHING)) == 3


def test_j16_past_the_promise_it_is_told_waived_and_driven_on(system: System) -> None:
    request = submit(system, "sub-latepromise01")
    confirm(system, request)
    system.advance(timedelta(days=3))
    assert system.the(termination.TerminationLate, request).waiting
    assert system.stage(request) == "late"
    system.carrier_acts("/customers/sub-latepromise01/fix-item", item="plan-basic")
    system.advance(timedelta(hours=1))
    ended = system.the(termination.ServiceTerminated, request)
    assert ended.late and ended.dates.effective > ended.dates.promised
    waived = system.the(billing.FeeWaived, request)
    assert waived.cause == "delay" and waived.amount.minor > 0
    assert done(system, request, "waive") == [("waive", "delay", waived.amount.minor)]
    assert system.stage(request) == "closed"


def test_j17_the_wrong_service_off_is_restored_and_the_right_one_switched_off(system: System) -> None:
    request = submit(system, "sub-crosseditems01", "video-pack")
    confirm(system, request)
    system.say(
        commands.ReportProblem(request_id=request, channel="hotline", problem="wrong-item", items=("music-pack",))
    )
    repaired = system.the(termination.TerminationReprocessed, request)
    assert repaired.restored == ("music-pack",)
    line = {item.item: item.active for item in system.books.look_up("sub-crosseditems01").items}
    assert line["music-pack"] and not line["video-pack"]
    assert system.the(billing.FeeWaived, request).cause == "wrong-switch-off"


def test_j17_half_done_is_done_again(system: System) -> None:
    request = submit(system, "sub-halfoff01", "video-pack")
    confirm(system, request)
    assert system.books.look_up("sub-halfoff01").items[1].active
    system.say(commands.ReportProblem(request_id=request, channel="app", problem="half-done"))
    assert system.the(termination.TerminationReprocessed, request)
    assert not system.books.look_up("sub-halfoff01").items[1].active


def test_j18_a_caller_who_cannot_log_in_is_checked_and_an_agent_files(system: System) -> None:
    request = new_id("locked")
    system.say(
        commands.ReportProblem(
            request_id=request, channel="hotline", problem="cannot-log-in", subscription="sub-locked01"
        )
    )
    assert system.the(intake.AccountChecked, request).account == "locked"
    submit(system, "sub-locked01", "video-pack", channel="hotline", name="locked")
    confirm(system, request, channel="hotline")
    assert system.stage(request) == "closed"


def test_j18_a_locked_account_cannot_file_in_the_app_and_is_told_where_to_go(system: System) -> None:
    request = submit(system, "sub-locked01", "video-pack")
    (fault,) = system.the(intake.RequestReturned, request).faults
    assert fault.code == "account-locked" and "hotline" in fault.hint.en


def test_j6_a_line_on_which_nothing_is_left_is_returned_and_may_still_be_ported(system: System) -> None:
    """A carrier's record may say so; at the end of the notice there was nothing to switch off, and no end."""
    everything = [item.item for item in system.books.look_up("sub-freeaddon01").items]
    dropped = submit(system, "sub-freeaddon01", *everything)
    confirm(system, dropped)
    system.advance(timedelta(days=31))
    assert not any(item.active for item in system.books.look_up("sub-freeaddon01").items)
    line = submit(system, "sub-freeaddon01", kind="line", name="line")
    (fault,) = system.the(intake.RequestReturned, line).faults
    assert (fault.code, fault.field) == ("nothing-switched-on", "/subscription")
    away = submit(system, "sub-freeaddon01", kind="port-out", name="away")
    assert system.stage(away) == "quoted"


def test_j19_a_complaint_climbs_with_a_deadline_and_an_answer_at_each_level(system: System) -> None:
    request = submit(system, "sub-complaint01")
    for level in ("operator", "association", "court"):
        system.say(commands.EscalateComplaint(request_id=request, channel="web", level=level, ground="unfair-fee"))
        system.say(ops.ComplaintReplied(request_id=request, level=level, answer=f"letter-{level}", **WHO))
    climbed = [event for event in system.events(request) if isinstance(event, intake.ComplaintEscalated)]
    answered = [event for event in system.events(request) if isinstance(event, intake.ComplaintAnswered)]
    assert [event.level for event in climbed] == ["operator", "association", "court"]
    assert all(event.answer_due for event in climbed) and all(not event.late for event in answered)
    system.say(commands.EscalateComplaint(request_id=request, channel="web", level="operator", ground="again"))
    assert system.the(shared.CommandRefused, request).code == "complaint-not-higher"


def test_j19_an_unanswered_complaint_is_seen_by_an_operator_when_its_time_is_over(system: System) -> None:
    request = submit(system, "sub-complaint01")
    system.say(commands.EscalateComplaint(request_id=request, channel="app", level="operator", ground="unfair-fee"))
    system.advance(timedelta(hours=48))
    assert system.the(shared.AttentionRequired, request).incident == "complaint-operator"


def test_j20_cancel_pressed_twice_is_one_request(system: System) -> None:
    first = submit(system, "sub-pressedtwice01", "video-pack", channel="app", name="one")
    submit(system, "sub-pressedtwice01", "video-pack", channel="web", name="one")
    other = submit(system, "sub-pressedtwice01", "video-pack", channel="web", name="two")
    assert system.the(intake.SubmissionJoined, other).joined == first
    assert system.stage(other) == "joined"
    confirm(system, first)
    assert len(done(system, first, *SWITCHING)) == 1 and done(system, other) == []


def test_j20_only_part_of_it_already_under_way_is_returned_with_the_other_request_named(system: System) -> None:
    first = submit(system, "sub-stuckitem01", "video-pack", name="part")
    both = submit(system, "sub-stuckitem01", "video-pack", "music-pack", name="both")
    (fault,) = system.the(intake.RequestReturned, both).faults
    assert fault.code == "item-already-ending" and first in fault.hint.en


def test_j20_a_line_is_not_closed_while_one_of_its_items_is_in_another_request_so_nothing_is_charged_twice(
    system: System,
) -> None:
    item = submit(system, "sub-boundaddon01", "phone-care")
    line = submit(system, "sub-boundaddon01", name="line")
    (fault,) = system.the(intake.RequestReturned, line).faults
    assert fault.code == "item-already-ending" and item in fault.hint.en
    withdraw(system, item)
    again = submit(system, "sub-boundaddon01", name="again")
    assert system.stage(again) == "quoted"
    other = submit(system, "sub-boundaddon01", "phone-care", name="other")
    (fault,) = system.the(intake.RequestReturned, other).faults  # joined, it would go down with the line's request
    assert again in fault.hint.en


def test_j21_an_undeliverable_notice_takes_the_next_route(system: System) -> None:
    request = submit(system, "sub-pushdead01", "video-pack")
    confirm(system, request)
    sent = [event for event in system.events(request) if isinstance(event, notify.NoticeSent)]
    assert {event.route for event in sent} == {"sms"}
    assert system.stage(request) == "closed"


@pytest.mark.parametrize("subscription", ["sub-unreachable01", "sub-noaddress01"])
def test_j21_no_route_left_is_seen_by_an_operator(system: System, subscription: str) -> None:
    request = submit(system, subscription, "video-pack")
    failed = [event for event in system.events(request) if isinstance(event, notify.NoticeFailed)]
    seen = [event for event in system.events(request) if isinstance(event, shared.AttentionRequired)]
    assert failed and {event.incident for event in failed} == {event.incident for event in seen}


def test_j22_a_carrier_system_away_for_two_minutes_loses_nothing(system: System) -> None:
    requests = [submit(system, subscription) for subscription in ("sub-outage01", "sub-outage02")]
    for name in ("charging", "provisioning", "messaging"):
        system.carrier_acts(f"/faults/system/{name}", "PUT", kind="error")
    for request in requests:
        confirm(system, request)
    system.advance(timedelta(minutes=2))
    system.carrier_acts("/faults", "DELETE")
    system.advance(timedelta(days=31))
    assert [system.stage(request) for request in requests] == ["closed", "closed"]
    assert system.carrier_acts("/ledger/summary", "GET")["doubled"] == []


@pytest.mark.parametrize("kind", ["wrong-amount", "wrong-shape", "wrong-request"])
def test_an_answer_that_cannot_be_believed_is_visible_and_never_settled(system: System, kind: str) -> None:
    request = submit(system, "sub-linecontract01")
    system.carrier_acts("/faults/charge", "PUT", kind=kind, times=1)
    confirm(system, request)
    seen = system.the(shared.AttentionRequired, request)
    assert seen.code == "unbelievable-answer"
    assert "fee.settled.v1" not in system.types(request)
    order_retry(system, request, seen.incident)
    assert system.stage(request) == "scheduled"
    assert len(done(system, request, "charge")) == 1
