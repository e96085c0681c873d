"""How many places of a door one caller may have at the same time."""

import asyncio
from pathlib import Path

import httpx
import pytest

from runtime.http.callers.buckets import LONGEST_AWAY_SECONDS, Buckets, Shares
from tests.door.attacks.place import MINE, Place, webhook

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


def test_who_comes_when_he_was_told_to_is_let_in_however_many_were_sent_away_with_him() -> None:
    """Told the same second, all of them would come together, and most in vain."""
    buckets, clock = Buckets(per_second=10), 100.0
    assert [buckets.take(A, clock) for _ in range(20)] == [0] * 20
    told = [buckets.take(A, clock) for _ in range(60)]
    assert told == sorted(told) and max(told) == 6
    assert [buckets.take(A, clock + seconds) for seconds in told] == [0] * 60


def test_who_never_listens_moves_nobody_further_away_than_ten_seconds() -> None:
    buckets = Buckets(per_second=10)
    told = [buckets.take(A, 100.0) for _ in range(5_000)]
    assert max(told) == LONGEST_AWAY_SECONDS and buckets.take(B, 100.0) == 0
    assert buckets.take(A, 100.0 + LONGEST_AWAY_SECONDS) == 0


def test_whoever_waits_for_the_providers_keys_leaves_most_places_to_others(tmp_path: Path) -> None:
    place = Place(tmp_path, requests_at_once=16)
    gate, address = place.gates["intake"], f"/v1/cancellations?subscription={MINE}"
    assert gate is not None
    open_, answer = asyncio.Event(), place.provider.answer

    async def slow(request: httpx.Request) -> httpx.Response:
        await open_.wait()
        return answer(request)

    async def all_at_once() -> None:
        gate.provider.web = httpx.AsyncClient(transport=httpx.MockTransport(slow))
        asks = [place.client.get(address, headers=list(place.bearer())) for _ in range(8)]
        waiting = [asyncio.create_task(each) for each in asks]
        async with asyncio.timeout(10):
            while sum(each.done() for each in waiting) < 4:
                await asyncio.sleep(0)
        signed = webhook("counter", b"", named={"tuiding-agent": "agent-7"}, path=address)
        assert (await place.client.get(address, headers=list(signed))).status_code == 200
        open_.set()
        answers = [await each for each in waiting]
        assert sorted(each.status_code for each in answers) == [200] * 4 + [503] * 4
        away = [each for each in answers if each.status_code == 503]
        assert {(each.json()["code"], each.headers["retry-after"]) for each in away} == {("keys-away", "2")}

    place.run(all_at_once())
    place.close()
