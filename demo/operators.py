"""What an operator sees and orders on the console, through its HTTP door."""

import time
from typing import Any
from uuid import uuid4

from demo.doors import SaidNo, ask
from demo.story import WITHIN_SECONDS, Story, demand, patiently

NOT_YET = (
    "unknown-request",
    "nothing-to-retry",
    "nothing-disputed",
)  # it hears of everything later than we


async def order(story: Story, what: str, **words: Any) -> None:
    """`review-decision`, `dispute-decision`, `retry` or `complaint-reply`; repeated until it is understood."""
    body = {"reason": "checked by hand", **words}
    address, key, deadline = f"/v1/requests/{story.request_id}/{what}", str(uuid4()), time.monotonic() + WITHIN_SECONDS

    async def given() -> bool:
        try:
            await ask(story.scene.console, "POST", address, body, key)
        except SaidNo as no:
            if no.code not in NOT_YET or time.monotonic() > deadline:
                raise
            return False
        return True

    await patiently(given, 2 * WITHIN_SECONDS)


async def sees(story: Story, incident: str) -> None:
    """Waits until the console shows it among what needs a person."""

    async def shown() -> bool:
        return incident in await _incidents(story)

    if not await patiently(shown, WITHIN_SECONDS):
        demand(False, f"{story}: the console does not show {incident} but {await _incidents(story)}")


async def _incidents(story: Story) -> list[str]:
    try:
        found = await ask(story.scene.console, "GET", f"/v1/requests/{story.request_id}")
    except SaidNo as no:
        if no.status == 404:
            return []
        raise
    return list((found["request"] or {}).get("incidents", ()))
