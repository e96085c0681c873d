"""J19, J21 and J22: complaints that climb, customers nobody reaches, a carrier system that is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contracts.messages.commands import ComplaintLevel
from contracts.messages.intake import ComplaintAnswered
from contracts.messages.notify import NoticeSent, RequestClosed
from demo.effects import Effects
from demo.journeys_channels import BOUND_LINE, FREE
from demo.journeys_review import LINE_OF_THREE
from demo.operators import order, sees
from demo.scene import APP, WEB, Scene
from demo.story import Story, demand

CLIMBED = ("complaint-escalated", "complaint-answered") * len(ComplaintLevel)
OUTAGE_SECONDS = 20.0


async def j19_complaint_climbs(scene: Scene) -> None:
    story = await Story(scene, "sub-complaint01", WEB).submit()
    fee = (await story.wait_for("quoted"))["quote"]["total"]["minor"]
    await story.confirm()
    for level in ComplaintLevel:
        await story.complain(level)
        await sees(story, f"complaint-{level}")
        await order(story, "complaint-reply", level=level, answer=f"letter-{level}")
    told = (*BOUND_LINE, *CLIMBED)
    await story.ends("closed", Effects(charged=fee, off=("plan-basic", "video-pack"), notices=told))
    answered = scene.heard(story.request_id, ComplaintAnswered.type)
    demand([event.body["late"] for event in answered] == [False] * 3, "every level was answered in its time")


async def j21_next_route(scene: Scene) -> None:
    story = await Story(scene, "sub-pushdead01", APP).submit("video-pack")
    await story.wait_for("quoted")
    await story.confirm()
    await story.ends("closed", Effects(off=("video-pack",), notices=FREE))
    sent = [*scene.heard(story.request_id, NoticeSent.type), *scene.heard(story.request_id, RequestClosed.type)]
    demand({event.body["route"] for event in sent} == {"sms"}, "where push fails the text message arrives")


async def j21_no_route_left(scene: Scene) -> None:
    """Carried out, but nobody could be told: it stays open and an operator sees every notice that did not arrive."""
    story = await Story(scene, "sub-unreachable01", APP).submit("video-pack")
    await story.wait_for("quoted")
    await story.confirm()
    await story.ends("terminated", Effects(off=("video-pack",)))
    for notice in FREE:
        await sees(story, f"notice:{notice}")


async def j22_a_system_is_away(scene: Scene, system: str = "charging", seconds: float = OUTAGE_SECONDS) -> None:
    """Two more leave while it is away: afterwards both are done, charged once, told once."""
    free, bound = Story(scene, "sub-outage01", APP), Story(scene, "sub-outage02", WEB)
    async with away(scene, system, seconds):
        await asyncio.gather(free.submit("video-pack"), bound.submit())
        fee = (await bound.wait_for("quoted", within=seconds + 60))["quote"]["total"]["minor"]
        await bound.confirm()
        await free.wait_for("quoted", within=seconds + 60)
        await free.confirm()
    done = Effects(off=("video-pack",), notices=FREE)
    await free.ends("closed", done, within=120)
    await bound.ends("closed", Effects(charged=fee, off=LINE_OF_THREE, notices=BOUND_LINE), within=120)


@asynccontextmanager
async def away(scene: Scene, system: str, seconds: float) -> AsyncIterator[None]:
    """The system answers 503 for so long, however soon the block is through."""
    back = asyncio.get_running_loop().time() + seconds
    await scene.carrier_acts("PUT", f"/faults/system/{system}", kind="error")
    try:
        yield
        await asyncio.sleep(max(0.0, back - asyncio.get_running_loop().time()))
    finally:
        await scene.carrier_acts("DELETE", "/faults")
