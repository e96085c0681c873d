"""J1 to J10: the ways a request goes in, is reviewed and quoted."""

from datetime import timedelta

import pytest

from contracts.messages import billing, commands, intake, notify, ops, review, shared, termination
from contracts.words import End
from tests.flow.customer import MONEY, SWITCHING, WHO, confirm, done, submit
from tests.flow.system import System


def test_j1_a_free_add_on_is_confirmed_off_at_once_and_told(system: System) -> None:
    request = submit(system, "sub-freeaddon01", "video-pack")
    assert system.stage(request) == "quoted"
    assert system.the(billing.QuoteIssued, request).quote.total.minor == 0
    confirm(system, request)
    assert system.stage(request) == "closed"
    assert done(system, request, *SWITCHING) == [("switch-off", "video-pack", 0)]
    assert done(system, request, *MONEY) == []
    assert system.the(notify.RequestClosed, request).ends is End.CLOSED


def test_j2_a_bound_line_is_disclosed_paid_waits_its_notice_and_ends_item_by_item(system: System) -> None:
    request = submit(system, "sub-linecontract01", channel="web")
    quote = system.the(billing.QuoteIssued, request).quote
    assert quote.total.minor > 0 and quote.lines[0].clauses and quote.lines[0].steps
    assert quote.service_end - system.now == timedelta(days=30)
    confirm(system, request, channel="web")
    assert system.stage(request) == "scheduled"
    assert done(system, request, *MONEY) == [("charge", "settlement", quote.total.minor)]
    assert done(system, request, *SWITCHING) == []
    system.advance(timedelta(days=31))
    assert system.stage(request) == "closed"
    assert [what for _, what, _ in done(system, request, *SWITCHING)] == ["video-pack", "plan-basic"] or [
        what for _, what, _ in done(system, request, *SWITCHING)
    ] == ["plan-basic", "video-pack"]
    ended = system.the(termination.ServiceTerminated, request)
    assert ended.dates.requested and ended.dates.promised and ended.dates.effective >= quote.service_end
    assert system.the(billing.FinalBillIssued, request)


def test_j3_the_hotline_keeps_the_agent_and_the_call_as_proof(system: System) -> None:
    request = submit(system, "sub-hotline01", "video-pack", channel="hotline")
    assert system.the(intake.RequestAccepted, request).application.proof.call == "call-0815"
    confirm(system, request, channel="hotline")
    given = system.the(intake.ConfirmationGiven, request)
    assert (given.proof.agent, given.proof.call) == ("agent-7", "call-0815")
    assert system.stage(request) == "closed"


def test_j3_without_the_call_reference_the_hotline_cannot_confirm(system: System) -> None:
    request = submit(system, "sub-hotline01", "video-pack", channel="hotline")
    system.say(commands.ConfirmQuote(request_id=request, channel="hotline", quote_version=1, clauses_acknowledged=True))
    assert system.the(shared.CommandRefused, request).code == "proof-missing"
    assert system.stage(request) == "quoted"


def test_j4_the_counter_keeps_the_document_and_the_signed_paper(system: System) -> None:
    request = submit(system, "sub-counter01", channel="counter")
    assert system.the(intake.RequestAccepted, request).application.proof.identity_document == "doc-4711"
    confirm(system, request, channel="counter")
    assert system.the(intake.ConfirmationGiven, request).proof.signed_paper == "paper-99"
    system.advance(timedelta(days=31))
    assert system.stage(request) == "closed"


def test_j5_every_obstacle_to_porting_out_is_named_at_once(system: System) -> None:
    request = submit(system, "sub-portobstacles01", kind="port-out")
    grounds = {ground.code for ground in system.the(review.RequestRejected, request).grounds}
    assert grounds == {"port-out-arrears", "port-out-real-name", "port-out-lock-in", "port-out-too-soon"}


def test_j5_when_nothing_stands_in_the_way_the_code_is_issued(system: System) -> None:
    request = submit(system, "sub-portclear01", kind="port-out")
    confirm(system, request)
    issued = system.the(termination.PortCodeIssued, request)
    assert issued.valid_until > system.now
    assert system.stage(request) == "closed"
    assert done(system, request, *SWITCHING) == []


def test_j6_every_fault_is_named_at_once_and_the_resubmission_names_the_first(system: System) -> None:
    first = submit(system, "sub-incomplete02", "video-pack", channel="hotline", proof={})
    faults = {fault.code for fault in system.the(intake.RequestReturned, first).faults}
    assert faults == {"proof-missing", "item-unknown"}
    assert system.stage(first) == "returned"
    second = submit(system, "sub-incomplete02", "music-pack", channel="hotline", resubmission_of=first)
    assert system.the(intake.RequestAccepted, second).application.resubmission_of == first
    confirm(system, second, channel="hotline")
    assert system.stage(second) == "closed"


def test_j6_an_unknown_subscription_is_returned_beside_all_other_faults(system: System) -> None:
    request = submit(system, "sub-nobody01", kind="line", channel="counter", proof={})
    faults = {fault.field for fault in system.the(intake.RequestReturned, request).faults}
    assert faults == {"/subscription", "/proof/agent", "/proof/identity_document"}


def test_j7_what_review_asks_can_be_supplied_on_another_channel(system: System) -> None:
    request = submit(system, "sub-norealname01")
    asked = system.the(review.InformationRequired, request)
    assert [question.code for question in asked.questions] == ["identity-document"]
    assert system.stage(request) == "information-required"
    system.say(
        commands.SupplyInformation(request_id=request, channel="counter", answers={"identity-document": "doc-1"})
    )
    assert system.stage(request) == "quoted"


def test_j7_nothing_supplied_by_the_deadline_ends_it_and_the_customer_is_told(system: System) -> None:
    request = submit(system, "sub-norealname02")
    system.advance(timedelta(days=14))
    assert system.stage(request) == "information-required"
    system.advance(timedelta(days=1))
    assert system.stage(request) == "expired"
    assert "information-overdue" in {row["what"].split("/")[0] for row in system.ledger(request)} or any(
        isinstance(event, notify.NoticeSent) and "overdue" in event.notice for event in system.events(request)
    )


def test_j8_rejected_with_the_clause_then_cured_and_resubmitted(system: System) -> None:
    first = submit(system, "sub-arrears01")
    rejected = system.the(review.RequestRejected, first)
    assert [(ground.code, ground.clause) for ground in rejected.grounds] == [("arrears", "CN-13")]
    assert all(ground.remedy.zh and ground.remedy.en for ground in rejected.grounds)
    system.carrier_acts("/customers/sub-arrears01/pay-arrears")
    second = submit(system, "sub-arrears01", resubmission_of=first)
    confirm(system, second)
    system.advance(timedelta(days=31))
    assert (system.stage(first), system.stage(second)) == ("rejected", "closed")


@pytest.mark.parametrize(("approve", "stage"), [(True, "quoted"), (False, "rejected")])
def test_j9_a_person_decides_a_referred_request(system: System, approve: bool, stage: str) -> None:
    request = submit(system, "sub-business01")
    assert system.stage(request) == "referred"
    system.say(ops.ReviewDecided(request_id=request, approve=approve, **WHO))
    assert system.stage(request) == stage
    decided = [event for event in system.events(request) if getattr(event, "by", "") == "op-1"]
    assert len(decided) == 1


@pytest.mark.parametrize(("reason", "told"), [("公章不符", "公章不符。"), ("公章不符。", "公章不符。")])
def test_j9_who_is_declined_by_a_person_is_told_what_to_put_right_and_not_to_wait(
    system: System, reason: str, told: str
) -> None:
    request = submit(system, "sub-business01")
    system.say(ops.ReviewDecided(request_id=request, approve=False, operator="op-1", reason=reason))
    letter = system.carrier_acts("/customers/sub-business01/inbox", "GET")[-1]["content"]
    assert f"1. 人工审核未通过：{told}请先解决理由所说的问题。" in letter
    assert "等待" not in letter


def test_j9_the_clock_keeps_running_while_nobody_decides(system: System) -> None:
    request = submit(system, "sub-business01")
    system.advance(timedelta(days=2))
    assert system.the(review.ReviewOverdue, request)
    assert system.the(shared.AttentionRequired, request).incident == "review-decision"
    system.say(ops.ReviewDecided(request_id=request, approve=True, **WHO))
    assert system.stage(request) == "quoted"


def test_j10_an_unconfirmed_quote_expires_and_nothing_happens_to_the_customer(system: System) -> None:
    request = submit(system, "sub-undecided01")
    system.advance(timedelta(days=7))
    assert system.the(billing.QuoteExpired, request)
    assert system.stage(request) == "expired"
    assert done(system, request, *MONEY, *SWITCHING) == []
    confirm(system, request)
    assert system.the(shared.CommandRefused, request).code == "already-ended"
