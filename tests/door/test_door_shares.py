"""How many places of a door one caller may have at the same time."""

import asyncio
from pathlib import Path

import pytest

from runtime.http.callers.buckets import Shares
from tests.door.attacks.place import MINE, Place

A, B = "channel-app", "channel-web"


@pytest.mark.parametrize(
    ("places", "comes", "let_in"),
    [
        (1, [A, A, B], [True, False, True]),
        (2, [A, A, B], [True, False, True]),
        (3, [A, A, B, B], [True, False, True, False]),
        (4, [A, A, A, B, B, B], [True, True, False, True, True, False]),
        (4, [A, B, A, B, A], [True, True, True, True, False]),
    ],
)
def test_a_caller_has_half_of_the_places_and_at_least_one(places: int, comes: list[str], let_in: list[bool]) -> None:
    shares = Shares(places)
    assert [shares.enter(who) for who in comes] == let_in


def test_who_leaves_may_come_again_and_whoever_is_gone_is_forgotten() -> None:
    shares = Shares(4)
    for _ in range(3):
        assert [shares.enter(A) for _ in range(3)] == [True, True, False]
        shares.leave(A)
        assert shares.enter(A)
        for _ in range(2):
            shares.leave(A)
    assert not shares.taken


def test_who_holds_half_of_the_places_is_told_to_come_again_and_another_is_answered(tmp_path: Path) -> None:
    place = Place(tmp_path, requests_at_once=4)
    gate, address = place.gates["intake"], "/v1/cancellations"
    wish = {"channel": "app", "kind": "product", "subscription": MINE, "items": ["video-pack"]}

    async def reads(channel: str) -> tuple[int, str]:
        answer = await place.client.get(f"{address}?subscription={MINE}", headers=list(place.bearer(channel)))
        return answer.status_code, answer.headers.get("retry-after", "")

    async def all_at_once() -> None:
        assert gate is not None
        place.broker.open.clear()
        headers = [[*place.bearer(), place.key()] for _ in range(2)]
        held = [asyncio.create_task(place.client.post(address, json=wish, headers=each)) for each in headers]
        async with asyncio.timeout(10):
            while gate.shares.taken != {"channel-app": 2}:
                await asyncio.sleep(0)
        assert (await reads("app"), await reads("web")) == ((429, "1"), (200, ""))
        place.broker.open.set()
        for each in held:
            await each
        assert await reads("app") == (200, "") and not gate.shares.taken

    place.run(all_at_once())
    place.close()
