"""Two hundred people look at once: what that costs the console in processor time, bytes and questions is bounded."""

import asyncio
import heapq
import re
import time
from typing import Any

import httpx
import pytest

from runtime.kernel.store import Store
from services.console.watched.facts import Facts, facts
from services.console.watched.pace import MUCH, SLOWEST_SECONDS, Pace
from services.console.watched.watch import FRESH_SECONDS
from tests.console.conftest import FakeBroker, Visit

VIEWERS, AT_ONCE, MINUTES = 200, 100, 10  # beyond 128 at the same instant the door says: come again
MINUTE = 60.0
PAGES = ("/", "/topics", "/work", "/dead-letters", "/carrier", "/workers")
BYTES_A_MINUTE = 1_000_000  # of one open page, packed
TOGETHER_A_MINUTE = 20_000_000
EVERY = re.compile(r"every (\d+)s")


class Room:
    """Viewers whose open pages ask again as often as the console told them; its clock runs as fast as the test."""

    def __init__(self, cost_of_a_look: float) -> None:
        self.cost, self.now, self.spent = cost_of_a_look, 0.0, 0.0
        self.pace = Pace(lambda: self.now, lambda: self.spent)
        self.looks = list[float]()

    def run(self, viewers: int, minutes: int) -> None:
        due = [(each / viewers, each) for each in range(viewers)]
        while due[0][0] < minutes * MINUTE:
            self.now, viewer = heapq.heappop(due)
            self.spent += self.cost
            self.looks.append(self.now)
            heapq.heappush(due, (self.now + max(self.pace.now(), self.cost), viewer))

    def share_at_last(self) -> float:
        """Of one core, in the second half: the first minutes are those in which it finds its pace."""
        half = self.now / 2
        return self.cost * sum(at > half for at in self.looks) / half


async def cost_of(client: httpx.AsyncClient, path: str, times: int = 20) -> float:
    """Seconds of the processor for one look, and the one who looks."""
    await client.get(path)
    began = time.process_time()
    for _ in range(times):
        await client.get(path)
    return (time.process_time() - began) / times


async def test_two_hundred_viewers_cost_no_more_than_the_console_may_spend(visit: Visit, story: None) -> None:
    async with visit() as client:
        cost = max([await cost_of(client, f"{path}?lang=zh") for path in PAGES])
    room = Room(cost)
    room.run(VIEWERS, MINUTES)
    assert room.share_at_last() <= MUCH * 1.2, f"{cost * 1000:.1f} ms a look"
    assert cost * VIEWERS / SLOWEST_SECONDS <= MUCH, "even the slowest pace would be too much"


async def test_an_open_page_is_small_and_two_hundred_are_bounded(visit: Visit, story: None) -> None:
    async with visit() as client:
        for path in PAGES:
            answer = await client.get(f"{path}?lang=en")
            packed = int(answer.headers["content-length"])
            [every] = EVERY.findall(answer.text)
            assert answer.headers["content-encoding"] == "gzip"
            assert packed * MINUTE / int(every) <= BYTES_A_MINUTE, (path, packed)
            assert packed * VIEWERS * MINUTE / SLOWEST_SECONDS <= TOGETHER_A_MINUTE, (path, packed)


async def test_two_hundred_viewers_ask_the_broker_and_count_the_store_once(
    visit: Visit, story: None, broker: FakeBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = list[Store]()

    def counts(store: Store, *given: Any) -> Facts:
        counted.append(store)
        return facts(store, *given)

    monkeypatch.setattr("services.console.showing.shared_view.facts", counts)
    async with visit() as client:
        began = time.monotonic()
        for wave in range(0, VIEWERS, AT_ONCE):
            looks = (client.get(PAGES[each % len(PAGES)]) for each in range(wave, wave + AT_ONCE))
            assert {answer.status_code for answer in await asyncio.gather(*looks)} == {200}
        most = 1 + (time.monotonic() - began) / FRESH_SECONDS
    assert len(counted) <= most and broker.asked <= most
