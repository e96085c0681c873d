"""A role that ends, ends everywhere: between two yeses, in a token made from a sign-in, in an answer that goes on."""

import asyncio
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine

from policies.pack import Pack
from runtime.kernel.store import Store
from runtime.settings import Settings
from services.console.door import why_not
from services.console.roles import Role
from services.console.signing_in import passwords
from services.console.signing_in.gate import PLAIN_COOKIE, Gate
from services.console.signing_in.passwords import Known
from services.console.signing_in.sessions import Operator, Way
from tests.console.conftest import ACCEPTED, ORDER, PASSWORD, FakeHost, Tape
from tests.console.test_second_person import LIMIT, WAIVE
from tests.console.test_sign_in import app_of, browser

OTHER = "four other words are one"
HASHED = {word: passwords.hashed(word) for word in (PASSWORD, OTHER)}
PEOPLE = {
    "zhao": Known(Role.LEAD, HASHED[PASSWORD]),
    "qian": Known(Role.LEAD, HASHED[PASSWORD]),
}
File = dict[str, Known]


@pytest.fixture
def host(store: Store, pack: Pack, tape: Tape, tmp_path: Path) -> FakeHost:
    file = tmp_path / "operators"
    passwords.write(file, PEOPLE)
    return FakeHost(store, pack, Settings.model_validate({"operators": str(file), "data": str(tmp_path)}))


@pytest.fixture
def disputed(tape: Tape) -> None:
    opened = {"amount": {"minor": LIMIT + 1, "currency": "CNY"}}
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED), tape.event("billing", "dispute.opened.v1", opened))


def write(host: FakeHost, people: File) -> None:
    passwords.write(Path(host.settings.operators), people)


async def sign_in(client: httpx.AsyncClient, host: FakeHost, name: str, password: str = PASSWORD) -> dict[str, str]:
    """As a browser; returns what a program of the same person shows."""
    done = await client.post("/sign-in/password", data={"name": name, "password": password})
    assert done.status_code == 200, done.text
    return {"Authorization": f"Bearer {token_from(host, client.cookies[PLAIN_COOKIE])}", "Idempotency-Key": "k"}


def token_from(host: FakeHost, key: str) -> str:
    sessions = Gate(host).sessions
    found = sessions.find(key, active=False)
    assert found is not None
    return sessions.begin(found.name, found.role, found.way, rests_on=found)


# ---- between the two yeses -------------------------------------------------------------------------------------------

GONE: dict[str, Callable[[File], File]] = {
    "is not in the file any more": lambda people: {"qian": people["qian"]},
    "may only read now": lambda people: people | {"zhao": people["zhao"]._replace(role=Role.VIEWER)},
}


async def proposed(client: httpx.AsyncClient, as_zhao: dict[str, str]) -> str:
    asked = await client.post(f"{ORDER}/dispute-decision", json=WAIVE, headers=as_zhao)
    assert asked.status_code == 202, asked.text
    return str(asked.json()["proposal"])


@asynccontextmanager
async def proposed_to_qian(host: FakeHost) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str], str]]:
    """Both as programs; zhao has proposed an order."""
    async with browser(host) as zhao, browser(host) as qian:
        as_zhao, as_qian = await sign_in(zhao, host, "zhao"), await sign_in(qian, host, "qian")
        zhao.cookies.clear()
        qian.cookies.clear()
        yield qian, as_qian, await proposed(zhao, as_zhao)


async def confirmed(client: httpx.AsyncClient, own: str, who: dict[str, str]) -> httpx.Response:
    return await client.post(f"/v1/proposals/{own}/answer", json={"confirm": True}, headers=who)


@pytest.mark.parametrize("gone", GONE.values(), ids=GONE)
async def test_nobody_confirms_what_somebody_proposed_who_may_not_any_more(
    host: FakeHost,
    disputed: None,
    gone: Callable[[File], File],
) -> None:
    async with proposed_to_qian(host) as (qian, as_qian, own):
        write(host, gone(PEOPLE))
        refused = await confirmed(qian, own, as_qian)
        assert (refused.status_code, refused.json()["code"]) == (409, "proposer-out") and host.published == []
        write(host, PEOPLE)
        assert (await confirmed(qian, own, as_qian)).status_code == 202 and len(host.published) == 1


@pytest.mark.parametrize(
    ("people", "status"),
    [
        ({"zhao": PEOPLE["zhao"]}, 401),
        (PEOPLE | {"qian": PEOPLE["qian"]._replace(role=Role.VIEWER)}, 403),
        (PEOPLE | {"qian": Known(Role.LEAD, HASHED[OTHER])}, 401),
    ],
    ids=["gone", "lower", "another password"],
)
async def test_a_second_who_is_out_by_then_confirms_nothing(
    host: FakeHost,
    disputed: None,
    people: File,
    status: int,
) -> None:
    async with proposed_to_qian(host) as (qian, as_qian, own):
        write(host, people)
        assert (await confirmed(qian, own, as_qian)).status_code == status
    assert host.published == []


# ---- what rests on a sign-in -----------------------------------------------------------------------------------------


async def test_another_password_ends_every_session_and_token_of_the_one_before(host: FakeHost) -> None:
    async with browser(host) as client, browser(host) as program:
        shown = await sign_in(client, host, "zhao")
        write(host, PEOPLE | {"zhao": Known(Role.LEAD, HASHED[OTHER])})
        assert (await client.get("/v1/me")).status_code == 401
        assert (await program.get("/v1/me", headers=shown)).status_code == 401
        fresh = await sign_in(client, host, "zhao", OTHER)
        assert (await program.get("/v1/me", headers=fresh)).status_code == 200


@pytest.mark.parametrize("links", [1, 2, 5])
def test_a_token_and_every_token_made_with_it_end_with_the_sign_in(host: FakeHost, links: int) -> None:
    sessions, began = Gate(host).sessions, datetime.now(UTC)
    longest = timedelta(hours=host.settings.session_hours)
    with time_machine.travel(began, tick=False) as clock:
        key = sessions.begin("zhao", Role.LEAD, Way.PROVIDER)
        for _ in range(links):
            clock.shift(longest / (links + 1))
            found = sessions.find(key, active=True) or only_idle(sessions, key)
            key = sessions.begin(found.name, found.role, found.way, rests_on=found)
        clock.move_to(began + longest - timedelta(seconds=1))
        assert sessions.find(key, active=False)
        clock.move_to(began + longest)
        assert sessions.find(key, active=False) is None


def only_idle(sessions: Any, key: str) -> Operator:
    """The browser's own session has ended by its half hour; the person had made the token before."""
    sessions.patience = sessions.patience._replace(idle=sessions.patience.longest)
    found = sessions.find(key, active=True)
    assert found is not None
    return Operator(*found)


@pytest.mark.parametrize("people", [{"qian": PEOPLE["qian"]}, PEOPLE | {"zhao": Known(Role.LEAD, HASHED[OTHER])}])
async def test_an_answer_that_goes_on_ends_for_whoever_is_out(host: FakeHost, people: File) -> None:
    async with browser(host) as client:
        await sign_in(client, host, "zhao")
        cookie = f"{PLAIN_COOKIE}={client.cookies[PLAIN_COOKIE]}".encode()
    heard: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()

    async def never() -> MutableMapping[str, Any]:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    path = b"/topics/cancellation.billing/tail"
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": path.decode(),
        "raw_path": path,
        "query_string": b"",
    }
    scope |= {"headers": [(b"host", b"console"), (b"cookie", cookie)], "http_version": "1.1", "scheme": "http"}
    scope |= {"client": ("127.0.0.1", 1), "server": ("console", 80), "root_path": ""}
    going_on = asyncio.create_task(app_of(host)(scope, never, heard.put))
    while (await heard.get())["type"] != "http.response.body":
        continue
    assert not going_on.done()
    write(host, people)
    await asyncio.wait_for(going_on, 10)


# ---- where nobody could sign in --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (None, 0o600, "cannot be read"),
        ("", 0o600, "names nobody"),
        ("# nobody yet\n", 0o600, "names nobody"),
        ("zhao:king:$argon2id$x\n", 0o600, "line 1"),
        ("zhao:lead:$argon2id$x\n", 0o666, "written by others"),
        ("zhao:lead:$argon2id$x\n", 0o600, ""),
    ],
)
def test_the_console_does_not_start_where_the_operators_file_lets_nobody_in(
    tmp_path: Path, content: str | None, mode: int, says: str
) -> None:
    file = tmp_path / "operators"
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    why = why_not(Settings.model_validate({"operators": str(file)}))
    assert says in why and bool(why) == bool(says) and ("TUIDING_OPERATORS" in why) == bool(says)


@pytest.mark.parametrize("folder", [True, False])
def test_nor_where_it_is_a_folder_or_lies_in_none(tmp_path: Path, folder: bool) -> None:
    where = tmp_path if folder else tmp_path / "nowhere" / "operators"
    assert "TUIDING_OPERATORS" in why_not(Settings.model_validate({"operators": str(where)}))


def test_beside_an_identity_provider_the_file_may_name_nobody_but_must_be_there(tmp_path: Path) -> None:
    file = tmp_path / "operators"
    more = {"operators": str(file), "oidc_issuer": "https://id.example", "public_console": "https://c.example"}
    assert "cannot be read" in why_not(Settings.model_validate(more))
    file.touch(0o600)
    assert why_not(Settings.model_validate(more)) == ""
