"""J11 to J14: money that comes back, is declined, is argued about."""

from datetime import UTC, datetime, timedelta

from contracts.messages.billing import FinalBillIssued
from demo.doors import SaidNo
from demo.effects import Effects
from demo.habits import declines, pays_again
from demo.journeys_channels import BOUND_LINE, FREE_LINE
from demo.journeys_review import LINE_OF_THREE
from demo.operators import order, sees
from demo.scene import APP, HOTLINE, WEB, Scene
from demo.story import Story, demand

TIME_TO_REGRET = timedelta(minutes=2)  # the wished end lies that far away: no crash takes so long to recover from
PAID = ("request-accepted", "quote-issued", "fee-settled", "termination-scheduled")
TOO_LATE = "withdrawal-too-late"
EMPLOYERS_MINOR = 8000  # what sub-account01's employer has paid in


async def j11_withdrawn_in_time(scene: Scene) -> None:
    """Paid in the app, then the hotline hears that the customer stays."""
    story = Story(scene, "sub-regret01", APP)
    await story.submit(requested_end=datetime.now(UTC) + TIME_TO_REGRET)
    fee = await _fee(story)
    await story.confirm()
    await story.wait_for("scheduled")
    await story.withdraw(by=HOTLINE)
    told = (*PAID, "request-withdrawn", "fee-refunded")
    await story.ends("withdrawn", Effects(charged=fee, refunded=fee, notices=told))


async def j12_withdrawn_too_late(scene: Scene) -> None:
    story = await Story(scene, "sub-regretlate01", APP).submit()
    fee = await _fee(story)
    await story.confirm()
    await story.wait_for("switching-off", "late", "terminated", "closed")
    try:
        await story.withdraw()
        demand(False, "after the first item is off a withdrawal is refused")
    except SaidNo as no:
        demand(no.code == TOO_LATE, f"the reason is {TOO_LATE}, not {no.code}")
    await story.ends("closed", Effects(charged=fee, off=LINE_OF_THREE, notices=BOUND_LINE))


async def j13_declined_then_paid(scene: Scene) -> None:
    story = await Story(scene, "sub-declinetwice01", WEB).submit()
    fee = await _fee(story)
    await story.confirm()
    await pays_again(story, most_tries=2)
    await story.wait_for("closed")
    told = (*("settlement-failed" for _ in declines(story)), *BOUND_LINE)
    await story.ends("closed", Effects(charged=fee, off=("plan-basic",), notices=told))


async def j13_never_paid(scene: Scene) -> None:
    story = await Story(scene, "sub-declinealways01", APP).submit()
    await _fee(story)
    await story.confirm()
    await story.wait_for("payment-failed")
    told = ("request-accepted", "quote-issued", "settlement-failed", "settlement-abandoned")
    await story.ends("failed", Effects(notices=told))


async def j14_upheld(scene: Scene) -> None:
    """Argued before the yes: nothing is charged, termination goes on; the fee stands and is charged at the end."""
    fee, story = await _disputed(scene, "sub-disputeupheld01")
    await order(story, "dispute-decision", outcome="upheld")
    await story.ends("closed", Effects(charged=fee, off=LINE_OF_THREE, notices=_argued(held=True)))


async def j14_lowered(scene: Scene) -> None:
    _, story = await _disputed(scene, "sub-disputelowered01")
    await order(story, "dispute-decision", outcome="lowered", owed={"minor": 1000})
    await story.ends("closed", Effects(charged=1000, off=LINE_OF_THREE, notices=_argued(held=True)))


async def j14_waived(scene: Scene) -> None:
    """Argued after it was paid: dropped, and all of it comes back."""
    story = await Story(scene, "sub-disputewaived01", WEB).submit()
    fee = await _fee(story)
    await story.confirm()
    await story.wait_for("closed")
    await story.dispute("not-disclosed")
    await sees(story, "dispute-answer")
    await order(story, "dispute-decision", outcome="waived")
    await story.ends("closed", Effects(charged=fee, refunded=fee, off=LINE_OF_THREE, notices=_argued(held=False)))


async def j14_bill_disputed_with_the_carrier(scene: Scene) -> None:
    """A deposit, a gift, a pre-deposit and an employer's money on the account; last month's bill stays out of it."""
    story = await Story(scene, "sub-account01", WEB).submit()
    expected = (await story.wait_for("quoted"))["quote"]["account"]
    demand(bool(expected["lines"] and expected["balances"]), "the expected final account stands in the quote")
    await story.confirm()
    await story.wait_for("closed")
    bill = scene.heard(story.request_id, FinalBillIssued.type)[0].body
    demand(bill["account"]["held"]["minor"] == expected["held"]["minor"], "what is disputed is held out of the bill")
    await order(story, "dispute-decision", outcome="lowered", owed={"minor": 5000})
    back = EMPLOYERS_MINOR - bill["net"]["minor"]
    told = (*FREE_LINE, "dispute-opened", "fee-refunded", "dispute-resolved")
    effects = Effects(charged=5000, refunded=back, off=("plan-basic", "video-pack"), notices=told)
    await story.ends("closed", effects)


async def _disputed(scene: Scene, subscription: str) -> tuple[int, Story]:
    """Held out, confirmed, and ended all the same while it is argued."""
    story = await Story(scene, subscription, WEB).submit()
    fee = await _fee(story)
    await story.dispute("too-high")
    await story.confirm()
    await story.wait_for("closed")
    return fee, story


async def _fee(story: Story) -> int:
    fee = int((await story.wait_for("quoted"))["quote"]["total"]["minor"])
    demand(fee > 0, "leaving inside the contract costs a fee")
    return fee


def _argued(held: bool) -> tuple[str, ...]:
    """What is held out is not paid, so there is no receipt for it."""
    settled = ("fee-settled",)
    usual = tuple(notice for notice in BOUND_LINE if not (held and notice in settled))
    return (*usual, "dispute-opened", "dispute-resolved")
