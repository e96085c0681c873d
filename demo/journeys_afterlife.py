"""J23 to J25: a closed line wanted back in time and too late, and a contract left in its first days."""

from contracts.messages.termination import NumberReleased
from demo.doors import SaidNo
from demo.effects import Effects
from demo.journeys_channels import FREE
from demo.operators import order, sees
from demo.scene import APP, HOTLINE, WEB, Scene, until
from demo.story import Story, demand

CLOSED = ("request-accepted", "quote-issued", "line-terminated", "final-bill")
LINE_OF_TWO = ("plan-basic", "video-pack")
TOO_LATE = "number-released"
RELEASED = NumberReleased.type


async def j23_reopened_in_time(scene: Scene) -> None:
    """Closed in the app; the hotline hears that the customer wants the number back."""
    story = await _closed(scene, "sub-reopened01")
    fee = await story.reopen(by=HOTLINE)
    told = (*CLOSED, "reopening-paid", "line-reopened")
    await story.ends("closed", Effects(charged=fee, off=LINE_OF_TWO, on_again=LINE_OF_TWO, notices=told))
    demand((await story.status())["number"]["reopening"] == "reopened", "the public status says that it is back")


async def j23_given_up(scene: Scene) -> None:
    """One item cannot be restored: an operator gives it up, the other goes off again, the fee comes back."""
    story = await _closed(scene, "sub-reopened02")
    fee = await story.reopen()
    await sees(story, "restore:video-pack")
    await order(story, "reopening-abandonment")
    told = (*CLOSED, "reopening-paid", "reopening-failed", "fee-refunded")
    off = ("plan-basic", *LINE_OF_TWO)
    await story.ends("closed", Effects(fee, refunded=fee, off=off, on_again=("plan-basic",), notices=told))


async def j24_too_late(scene: Scene, patience_seconds: float = 90.0) -> None:
    story = await _closed(scene, "sub-toolate01")
    await until(lambda: scene.heard(story.request_id, RELEASED), patience_seconds, "the number is released")
    try:
        await story.reopen()
        demand(False, "a number that is free is not given back")
    except SaidNo as no:
        demand(no.code == TOO_LATE, f"the reason is {TOO_LATE}, not {no.code}")
        demand("CN-17" in no.problem.get("clauses", ()), "the refusal names its clause")
    await story.ends("closed", Effects(off=LINE_OF_TWO, notices=CLOSED))


async def j25_first_days(scene: Scene) -> None:
    """Six days into a contract of two years: no fee for leaving, only what was used."""
    story = await Story(scene, "sub-coolingoff02", WEB).submit("phone-care")
    quote = (await story.wait_for("quoted"))["quote"]
    demand([line["rule"] for line in quote["lines"]] == ["withdrawal"], "only what was used is asked for")
    await story.confirm()
    told = ("contract-withdrawn", *FREE)
    await story.ends("closed", Effects(charged=quote["total"]["minor"], off=("phone-care",), notices=told))


async def _closed(scene: Scene, subscription: str) -> Story:
    story = await Story(scene, subscription, APP).submit()
    await story.wait_for("quoted")
    await story.confirm()
    await story.wait_for("closed")
    return story
