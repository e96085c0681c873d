"""J15 to J17: what does not go off, goes off late, or is the wrong thing."""

from contracts.messages.commands import ProblemKind
from demo.effects import Effects
from demo.journeys_channels import FREE, FREE_LINE
from demo.journeys_review import LINE_OF_THREE
from demo.operators import order, sees
from demo.scene import APP, HOTLINE, WEB, Scene
from demo.story import Story, demand

ONE_DAY_OF_THE_LINE = 407  # a thirtieth of 99 + 15 + 8 yuan, half up
ONE_DAY_OF_BOTH_PACKS = 77  # a thirtieth of 8 (lost) and of 15 (not gone), each half up
ONE_DAY_OF_VIDEO = 50


async def j15_one_item_refused(scene: Scene) -> None:
    story = await Story(scene, "sub-stuckitem01", WEB).submit()
    await story.wait_for("quoted")
    await story.confirm()
    await sees(story, "switch-off:music-pack")
    await scene.carrier_acts("POST", "/customers/sub-stuckitem01/fix-item", item="music-pack")
    await order(story, "retry", incident="switch-off:music-pack")
    await story.ends("closed", Effects(off=LINE_OF_THREE, notices=FREE_LINE))


async def j15_one_item_busy(scene: Scene) -> None:
    story = await Story(scene, "sub-busyitem01", WEB).submit()
    await story.wait_for("quoted")
    await story.confirm()
    await story.ends("closed", Effects(off=LINE_OF_THREE, notices=FREE_LINE))


async def j16_promise_passes(scene: Scene) -> None:
    """Told that it is late; it is driven on, completes, and what the delay cost is waived unasked."""
    story = await Story(scene, "sub-latepromise01", APP).submit()
    await story.wait_for("quoted")
    await story.confirm()
    await story.wait_for("late")
    await scene.carrier_acts("POST", "/customers/sub-latepromise01/fix-item", item="plan-basic")
    told = ("termination-late", "fee-waived", *FREE_LINE)
    await story.ends("closed", Effects(waived=ONE_DAY_OF_THE_LINE, off=LINE_OF_THREE, notices=told), within=90)


async def j17_wrong_item(scene: Scene) -> None:
    story = await Story(scene, "sub-crosseditems01", APP).submit("video-pack")
    await story.wait_for("quoted")
    await story.confirm()
    await story.wait_for("closed")
    await story.report(ProblemKind.WRONG_ITEM, "music-pack", by=HOTLINE)
    repaired = Effects(
        waived=ONE_DAY_OF_BOTH_PACKS,
        off=("music-pack", "video-pack"),  # the first was the wrong one
        on_again=("music-pack",),
        notices=(*FREE, "termination-reprocessed", "fee-waived"),
    )
    await story.ends("closed", repaired)
    await _stays_so(story, {"plan-basic": True, "video-pack": False, "music-pack": True})


async def j17_half_done(scene: Scene) -> None:
    story = await Story(scene, "sub-halfoff01", WEB).submit("video-pack")
    await story.wait_for("quoted")
    await story.confirm()
    await story.wait_for("closed")
    await story.report(ProblemKind.HALF_DONE, by=APP)
    told = (*FREE, "termination-reprocessed", "fee-waived")
    await story.ends("closed", Effects(waived=ONE_DAY_OF_VIDEO, off=("video-pack",), notices=told))
    await _stays_so(story, {"plan-basic": True, "video-pack": False, "music-pack": True})


async def _stays_so(story: Story, wanted: dict[str, bool]) -> None:
    line = await story.scene.carrier_acts("GET", f"/crm/subscriptions/{story.subscription}")
    found = {item["item"]: item["active"] for item in line["items"]}
    demand(found == wanted, f"what is on and off at the carrier: {found}, not {wanted}")
