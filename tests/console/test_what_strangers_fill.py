"""What somebody who is not signed in may fill at the console: a bounded room, and no count begins anew."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import time_machine

from runtime.http.protection import Protection
from runtime.kernel.store import Store
from services.console.roles import Role
from services.console.signing_in import guesses, passwords, provider_door, turns
from services.console.signing_in.doors import HOME, LONGEST_ADDRESS, local
from services.console.signing_in.guesses import (
    FREE_TRIES,
    LONGEST_WAIT_SECONDS,
    MOST_MADE_UP,
    MOST_TOGETHER,
    ONE_BACK_SECONDS,
    Guesses,
    Place,
    network_of,
)
from services.console.signing_in.password_door import BROWSER
from services.console.signing_in.provider import Asked
from services.console.signing_in.sessions import ASKED, Patience, Sessions, is_sealed, sealed
from tests.console.conftest import PASSWORD, FakeHost
from tests.console.test_sign_in import app_of, browser

MAY_FILL = 20
HERE, ELSEWHERE = "192.0.2.7", "198.51.100.7"


@pytest.mark.parametrize("known", [True, False])
def test_a_guesser_waits_longer_and_longer(known: bool) -> None:
    counted = Guesses()
    zhao, lin = counted.place_of("zhao", known, HERE), counted.place_of("lin", known=True, address=HERE)
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
    counted, zhao = Guesses(), Guesses().place_of("zhao", known=True, address=HERE)
    names = [f"nobody-{number}" + "x" * 1_000 for number in range(2 * MOST_MADE_UP)]
    made_up = [counted.place_of(name, False, f"2001:db8::{number:x}") for number, name in enumerate(names)]
    for _ in range(before):
        counted.wrong(zhao)
    for place in made_up * each:
        counted.wrong(place)
    assert [counted.wrong(zhao) for _ in range(FREE_TRIES)][-1] == before + FREE_TRIES
    assert counted.must_wait(zhao) and len(counted.wrongs) <= MOST_MADE_UP + 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Of the counts alone: `now` is a figure that a test may change."""
    told = SimpleNamespace(now=1_000.0)
    monkeypatch.setattr(guesses, "time", SimpleNamespace(monotonic=lambda: told.now))
    yield told


@pytest.mark.parametrize("known", [True, False])
def test_who_guesses_from_one_network_keeps_nobody_waiting_in_another(clock: SimpleNamespace, known: bool) -> None:
    counted = Guesses()
    stranger, own = (counted.place_of("zhao", known, address) for address in (ELSEWHERE, HERE))
    for _ in range(4 * 24 * 7):  # a week long, as often as it is let
        assert not counted.must_wait(own)
        clock.now += LONGEST_WAIT_SECONDS
        if not counted.must_wait(stranger):
            counted.wrong(stranger)
    assert not counted.must_wait(own)


@pytest.mark.parametrize("known", [True, False])
def test_strangers_of_all_networks_together_take_turns_and_nobody_waits_who_is_at_home(
    clock: SimpleNamespace, known: bool
) -> None:
    counted = Guesses()
    for number in range(3 * MOST_TOGETHER):
        place = counted.place_of("zhao", known, f"2001:db8:0:{number:x}::1")
        assert not counted.must_wait(place), "each network has tries of its own"
        counted.wrong(place)
        assert counted.takes_turns(place) == (number >= MOST_TOGETHER)
    own = counted.place_of("zhao", known, HERE)
    assert counted.takes_turns(own) and not counted.takes_turns(Place("its own browser"))
    assert not counted.takes_turns(counted.place_of("lin", True, HERE))
    counted.right(own)
    assert not counted.takes_turns(own)
    clock.now += 3 * MOST_TOGETHER * ONE_BACK_SECONDS
    assert not counted.takes_turns(counted.place_of("zhao", known, ELSEWHERE))


def test_a_try_that_was_not_heard_is_none() -> None:
    counted, place = Guesses(), Place("here", "zhao")
    tries = [counted.wrong(place) for _ in range(FREE_TRIES)]
    assert counted.must_wait(place)
    counted.not_heard(place, tries[0])
    assert counted.must_wait(place), "another one was heard since"
    counted.not_heard(place, tries[-1])
    assert not counted.must_wait(place) and counted.wrong(place) == FREE_TRIES


async def test_turns_are_drawn_one_after_another_and_whoever_is_too_many_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "A_TURN_SECONDS", 0.001)
    order = turns.Turns()
    heard: list[int] = []

    async def guesser(number: int) -> bool:
        mine = await order.mine("zhao")
        heard.append(number) if mine else None
        return mine

    said = await asyncio.gather(*(guesser(number) for number in range(2 * turns.MOST_WAITING)))
    assert sum(said) == turns.MOST_WAITING + 1, "the first at once, then as many as may wait"
    assert heard != sorted(heard), "whoever came first is not heard first"
    left = asyncio.ensure_future(order.mine("zhao"))
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    assert await order.mine("zhao") and await order.mine("lin")


async def test_no_number_of_networks_keeps_an_operator_out_of_a_new_browser(
    by_password: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each network guesses as often as it is let; nobody guesses all the time without being seen to."""
    monkeypatch.setattr(guesses, "MOST_TOGETHER", 3)
    monkeypatch.setattr(turns, "A_TURN_SECONDS", 0.001)
    monkeypatch.setattr(passwords, "right", lambda known, given: known is not None and given == PASSWORD)
    app = Protection(app_of(by_password), by_password.settings)

    async def comes(address: str, form: Any) -> int:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
            return (await client.post(DOOR, data=form)).status_code

    said = await asyncio.gather(*(comes(f"203.0.113.{number}", WRONG) for number in range(60)))
    assert set(said) == {403}
    guessing = [asyncio.ensure_future(comes(f"198.51.100.{number}", WRONG)) for number in range(60)]
    assert await comes(HERE, RIGHT) == 200
    await asyncio.gather(*guessing)
    assert await comes(HERE, RIGHT) == 200


def test_a_network_is_what_its_owner_cannot_change(clock: SimpleNamespace) -> None:
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::7") != network_of("2001:db8:1:3::1")
    assert network_of("::ffff:192.0.2.7") == network_of(HERE) == HERE != network_of(ELSEWHERE)
    assert (network_of(""), network_of("a socket")) == ("", "a socket")


def test_however_many_networks_guess_so_many_places_are_kept_and_the_oldest_goes(
    clock: SimpleNamespace, monkeypatch: Any
) -> None:
    """All within a moment: a try costs no more the more there were, and one that was not heard leaves nothing."""
    monkeypatch.setattr(guesses, "MOST_PLACES", 50)
    counted = Guesses()
    places = [counted.place_of("zhao", True, f"2001:db8:0:{number:x}::1") for number in range(200)]
    for each in places:
        tries = counted.wrong(each)
        if each is not places[100]:
            counted.wrong(places[100])
        if counted.takes_turns(each) and each is not places[100]:
            counted.not_heard(each, tries)
    assert len(counted.wrongs) <= 50
    assert counted.must_wait(places[100]), "whoever goes on is kept"
    assert not {each.own for each in places[101:]} & counted.wrongs.keys(), "none of those was heard"


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


@pytest.mark.parametrize("name", ["zhao", "nobody"])
async def test_an_operator_signs_in_from_a_new_browser_while_a_stranger_guesses_elsewhere(
    by_password: FakeHost, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A name that nobody has is answered just so, or strangers would learn who is one."""
    monkeypatch.setattr(guesses, "FIRST_WAIT_SECONDS", guesses.LONGEST_WAIT_SECONDS)
    app = Protection(app_of(by_password), by_password.settings)
    here, elsewhere = (httpx.ASGITransport(app, client=(address, 1)) for address in (HERE, ELSEWHERE))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://console") as stranger:
        said = [(await stranger.post(DOOR, data=WRONG | {"name": name})).status_code for _ in range(FREE_TRIES + 1)]
    async with httpx.AsyncClient(transport=here, base_url="http://console") as own:
        answer = await own.post(DOOR, data=RIGHT | {"name": name})
    assert said == [403] * FREE_TRIES + [429] and answer.status_code == (200 if name == "zhao" else 403)


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
