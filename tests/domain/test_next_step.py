"""The public status in plain words: for every stage where it is, what comes next and by when, in both languages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.carrier.subscriptions import Subscription
from contracts.messages.base import Audience
from contracts.messages.commands import SubmitCancellation
from contracts.messages.intake import ComplaintRound
from contracts.words import Dates, Kind, Money
from demo.carrier.customers import seeded
from policies.pack import load
from services.billing.quoting import quote
from services.intake.case import Complaint, DisputeSeen, IntakeCase, Stage
from services.intake.door.next_step import next_step
from services.intake.door.stage_words import COMPLAINT_OPEN, DISPUTABLE, DISPUTE_OPEN, LOGIN, PORT_CODE, RECEIVED, WORDS
from services.intake.door.status import status

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PACK = load("cn-carrier")
ID = "4a9004b2-16ee-5cf9-9709-1a1eb36a0db8"
LINE: Subscription = next(c.line for c in seeded(NOW.date()) if c.line.subscription == "sub-linecontract01")
OFFER = quote(Kind.LINE, (), LINE, NOW, 1, NOW, PACK)
DUE, SERVICE_END, PROMISED = NOW + 3 * DAY, NOW + 30 * DAY, NOW + 31 * DAY


def case(stage: Stage, **more: Any) -> IntakeCase:
    wish = {"request_id": ID, "channel": "app", "kind": "line", "subscription": LINE.subscription}
    known: dict[str, Any] = {
        "request_id": ID,
        "stage": stage,
        "audience": Audience(subscription=LINE.subscription, channel="app"),
        "submit": SubmitCancellation.model_validate(wish),
        "received_at": NOW,
        "quote": OFFER,
        "dates": Dates(requested=NOW, promised=PROMISED, service_end=SERVICE_END),
        "due": DUE,
        "settled_at": NOW,
    }
    return IntakeCase.model_validate(known | more)


BY = {
    Stage.CHECKING: NOW + 2 * DAY,
    Stage.IN_REVIEW: NOW + 2 * DAY,
    Stage.INFORMATION_REQUIRED: DUE,
    Stage.REFERRED: DUE,
    Stage.QUOTED: OFFER.valid_until,
    Stage.CONFIRMED: PROMISED,
    Stage.PAYMENT_FAILED: DUE,
    Stage.SETTLED: SERVICE_END,
    Stage.SCHEDULED: SERVICE_END,
    Stage.SWITCHING_OFF: PROMISED,
    Stage.LATE: None,  # the promise has passed: it is not made again
    Stage.TERMINATED: None,
    Stage.CLOSED: datetime(2026, 8, 10, 9, 0, tzinfo=UTC),  # five months to dispute the fee
    Stage.RETURNED: None,
    Stage.REJECTED: None,
    Stage.EXPIRED: None,
    Stage.WITHDRAWN: None,
    Stage.FAILED: None,
    Stage.JOINED: None,
}


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_says_where_it_is_what_comes_next_and_by_when(stage: Stage) -> None:
    told = status(case(stage), NOW, PACK)
    assert told.where == WORDS[stage].here and told.next.by == BY[stage]
    for words in (told.where, told.next.what, *(action.what for action in told.actions)):
        assert words.zh and words.en and words.zh != words.en


@pytest.mark.parametrize("stage", [stage for stage in Stage if BY[stage] is not None])
def test_a_deadline_is_announced_wherever_there_is_one(stage: Stage) -> None:
    assert next_step(case(stage), stage, NOW, PACK).by is not None


def test_there_are_words_for_every_stage_and_before_it() -> None:
    reopening = {"reopening-requested", "reopening-restoring", "reopening-reopened"}  # of a closed line
    assert set(WORDS) == {*Stage, RECEIVED, LOGIN, PORT_CODE, *reopening}


@pytest.mark.parametrize("stage", [Stage.TERMINATED, Stage.CLOSED])
def test_whoever_has_a_code_to_leave_with_is_told_to_use_it_and_by_when(stage: Stage) -> None:
    told = status(case(stage, port_code_until=DUE), NOW, PACK)
    assert (told.where, told.next.what, told.next.by) == (*WORDS[PORT_CODE], DUE)
    over = status(case(stage, port_code_until=DUE), DUE, PACK)
    left = status(case(stage, port_code_until=DUE, final_bill=True), NOW, PACK)
    assert over.where == left.where == WORDS[stage].here


OPEN_DISPUTE = DisputeSeen(ground="too-high", amount=Money(minor=100), held=False, answer_due=DUE)
SAID = ComplaintRound(level="operator", ground="rude", at=NOW)
COMPLAINT = Complaint(level="operator", answer_due=DUE, rounds=(SAID,))


@pytest.mark.parametrize(
    ("more", "now", "what", "by"),
    [
        ({"disputes": (OPEN_DISPUTE,)}, NOW, DISPUTE_OPEN, DUE),
        ({"complaint": COMPLAINT}, NOW, COMPLAINT_OPEN, DUE),
        ({}, NOW, DISPUTABLE, BY[Stage.CLOSED]),
        ({}, NOW + 160 * DAY, WORDS["closed"].next, None),
        ({"quote": OFFER.model_copy(update={"total": Money(minor=0)})}, NOW, WORDS["closed"].next, None),
        ({"settled_at": None}, NOW, WORDS["closed"].next, None),
    ],
)
def test_a_closed_request_says_what_is_still_answered_or_can_be_disputed(
    more: dict[str, Any], now: datetime, what: Any, by: datetime | None
) -> None:
    told = next_step(case(Stage.CLOSED, **more), "closed", now, PACK)
    assert (told.what, told.by) == (what, by)
