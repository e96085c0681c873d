"""What somebody who is not signed in may fill at the console: a bounded room, and no count begins anew."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import time_machine

from runtime.http.protection import Protection
from runtime.kernel.store import Store
from services.console.roles import Role
from services.console.signing_in import guesses, passwords, provider_door
from services.console.signing_in.doors import HOME, LONGEST_ADDRESS, local
from services.console.signing_in.guesses import FREE_TRIES, MOST_MADE_UP, Guesses
from services.console.signing_in.password_door import BROWSER
from services.console.signing_in.provider import Asked
from services.console.signing_in.sessions import ASKED, Patience, Sessions, is_sealed, sealed
from tests.console.conftest import PASSWORD, FakeHost
from tests.console.test_sign_in import app_of, browser

MAY_FILL = 20


@pytest.mark.parametrize("known", [True, False])
def test_a_guesser_waits_longer_and_longer(known: bool) -> None:
    counted = Guesses()
    zhao, lin = counted.place_of("zhao", known), counted.place_of("lin", known=True)
    assert [counted.wrong(zhao) for _ in range(FREE_TRIES - 1)][-1] == FREE_TRIES - 1
    assert not counted.must_wait(zhao)
    counted.wrong(zhao)
    assert counted.must_wait(zhao) and not counted.must_wait(lin)
    counted.right(zhao)
    assert not counted.must_wait(zhao)


@pytest.mark.parametrize("before", range(1, FREE_TRIES + 1))
@pytest.mark.parametrize("each", [1, FREE_TRIES, 3 * FREE_TRIES])
def test_made_up_names_let_no_guesser_begin_anew_however_often_each_is_tried(before: int, each: int) -> None:
    """A thousand of them that had been tried more often pushed out whoever was tried next, at every try."""
    counted, zhao = Guesses(), Guesses().place_of("zhao", known=True)
    made_up = [counted.place_of(f"nobody-{number}" + "x" * 1_000, known=False) for number in range(2 * MOST_MADE_UP)]
    for _ in range(before):
        counted.wrong(zhao)
    for place in made_up * each:
        counted.wrong(place)
    assert [counted.wrong(zhao) for _ in range(FREE_TRIES)][-1] == before + FREE_TRIES
    assert counted.must_wait(zhao) and len(counted.wrongs) <= MOST_MADE_UP + 1


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


RIGHT: Any = {"name": "zhao", "password": PASSWORD, "to": "/work"}
WRONG: Any = {"name": "zhao", "password": "wrong"}
DOOR = "/sign-in/password"


@pytest.fixture
def two(by_password: FakeHost, monkeypatch: pytest.MonkeyPatch) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
    """Browsers at one console; who waits there waits long, however slow this machine is."""
    monkeypatch.setattr(guesses, "FIRST_WAIT_SECONDS", guesses.LONGEST_WAIT_SECONDS)
    transport = httpx.ASGITransport(Protection(app_of(by_password), by_password.settings))
    one, other = (httpx.AsyncClient(transport=transport, base_url="http://console") for _ in range(2))
    return one, other


async def test_a_stranger_keeps_no_operator_waiting_in_the_browser_that_has_signed_in(
    by_password: FakeHost, two: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    file = Path(by_password.settings.operators)
    async with two[0] as own, two[1] as stranger:
        assert (await own.post(DOOR, data=RIGHT)).status_code == 200
        shown = own.cookies[BROWSER]
        for _ in range(FREE_TRIES):
            assert (await stranger.post(DOOR, data=WRONG)).status_code == 403
        assert (await stranger.post(DOOR, data=RIGHT)).status_code == 429
        assert (await own.post(DOOR, data=RIGHT)).status_code == 200
        assert own.cookies[BROWSER] == shown, "one place for each browser, however often it signs in"
        for _ in range(FREE_TRIES):
            assert (await own.post(DOOR, data=WRONG)).status_code == 403
        assert (await own.post(DOOR, data=RIGHT)).status_code == 429, "who has it guesses no more often either"
        passwords.write(file, {"zhao": passwords.Known(Role.OPERATOR, passwords.hashed(PASSWORD))})
        assert (await own.post(DOOR, data=RIGHT)).status_code == 429, "it ends with the password"


@pytest.mark.parametrize("shown", ["", "x", ".", "é.é", "-", "a.b.c", "x" * 5_000, sealed("another")])
def test_what_no_sign_in_gave_a_browser_is_no_place_of_its_own(shown: str) -> None:
    assert is_sealed(sealed("seal"), "seal") and not is_sealed(shown, "seal")


async def test_the_browser_of_one_operator_is_none_of_another(
    by_password: FakeHost, two: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    file = Path(by_password.settings.operators)
    passwords.write(file, passwords.read(file) | {"lin": passwords.Known(Role.LEAD, passwords.hashed(PASSWORD))})
    async with two[0] as client, two[1] as stranger:
        assert (await client.post(DOOR, data=RIGHT)).status_code == 200
        guess = WRONG | {"name": "lin"}
        for _ in range(FREE_TRIES):
            await stranger.post(DOOR, data=guess)
        assert (await client.post(DOOR, data=guess)).status_code == 429


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
