"""Leaving free of charge on a ground: found by the carrier, or claimed with proof and found by a person."""

import asyncio
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.carrier.commitments import Contract, FreeExit
from contracts.carrier.subscriptions import Item
from contracts.messages import billing, commands, intake, ops, review, shared
from contracts.offer import Quote
from demo.carrier.customer import contract, customer, plan
from tests.flow.customer import WHO, confirm, done, fee_of, submit
from tests.flow.system import START, System
from tests.flow.test_canaries import pages
from tests.flow.with_console import Run

TODAY, DAY = START.date(), timedelta(days=1)
BOUND = contract(TODAY, days_in=200, days_left=165, full_fee_minor=36500)
LINE = "sub-freeexit01"


def bound(ground: str = "", from_day: date | None = None, **changes: Any) -> Item:
    found = {"free_exit": FreeExit(ground=ground, from_day=from_day)} if ground else {}
    return plan(Contract.model_validate(BOUND.model_dump() | found | changes))


def leave(system: System, *items: Item, **more: Any) -> str:
    system.books.enrol([customer(LINE, "J2", "For leaving free.", *items)])
    return submit(system, LINE, **more)


def offer(system: System, request: str) -> Quote:
    issued: billing.QuoteIssued = system.the(billing.QuoteIssued, request)
    return issued.quote


def supply_proof(system: System, request: str) -> None:
    answers = {"free-exit-proof": "outage-2026-0301"}
    system.say(commands.SupplyInformation(request_id=request, channel="app", answers=answers))


def test_what_the_carrier_found_is_free_and_quote_letter_console_and_evidence_name_the_ground(
    tmp_path: Path,
) -> None:
    run = Run(tmp_path)
    request = leave(run.system, bound("bad-service"))
    [line] = offer(run.system, request).lines
    assert (line.amount.minor, line.status, line.reason) == (0, "not-charged", "free_exit")
    assert "CN-34" in line.clauses and any("not what was agreed" in step.en for step in line.steps)
    assert offer(run.system, request).service_end == START  # a contract that was broken is left without notice
    confirm(run.system, request)
    assert done(run.system, request, "charge") == []
    letters = [each["content"] for each in run.system.carrier_acts(f"/customers/{LINE}/inbox", "GET")]
    assert any("服务未达约定" in each and "《中华人民共和国民法典》" in each for each in letters)
    run.show()
    shown = asyncio.run(pages(run, request)).decode()
    assert "服务未达约定" in shown and "free_exit" in shown


def test_who_claims_a_ground_nothing_shows_yet_is_told_what_is_missing_and_a_person_decides(system: System) -> None:
    request = leave(system, bound(), free_exit="bad-service")
    [question] = system.the(review.InformationRequired, request).questions
    assert question.code == "free-exit-proof"
    assert "speed test" in question.remedy.en and "agreed fee" in question.remedy.en
    supply_proof(system, request)
    [doubt] = system.the(review.ReviewReferred, request).grounds
    assert doubt.rule == "free-exit" and "服务未达约定" in doubt.reason.zh
    system.say(ops.ReviewDecided(request_id=request, approve=True, **WHO))
    assert fee_of(system, request) == 0 and offer(system, request).lines[0].reason == "free_exit"


def test_a_ground_that_a_person_does_not_find_is_declined_and_without_it_the_fee_is_asked(system: System) -> None:
    request = leave(system, bound(), free_exit="bad-service")
    supply_proof(system, request)
    system.say(ops.ReviewDecided(request_id=request, approve=False, **WHO))
    assert system.the(review.RequestRejected, request).grounds[0].rule == "free-exit"
    again = submit(system, LINE, resubmission_of=request)
    assert fee_of(system, again) > 0


def test_a_claim_that_the_carriers_records_show_already_is_not_asked_about(system: System) -> None:
    request = leave(system, bound("moved"), free_exit="moved")
    assert "information.required.v1" not in system.types(request) and fee_of(system, request) == 0


def test_without_a_contract_that_binds_there_is_nothing_to_claim(system: System) -> None:
    request = leave(system, plan(), free_exit="moved")
    assert "information.required.v1" not in system.types(request) and offer(system, request).lines == ()


def test_a_ground_nobody_offers_is_returned_with_those_there_are(system: System) -> None:
    request = leave(system, bound(), free_exit="bored")
    [fault] = system.the(intake.RequestReturned, request).faults
    assert (fault.field, fault.code) == ("/free_exit", "no-such-ground")
    assert "bad-service" in fault.hint.en and "moved" in fault.hint.zh


def test_a_ground_of_the_carrier_that_the_pack_does_not_know_waits_for_a_person(system: System) -> None:
    request = leave(system, bound("nobodys-ground"))
    seen = system.the(shared.AttentionRequired, request)
    assert "free_exit/ground" in seen.detail and "bad-service" in seen.detail


@pytest.mark.parametrize(("days", "free"), [(32, False), (33, True)])
def test_who_moves_pays_for_an_end_before_the_move_and_nothing_from_then_on(
    system: System, days: int, free: bool
) -> None:
    end = START + days * DAY
    request = leave(system, bound("moved", TODAY + 33 * DAY), requested_end=end)
    assert offer(system, request).service_end == end
    assert (fee_of(system, request) == 0) is free


def test_a_move_needs_the_notice_of_its_ground_in_another_pack() -> None:
    system = System("eu")
    request = leave(system, bound("moved", fee_rule="share-of-remaining", clause="OWN-early-end"))
    assert (offer(system, request).service_end.date(), fee_of(system, request)) == (date(2026, 4, 10), 0)
    system.close()


def test_a_number_that_was_locked_in_may_leave_once_the_ground_is_found(system: System) -> None:
    request = leave(system, bound("bad-service"), kind="port-out")
    assert "request.rejected.v1" not in system.types(request) and fee_of(system, request) == 0


def test_the_word_is_not_written_where_nobody_said_it(system: System) -> None:
    request = leave(system, bound())
    assert "free_exit" not in json.dumps([event.model_dump(mode="json") for event in system.events(request)])
