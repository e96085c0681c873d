"""What a withdrawal takes along: until when it is one, whose month goes with it, and what it leaves to be charged."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item
from contracts.offer import Quote
from contracts.words import Kind
from demo.carrier.customer import add_on, charge, contract, customer, plan
from services.billing.account import final
from services.billing.quoting import quote
from tests.domain.test_final_accounts import bill_of
from tests.domain.test_first_days_of_a_contract import CN, DAY, START, pack, signed

TERMS = pack().model_copy(update={"charge_end": dict.fromkeys(Kind, "month-end")})


def priced(kind: Kind, asked: date, now: date, *items: Item, at: time = time(9), **more: Any) -> Quote:
    moment = datetime.combine(now, time(8), CN.zone).astimezone(UTC)
    end = datetime.combine(asked, at, CN.zone).astimezone(UTC)
    known = customer("sub-young01", "J2", "Young.", *items).line.model_copy(update=more)
    return quote(kind, (), known, max(end, moment), 1, moment, TERMS)


@pytest.mark.parametrize(
    ("asked_on", "at", "withdrawn", "used"),
    [
        (14, time(23, 59), True, 14),
        (15, time(), True, 15),  # «until the 15th, 0:00» is the end of the fourteenth day, which was used whole
        (15, time(0, 1), False, None),
        (16, time(), False, None),
    ],
)
def test_an_end_at_midnight_is_the_end_of_the_last_day_of_withdrawal(
    asked_on: int, at: time, withdrawn: bool, used: int | None
) -> None:
    offer = priced(Kind.LINE, START + asked_on * DAY, START + 3 * DAY, plan(signed()), at=at)
    assert bool(offer.cooling_off) is withdrawn
    assert offer.lines[0].inputs.get("days_used") == (str(used) if withdrawn else None)
    assert offer.total.minor == 9900 * used // 30 if used else offer.total.minor > 9900


@pytest.mark.parametrize(("now", "told"), [(0, True), (14, True), (15, False)])
def test_who_names_a_later_day_is_told_until_when_it_would_be_a_withdrawal(now: int, told: bool) -> None:
    """The right is used up by saying so within its days (CRD 11); an end that is put off is an ordinary one."""
    offer = priced(Kind.LINE, START + 40 * DAY, START + now * DAY, plan(signed()))
    (line,) = offer.lines
    assert (line.rule, offer.cooling_off) == ("share-of-remaining", ()) and line.amount.minor > 50000
    found = [step.en for step in line.steps if "withdraws from the contract" in step.en]
    assert (
        found == ["in its first days: an end not after 2026-03-24 withdraws from the contract, without this fee"] * told
    )


def test_nobody_is_told_of_a_withdrawal_who_has_none_or_would_save_nothing() -> None:
    late, free = START + 40 * DAY, plan(signed().model_copy(update={"lock_in": False}))
    company = priced(Kind.LINE, late, START, plan(signed()), segment="business")
    for offer in (company, priced(Kind.LINE, late, START, free)):
        assert "withdraws" not in "".join(step.en for line in offer.lines for step in line.steps)
    assert company.total.minor > 50000


MONTH = charge("month", "period-fee", "当月套餐费", "This month", 9900)
VIDEO_MONTH = charge("video-pack", "period-fee", "当月会员费", "This month's video", 1500)
YOUNG, OLD, ROLLING = signed(), contract(START, days_in=300, days_left=420, full_fee_minor=60000), None


@pytest.mark.parametrize(
    ("of_plan", "of_video", "left", "ends"),
    [
        (YOUNG, ROLLING, ["video-pack"], "at-once"),
        (YOUNG, YOUNG, [], "at-once"),
        (YOUNG, OLD, ["video-pack"], "at-once"),
        (ROLLING, YOUNG, ["month"], "month-end"),  # who sends the phone back still used the plan
        (OLD, YOUNG, ["month"], "month-end"),
        (OLD, ROLLING, ["month", "video-pack"], "month-end"),
    ],
)
def test_a_withdrawal_takes_along_the_month_of_its_own_item_and_no_other(
    of_plan: Contract | None, of_video: Contract | None, left: list[str], ends: str
) -> None:
    """A month's fee is that of the item it is named after, else of the plan; quote and last account say the same."""
    video = add_on("video-pack", "视频会员", "Video pack", 1500, of_video)
    items = (plan(of_plan), video)
    offer = priced(Kind.LINE, START + 4 * DAY, START + 4 * DAY, *items, charges=(MONTH, VIDEO_MONTH))
    assert offer.account is not None
    assert [each.line for each in offer.account.lines] == [f"period-fee/{name}" for name in left]
    assert (offer.charge_end == offer.service_end) is (ends == "at-once")
    account = final(bill_of((MONTH, VIDEO_MONTH), ()), offer, (), TERMS, items=items)
    months = [each for each in account.lines if each.kind == "period-fee"]
    assert [each.line for each in months] == [f"period-fee/{name}" for name in left]
    assert {each.line: each.amount for each in months} == {each.line: each.amount for each in offer.account.lines}
