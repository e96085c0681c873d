"""What customers do in more than one story: press the button twice, pay again after the bank has declined."""

import asyncio
from typing import Any

from contracts.messages.billing import FeeSettled, SettlementFailed
from demo.doors import PATIENCE_SECONDS
from demo.listener import Heard
from demo.scene import until
from demo.story import Story, demand


async def pressed_twice(one: Story, other: Story, *items: str, **more: Any) -> Story:
    """The same wish at the same moment; returns the story of the one request that comes of it."""
    await asyncio.gather(one.submit(*items, **more), other.submit(*items, **more))
    stages = [await story.wait_for("quoted", "rejected", "joined") for story in (one, other)]
    ids = {status["joined"] or status["request_id"] for status in stages}
    demand(len(ids) == 1, f"pressed twice is one request, not {ids}")
    return one if one.request_id in ids else other


async def pays_again(story: Story, most_tries: int) -> None:
    """After every decline, until it is settled; a billing that dies may use up two of the declines for one try."""
    for tries in range(1, most_tries + 1):
        what = f"{story}: declined {tries} times, or settled"
        await until(lambda: settled(story) or len(declines(story)) >= tries, PATIENCE_SECONDS, what)  # noqa: B023
        if settled(story):
            return
        await story.wait_for("payment-failed")
        await story.pay()


def declines(story: Story) -> list[Heard]:
    return story.scene.heard(story.request_id, SettlementFailed.type)


def settled(story: Story) -> list[Heard]:
    return story.scene.heard(story.request_id, FeeSettled.type)
