"""What is typed on the phone and at the counter becomes exactly the body that the public API takes."""

from typing import Any

import pytest

from contracts.messages.commands import ProblemKind
from contracts.words import Reason
from demo.carrier.books import utc_now
from demo.carrier.customers import seeded
from demo.phone import words
from demo.phone.curve import BOTTOM, LEFT, RIGHT, TOP, curve
from demo.phone.forms import filing, follow_up
from demo.phone.seats import SEATS
from demo.phone.stories import CHAPTERS, STARTS, ZH
from services.intake.case import Stage
from services.intake.door.bodies import FOLLOW_UPS, Submission

PROVEN = {"agent": ["clerk-3"], "call": ["call-1"], "identity_document": ["doc-1"], "signed_paper": ["paper-1"]}
FEE = {"minor": 5000, "currency": "CNY"}
STATUS: dict[str, Any] = {"number": {"terms": {"fee": FEE}}}
PROOF = {"phone": {}, "hotline": {"agent", "call"}, "counter": {"agent", "identity_document"}}
PROOF_OF_YES = {"phone": {}, "hotline": {"agent", "call"}, "counter": {"agent", "signed_paper"}}


@pytest.mark.parametrize("seat", SEATS)
def test_a_request_is_filed_with_the_proof_of_its_seat_and_no_other(seat: str) -> None:
    form = {"kind": ["product"], "item": ["video-pack", ""], "reason": ["price"], "requested_end": [""]} | PROVEN
    body = filing(SEATS[seat], "sub-freeaddon02", form)
    read = Submission.model_validate(body)
    assert (read.items, read.reason, read.requested_end) == (("video-pack",), Reason.PRICE, None)
    assert set(body.get("proof", {})) == set(PROOF[seat])


@pytest.mark.parametrize("seat", SEATS)
def test_a_yes_is_given_with_its_own_proof(seat: str) -> None:
    body = follow_up(SEATS[seat], "confirmation", {"quote_version": ["2"], "clauses": ["on"]} | PROVEN, STATUS)
    read = FOLLOW_UPS["confirmation"][1].model_validate(body)
    assert read.model_dump()["quote_version"] == 2
    assert set(body.get("proof", {})) == set(PROOF_OF_YES[seat])


@pytest.mark.parametrize(
    ("action", "form", "said"),
    [
        ("information", {"answer:identity-document": ["doc-1"]}, {"answers": {"identity-document": "doc-1"}}),
        ("withdrawal", {}, {}),
        ("payment", {}, {}),
        ("dispute", {"ground": ["not-disclosed"]}, {"ground": "not-disclosed"}),
        (
            "dispute",
            {"ground": ["not-disclosed"], "line": ["early-termination/plan-basic"]},
            {"ground": "not-disclosed", "lines": ["early-termination/plan-basic"]},
        ),
        ("problem", {"problem": ["late"]}, {"problem": "late"}),
        (
            "escalation",
            {"level": ["operator"], "ground": ["too-slow"], "words": ["three weeks now"]},
            {"level": "operator", "ground": "too-slow", "words": "three weeks now"},
        ),
        ("reopening", {}, {"fee": FEE}),
    ],
)
def test_every_action_is_a_body_that_intake_reads(
    action: str, form: dict[str, list[str]], said: dict[str, Any]
) -> None:
    body = follow_up(SEATS["phone"], action, form, STATUS)
    assert body == {"channel": "app"} | said
    FOLLOW_UPS[action][1].model_validate(body)


@pytest.mark.parametrize("typed", ["", "two", "٢", "1e3", "9" * 40])
def test_an_odd_number_is_left_for_intake_to_refuse(typed: str) -> None:
    body = follow_up(SEATS["phone"], "confirmation", {"quote_version": [typed]}, STATUS)
    assert body["quote_version"] == typed


def test_every_seeded_customer_has_a_story_in_chinese_and_a_chapter() -> None:
    customers = [each for each in seeded(utc_now().date()) if each.journey != "check"]
    known = {each.line.subscription for each in customers}
    assert known == set(ZH)
    assert {each.journey for each in customers} <= set(CHAPTERS)
    assert {each.subscription for each in STARTS} <= known
    assert not [story for story in ZH.values() if story.isascii()]


def test_every_code_that_the_phone_offers_or_shows_has_words_and_is_known() -> None:
    assert {*Stage, "received"} == set(words.STAGES)
    assert set(words.REASONS) == set(Reason)
    assert set(words.PROBLEMS) | {"cannot-log-in"} == set(ProblemKind)
    assert {name for name in words.TABLES["step"] if name} == set(FOLLOW_UPS)


def test_the_curve_stays_in_its_picture_whatever_the_prices_are() -> None:
    moments = ("2026-12-01T00:00:00Z", "2026-12-08T00:00:00Z", "2027-05-12T00:00:00Z")
    drawn = curve([_point(moment, fee) for moment, fee in zip(moments, (18250, 15000, -300), strict=True)])
    assert drawn is not None
    assert [(dot["x"], dot["y"]) for dot in drawn["dots"]][::2] == [(LEFT, TOP), (RIGHT, BOTTOM)]
    assert curve([_point(moments[0], 0)]) is None


def _point(moment: str, fee: int) -> dict[str, Any]:
    price = {"minor": fee, "currency": "CNY"}
    return {"requested_end": moment, "fee": price, "altogether": price, "cheapest": fee < 0, "lowest_fee": False}
