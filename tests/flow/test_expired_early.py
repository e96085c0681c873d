"""A quote is over by our own clock, whoever says so before; what billing says early is kept and is not lost."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.messages import billing, commands, shared
from contracts.refusals import refused
from policies.customers_word import CLOCKS_DIFFER
from runtime.decision import Alarm, AlarmRang
from services.intake import ends, view
from services.intake.case import IntakeCase, Stage
from tests.flow.customer import confirm, submit
from tests.flow.system import System

AHEAD = CLOCKS_DIFFER
MOMENT = timedelta(seconds=1)


def expired(system: System, request: str, version: int = 1) -> billing.QuoteExpired:
    audience = system.the(billing.QuoteIssued, request).audience
    return billing.QuoteExpired(request_id=request, audience=audience, quote_version=version)


def quoted(system: System) -> tuple[str, IntakeCase]:
    request = submit(system, "sub-linecontract01")
    case = system.case("intake", request)
    assert isinstance(case, IntakeCase) and case.quote is not None
    return request, case


def ring(case: IntakeCase) -> AlarmRang:
    assert case.quote is not None
    return AlarmRang(request_id=case.request_id, name=ends.QUOTE_OVER, at=case.quote.valid_until)


@pytest.mark.parametrize(
    ("before", "changes", "stage", "armed", "told"),
    [
        (timedelta(), {}, Stage.EXPIRED, False, ""),
        (-MOMENT, {}, Stage.EXPIRED, False, ""),
        (MOMENT, {}, Stage.QUOTED, True, ""),
        (AHEAD, {}, Stage.QUOTED, True, ""),
        (AHEAD + MOMENT, {}, Stage.QUOTED, True, "its quote still stands"),
        (-MOMENT, {"stage": Stage.CONFIRMED, "confirmed_version": 1}, Stage.CONFIRMED, True, ""),
        (-MOMENT, {"stage": Stage.PAYMENT_FAILED, "confirmed_version": 1}, Stage.PAYMENT_FAILED, True, ""),
        (-MOMENT, {"stage": Stage.IN_REVIEW, "quote": None}, Stage.IN_REVIEW, False, "it has no quote"),
    ],
)
def test_an_expiry_is_believed_once_our_own_clock_says_the_same_and_no_yes_is_under_way(
    system: System, before: timedelta, changes: dict[str, Any], stage: Stage, armed: bool, told: str
) -> None:
    request, case = quoted(system)
    assert case.quote is not None
    until, now = case.quote.valid_until, case.quote.valid_until - before
    decision = ends.ended(case.model_copy(update=changes), expired(system, request), now, system.pack)
    assert isinstance(decision.case, IntakeCase)
    assert (decision.case.stage, decision.release) == (stage, stage is Stage.EXPIRED)
    assert decision.alarms == ((Alarm(ends.QUOTE_OVER, until),) if armed else ())
    said = [each.detail for each in decision.events if isinstance(each, shared.AttentionRequired)]
    assert [each.rpartition(": ")[2] for each in said] == ([told] if told else [])


@pytest.mark.parametrize(
    ("changes", "over"),
    [
        ({}, False),
        ({"expired_version": 1}, True),
        ({"expired_version": 2}, False),
        ({"expired_version": 1, "confirmed_version": 1, "stage": Stage.CONFIRMED}, False),
        ({"expired_version": 1, "stage": Stage.WITHDRAWN}, False),
    ],
)
def test_our_own_alarm_ends_what_was_called_expired_and_nothing_else(
    system: System, changes: dict[str, Any], over: bool
) -> None:
    _, case = quoted(system)
    assert case.quote is not None
    known = case.model_copy(update=changes)
    assert ends.time_over(known, ring(case), case.quote.valid_until, system.pack).release == over
    assert not ends.time_over(known, ring(case), case.quote.valid_until - MOMENT, system.pack).release


@pytest.mark.parametrize(("left", "over"), [(-MOMENT, True), (MOMENT, False)])
def test_a_yes_that_billing_refuses_leaves_the_request_to_the_expiry_heard_before(
    system: System, left: timedelta, over: bool
) -> None:
    request, case = quoted(system)
    assert case.quote is not None
    yes = {"stage": Stage.CONFIRMED, "confirmed_version": 1, "expired_version": 1}
    no = refused(request, commands.ConfirmQuote.type, "quote-expired")
    now = case.quote.valid_until - left
    decision = view.refused_elsewhere(case.model_copy(update=yes), no, now, system.pack)
    assert isinstance(decision.case, IntakeCase)
    assert decision.case.stage is (Stage.EXPIRED if over else Stage.QUOTED)
    assert decision.alarms == (() if over else (Alarm(ends.QUOTE_OVER, case.quote.valid_until),))


def test_an_expiry_that_was_heard_before_its_quote_waits_for_it(system: System) -> None:
    request, case = quoted(system)
    issued = system.the(billing.QuoteIssued, request)
    unquoted = case.model_copy(update={"stage": Stage.IN_REVIEW, "quote": None})
    heard = ends.ended(unquoted, expired(system, request), issued.quote.valid_until, system.pack).case
    assert isinstance(heard, IntakeCase)
    decision = view.quoted(heard, issued, issued.quote.valid_until, system.pack)
    assert isinstance(decision.case, IntakeCase) and decision.case.stage is Stage.EXPIRED and decision.release


def test_a_customer_still_says_yes_after_a_forged_expiry(system: System) -> None:
    request, case = quoted(system)
    assert case.quote is not None
    system.advance(case.quote.valid_until - system.now - AHEAD / 2)
    system.say(expired(system, request), "billing")
    assert system.stage(request) == "quoted"
    confirm(system, request)
    assert system.stage(request) == "scheduled"
    system.advance(AHEAD)
    assert system.stage(request) == "scheduled"
