"""A topic's live tail lets go when the server ends, so that nothing is cut off."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from runtime.http.guests import Guests, Limits
from services.console.roles import Role
from services.console.showing.tails import MOST_TAILS, Tails
from services.console.signing_in.gate import NOBODY
from services.console.signing_in.sessions import Operator, Way


async def test_a_server_that_ends_lets_go_of_a_live_tail() -> None:
    view: Any = SimpleNamespace(watch=SimpleNamespace(broker=None))
    guests, tails = Guests(Limits(1, 1)), Tails(view)
    state = {"guest": SimpleNamespace(guests=guests), "operator": NOBODY}
    lines = tails.lines(Request({"type": "http", "headers": [], "state": state}), "cancellation.audit", "")
    assert await anext(lines) == b": open\n\n" and tails.open == 1
    guests.ending = True
    with pytest.raises(StopAsyncIteration):
        await anext(lines)
    assert tails.open == 0


@pytest.mark.parametrize(
    ("name", "way", "most"), [("lin", Way.PASSWORD, MOST_TAILS // 2), ("", Way.NOBODY, MOST_TAILS)]
)
async def test_one_operator_has_half_of_the_tails_and_another_finds_one(name: str, way: Way, most: int) -> None:
    """Pages that were left open, or a viewer with a loop: nobody else could follow anything."""
    tails = Tails(SimpleNamespace(watch=SimpleNamespace(broker=None)))  # type: ignore[arg-type]

    def followed_by(who: str, how: Way) -> Any:
        state = {"operator": Operator(who, Role.VIEWER, how)}
        return tails.lines(Request({"type": "http", "headers": [], "query_string": b"", "state": state}), "any", "")

    many = [followed_by("lin", way) for _ in range(MOST_TAILS + 1)]
    said = [await anext(lines) for lines in many]
    assert said.count(b": open\n\n") == tails.open == most
    another = followed_by("zhao", Way.PASSWORD)
    assert (b": open" in await anext(another)) == (most < MOST_TAILS)
    for lines in (another, *many):
        await lines.aclose()
    assert tails.open == 0 and not tails.shares.taken
