"""What somebody who is not signed in may fill at the console: a bounded room, and no count begins anew."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from runtime.kernel.store import Store
from services.console.signing_in import provider_door
from services.console.signing_in.doors import HOME, LONGEST_ADDRESS, local
from services.console.signing_in.guesses import FREE_TRIES, MOST_MADE_UP, Guesses
from services.console.signing_in.provider import Asked
from services.console.signing_in.sessions import ASKED, Patience, Sessions
from tests.console.conftest import PASSWORD, FakeHost
from tests.console.test_sign_in import browser

MAY_FILL = 20


@pytest.mark.parametrize("known", [True, False])
def test_a_guesser_waits_longer_and_longer(known: bool) -> None:
    guesses = Guesses()
    zhao, lin = guesses.place_of("zhao", known), guesses.place_of("lin", known=True)
    assert [guesses.wrong(zhao) for _ in range(FREE_TRIES - 1)][-1] == FREE_TRIES - 1
    assert not guesses.must_wait(zhao)
    guesses.wrong(zhao)
    assert guesses.must_wait(zhao) and not guesses.must_wait(lin)
    guesses.right(zhao)
    assert not guesses.must_wait(zhao)


@pytest.mark.parametrize("before", range(1, FREE_TRIES + 1))
@pytest.mark.parametrize("each", [1, FREE_TRIES, 3 * FREE_TRIES])
def test_made_up_names_let_no_guesser_begin_anew_however_often_each_is_tried(before: int, each: int) -> None:
    """A thousand of them that had been tried more often pushed out whoever was tried next, at every try."""
    guesses, zhao = Guesses(), Guesses().place_of("zhao", known=True)
    made_up = [guesses.place_of(f"nobody-{number}" + "x" * 1_000, known=False) for number in range(2 * MOST_MADE_UP)]
    for _ in range(before):
        guesses.wrong(zhao)
    for place in made_up * each:
        guesses.wrong(place)
    assert [guesses.wrong(zhao) for _ in range(FREE_TRIES)][-1] == before + FREE_TRIES
    assert guesses.must_wait(zhao) and len(guesses.wrongs) <= MOST_MADE_UP + 1


@pytest.mark.parametrize("name", ["zhao", "nobody", "", "\x00", "名" * 300])
async def test_many_guesses_at_once_are_many_guesses(by_password: FakeHost, name: str) -> None:
    async with browser(by_password) as client:
        guess = {"name": name, "password": "wrong"}
        answers = await asyncio.gather(*(client.post("/sign-in/password", data=guess) for _ in range(4 * FREE_TRIES)))
    assert Counter(answer.status_code for answer in answers) == {403: FREE_TRIES, 429: 3 * FREE_TRIES}


async def test_two_right_ones_at_once_are_both_let_in(by_password: FakeHost) -> None:
    right: Any = {"name": "zhao", "password": PASSWORD, "to": "/work"}
    async with browser(by_password) as one, browser(by_password) as other:
        answers = await asyncio.gather(*(each.post("/sign-in/password", data=right) for each in (one, other)))
    assert [answer.status_code for answer in answers] == [200, 200]


def asked(number: int) -> Asked:
    return Asked("https://provider.example/", f"state-{number}", "verifier", "nonce")


def kept(store: Store) -> list[str]:
    return sorted(row.state for row in store.read(sa.select(ASKED)))


def test_who_was_sent_to_the_provider_and_never_came_back_is_forgotten_without_anybody_signing_in(store: Store) -> None:
    Sessions(store, Patience(timedelta(hours=1), timedelta(hours=1)))
    now = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    for number in range(5):
        with time_machine.travel(now + number * (provider_door.MAY_TAKE / 2 + timedelta(seconds=1)), tick=False):
            provider_door._remember(store, asked(number), "browser", "/")
    assert kept(store) == ["state-3", "state-4"]


def test_whoever_asks_without_end_fills_so_much_and_the_last_ones_still_come_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_door, "MOST_ASKED", MAY_FILL)
    Sessions(store, Patience(timedelta(hours=1), timedelta(hours=1)))
    for number in range(100, 100 + 3 * MAY_FILL):
        provider_door._remember(store, asked(number), "browser", "/")
    assert kept(store) == [f"state-{number}" for number in range(100 + 2 * MAY_FILL, 100 + 3 * MAY_FILL)]
    assert provider_door._once(store, f"state-{99 + 3 * MAY_FILL}", "browser") is not None


def test_an_address_to_go_back_to_is_as_long_as_one_of_ours() -> None:
    assert local("/requests?q=" + "x" * 100) != HOME and local("/requests?q=" + "x" * LONGEST_ADDRESS) == HOME
