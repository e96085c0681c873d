"""A topic's live tail lets go when the server ends, so that nothing is cut off."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from runtime.http.guests import Guests, Limits
from services.console.showing.topic_views import Tails


async def test_a_server_that_ends_lets_go_of_a_live_tail() -> None:
    view: Any = SimpleNamespace(watch=SimpleNamespace(broker=None))
    guests, tails = Guests(Limits(1, 1)), Tails(view)
    state = {"guest": SimpleNamespace(guests=guests)}
    lines = tails.lines(Request({"type": "http", "headers": [], "state": state}), "cancellation.audit", "")
    assert await anext(lines) == b": open\n\n" and tails.open == 1
    guests.ending = True
    with pytest.raises(StopAsyncIteration):
        await anext(lines)
    assert tails.open == 0
