"""Following a request by server-sent events: what is true now, then every change, until one side has enough."""

import json
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from contracts.channel_rights import Claims
from contracts.words import Channel
from demo.carrier.customer import canaries
from runtime.http.callers.caller import Caller
from runtime.http.guests import Guests, Limits
from runtime.http.problems import Problem
from runtime.settings import Settings
from services.intake.door.following import COME_BACK, HEARTBEAT, Following

PATH = "/v1/cancellations"
NOBODY = "00000000-0000-4000-8000-000000000001"


def request(last_seen: str = "", ending: bool = False) -> Request:
    guests = Guests(Limits(1, 1))
    guests.ending = ending
    headers = [(b"last-event-id", last_seen.encode())] if last_seen else []
    return Request({"type": "http", "headers": headers, "state": {"guest": SimpleNamespace(guests=guests)}})


def following(doors: Any, **settings: Any) -> Following:
    doors.host.settings = Settings(**settings)
    return Following(doors.host)


def open_lines(doors: Any, place: Following, address: str, last_seen: str = "") -> AsyncGenerator[bytes, None]:
    """Behind what tells a client when to come back."""
    lines = place.lines(request(last_seen), address.rpartition("/")[2])
    assert doors.run(anext(lines)) == COME_BACK
    return lines


def told(line: bytes) -> tuple[str, Any]:
    event = dict(part.split(": ", 1) for part in line.decode().strip().split("\n"))
    assert event["event"] == "status"
    return event["id"], json.loads(event["data"])


def test_the_first_event_is_the_status_as_it_is_now(doors: Any) -> None:
    address = doors.file()
    _, status = told(doors.run(anext(open_lines(doors, following(doors), address))))
    assert status == doors.get(address).json()


def test_every_change_is_an_event_and_a_stream_begins_before_the_worker_has_come_to_it(doors: Any, wish: Any) -> None:
    address = doors.post(PATH, wish(), "k-1").headers["location"]
    lines = open_lines(doors, following(doors), address)
    first, status = told(doors.run(anext(lines)))
    assert (first, status["stage"]) == ("0", "received")
    doors.settle()
    number, status = told(doors.run(anext(lines)))
    assert int(number) > 0 and status["stage"] == doors.get(address).json()["stage"] != "received"


def test_what_was_seen_is_not_said_again_and_what_was_missed_is(doors: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.intake.door.following.HEARTBEAT_SECONDS", 0.05)
    address = doors.file(kind="line", items=None, subscription="sub-linecontract01")
    place = following(doors)
    number, _ = told(doors.run(anext(open_lines(doors, place, address))))
    assert doors.run(anext(open_lines(doors, place, address, number))) == HEARTBEAT
    doors.post(f"{address}/withdrawal", {"channel": "app"})
    doors.settle()
    later, status = told(doors.run(anext(open_lines(doors, place, address, number))))
    assert int(later) > int(number) and status["stage"] == "withdrawn"


@pytest.mark.parametrize("last_seen", ["x", "-1", "1" * 40, "١", "99999"])
def test_an_id_that_was_never_ours_is_answered_with_what_is_true(doors: Any, last_seen: str) -> None:
    address = doors.file()
    scope = {"type": "http", "headers": [(b"last-event-id", last_seen.encode())], "state": {}}
    lines = following(doors).lines(Request(scope), address.rpartition("/")[2])
    doors.run(anext(lines))
    assert told(doors.run(anext(lines)))[1]["stage"] == doors.get(address).json()["stage"]


@pytest.mark.parametrize("own", [NOBODY, "no-id", "0" * 36])
def test_nobodys_request_is_a_problem_and_no_stream(doors: Any, own: str) -> None:
    answer = doors.get(f"{PATH}/{own}/events", accept="text/event-stream")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-request")
    assert answer.headers["content-type"] == "application/problem+json"


def test_only_so_many_follow_and_a_place_is_free_again_when_one_leaves(doors: Any) -> None:
    address, place = doors.file(), following(doors, requests_at_once=4)
    first, second = (open_lines(doors, place, address) for _ in range(2))
    with pytest.raises(Problem, match="too-busy"):
        open_lines(doors, place, address)
    doors.run(first.aclose())
    third = open_lines(doors, place, address)
    with pytest.raises(Problem, match="too-busy"):
        open_lines(doors, place, address)
    for each in (second, third):
        doors.run(each.aclose())
    assert not place.followers


def test_one_principal_has_half_of_the_streams_and_its_place_is_free_again_when_one_leaves(doors: Any) -> None:
    address, place = doors.file(), following(doors, requests_at_once=8)

    def of(name: str) -> AsyncGenerator[bytes, None]:
        own = request()
        own.state.caller = Caller(Claims(name, Channel.APP))
        lines = place.lines(own, address.rpartition("/")[2])
        doors.run(anext(lines))
        return lines

    first, second = of("channel-app"), of("channel-app")
    for _ in range(2):
        with pytest.raises(Problem, match="too-many-requests") as refused:
            of("channel-app")
        assert int(refused.value.headers["Retry-After"]) > 0
    other = of("channel-web")
    doors.run(first.aclose())
    third = of("channel-app")
    for each in (second, other, third):
        doors.run(each.aclose())
    assert not place.followers and not place.shares.taken


@pytest.mark.parametrize("request_seconds", [0.1, 1e-6], ids=["a moment", "less than it takes to look"])
def test_a_stream_ends_by_itself_so_that_the_client_comes_back(doors: Any, request_seconds: float) -> None:
    doors.host.settings = Settings(request_seconds=request_seconds)
    address, place = doors.file(), Following(doors.host)

    async def all_lines() -> list[bytes]:
        return [line async for line in place.lines(request(), address.rpartition("/")[2])]

    lines = doors.run(all_lines())
    assert lines[0] == COME_BACK and told(lines[1])[1]["ended"] in (True, False) and set(lines[2:]) <= {HEARTBEAT}
    assert not place.followers


def test_a_server_that_ends_lets_go_of_all_who_follow(doors: Any) -> None:
    address, place, own = doors.file(), following(doors), request()
    lines = place.lines(own, address.rpartition("/")[2])
    for _ in range(2):
        doors.run(anext(lines))
    own.state.guest.guests.ending = True
    with pytest.raises(StopAsyncIteration):
        doors.run(anext(lines))


def test_a_stream_holds_no_personal_data(doors: Any) -> None:
    line = doors.run(anext(open_lines(doors, following(doors), doors.file()))).decode()
    assert not [canary for canary in canaries(["sub-freeaddon01"]) if canary in line]
