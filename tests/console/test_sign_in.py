"""Who may: nobody without a sign-in, each role what its table says, forms only from a session's own pages."""

import asyncio
import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from fastapi import FastAPI

from runtime.http.protection import Protection
from runtime.local import tickets
from runtime.settings import Settings
from services.console import actions, roles
from services.console.cures import erasures, orders
from services.console.cures.dead_letters import DEALS
from services.console.door import prepare, routes, why_not
from services.console.roles import Role
from services.console.signing_in import passwords
from services.console.signing_in.doors import local
from services.console.signing_in.gate import PLAIN_COOKIE, Gate
from tests.console.conftest import KEY, ORDER, PASSWORD, REQUEST, WHO, FakeBroker, FakeHost, Tape

FORM = {"content-type": "application/x-www-form-urlencoded"}


def app_of(host: FakeHost) -> FastAPI:
    app = FastAPI()
    prepare(app)
    app.include_router(routes(host, FakeBroker(), patience_seconds=0))
    return app


def browser(host: FakeHost) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Protection(app_of(host), host.settings))
    return httpx.AsyncClient(transport=transport, base_url="http://console")


async def signed_in(client: httpx.AsyncClient, host: FakeHost, name: str = "lin", role: Role = Role.LEAD) -> str:
    """Opens a one-time link; returns the token that the pages of this session carry."""
    link = tickets.link("", Path(host.settings.data), name, role)
    assert (await client.get(link)).status_code == 200
    found = Gate(host).sessions.find(client.cookies[PLAIN_COOKIE], active=False)
    assert found is not None and (found.name, found.role) == (name, role)
    return found.token


# ---- the table -------------------------------------------------------------------------------------------------------


def test_every_order_has_the_role_it_needs() -> None:
    assert roles.ORDERS.keys() == orders.ORDERS.keys() | DEALS.keys() | {erasures.ORDER}
    assert {action.door for action in actions.ACTIONS} <= roles.ORDERS.keys()


def _routes(host: FakeHost) -> Iterator[tuple[str, str]]:
    included: list[Any] = [route for route in app_of(host).routes if hasattr(route, "effective_route_contexts")]
    for route in (each for router in included for each in router.effective_route_contexts()):
        yield from ((method, route.path) for method in sorted(route.methods))


def test_every_route_that_orders_something_is_in_the_table(host: FakeHost) -> None:
    writes = {path for method, path in _routes(host) if method not in roles.READS} - set(roles.EVERYBODY)
    known = roles.FORMS.keys() | {path for path in writes if path.rsplit("/", 1)[-1] in roles.ORDERS}
    assert writes == known and set(roles.FORMS) <= writes
    assert len(writes) > 8


async def test_whoever_is_not_signed_in_gets_nothing_from_any_route(host: FakeHost, story: None) -> None:
    async with browser(host) as client:
        for method, path in _routes(host):
            if path in (*roles.EVERYBODY, "/errors/{code}"):
                continue
            answer = await client.request(
                method, path.replace("{request_id}", REQUEST), json={} if method == "POST" else None
            )
            if path.startswith("/v1"):
                assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-needed"), (method, path)
            else:
                assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?"), (method, path)
    assert host.published == []


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("order", ["review-decision", "retry", "reopening-abandonment"])
async def test_a_role_may_what_its_table_says(host: FakeHost, story: None, role: Role, order: str) -> None:
    body: dict[str, Any] = {"approve": True} if order == "review-decision" else {}
    body |= {"incident": "charge:1"} if order == "retry" else {}
    token = tickets.issue(Path(host.settings.data), tickets.TOKEN, "zhao", role)
    async with browser(host) as client:
        who = {"Authorization": f"Bearer {token}"} | KEY
        answer = await client.post(f"{ORDER}/{order}", json=body | WHO, headers=who)
    may = role.may(roles.ORDERS[order])
    assert answer.status_code == (202 if may else 403) and len(host.published) == may
    assert may or answer.json()["code"] == "role-too-low"


async def test_a_form_is_held_against_the_role_of_the_order_in_it(host: FakeHost, tape: Tape) -> None:
    async with browser(host) as client:
        form = {"token": await signed_in(client, host, "zhao", Role.OPERATOR), "reason": "checked"}
        page = await client.post("/orders/letters?lang=en", data=form | {"what": "erase", "place": "a[0]@1"})
    assert "needed: lead" in page.text


# ---- sessions --------------------------------------------------------------------------------------------------------


async def test_a_link_signs_in_once(host: FakeHost) -> None:
    link = tickets.link("", Path(host.settings.data))
    async with browser(host) as first, browser(host) as second:
        assert (await first.get(link, headers={"sec-purpose": "prefetch"})).status_code == 403
        assert (await first.head(link)).status_code == 403
        entered = await first.get(link)
        assert (
            "httponly" in entered.headers["set-cookie"].lower()
            and "samesite=strict" in entered.headers["set-cookie"].lower()
        )
        assert (await second.get(link)).status_code == 403
        assert (await first.get("/work")).status_code == 200
        assert (await second.get("/work")).status_code == 303


@pytest.mark.parametrize("ticket", ["", "dev.", "dev.e30.x", "dev.é.x", "x" * 5000])
async def test_a_ticket_from_elsewhere_signs_nobody_in(host: FakeHost, ticket: str) -> None:
    async with browser(host) as client:
        assert (await client.get("/sign-in/link", params={"ticket": ticket})).status_code == 403
        assert (
            await client.get("/v1/me", headers=[(b"authorization", f"Bearer {ticket}".encode())])
        ).status_code == 401


async def test_a_link_is_no_token_and_a_token_no_link(host: FakeHost) -> None:
    data = Path(host.settings.data)
    async with browser(host) as client:
        link = tickets.issue(data, tickets.LINK)
        assert (await client.get("/v1/me", headers={"Authorization": f"Bearer {link}"})).status_code == 401
        token = tickets.issue(data, tickets.TOKEN)
        assert (await client.get("/sign-in/link", params={"ticket": token})).status_code == 403
    assert stat.S_IMODE((data / tickets.KEY).stat().st_mode) == 0o600


@pytest.mark.parametrize(("every_minutes", "for_minutes", "ends_by"), [(31, 31, "idle"), (20, 599, "longest")])
async def test_a_session_ends_when_idle_and_at_the_latest(
    host: FakeHost, every_minutes: int, for_minutes: int, ends_by: str
) -> None:
    with time_machine.travel(1_790_000_000, tick=False) as clock:
        async with browser(host) as client:
            await signed_in(client, host)
            for _ in range(every_minutes, for_minutes, every_minutes):
                clock.shift(timedelta(minutes=every_minutes))
                assert (await client.get("/v1/me")).status_code == 200
            clock.shift(timedelta(minutes=every_minutes))
            gone = await client.get("/work?lang=en")
    assert gone.status_code == 303 and gone.headers["location"].startswith("/sign-in?to=%2Fwork")


async def test_a_page_that_looks_again_by_itself_keeps_nobody_signed_in(host: FakeHost) -> None:
    looks = {"hx-request": "true", "hx-current-url": "http://console/work?lang=en"}
    with time_machine.travel(1_790_000_000, tick=False) as clock:
        async with browser(host) as client:
            await signed_in(client, host)
            for _ in range(2):
                clock.shift(timedelta(minutes=16))
                answer = await client.get("/work", headers=looks)
    assert answer.status_code == 401 and answer.headers["hx-redirect"].startswith("/sign-in?to=%2Fwork")


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "刚才的操作没有执行"), ("en", "what you ordered was not done")], ids=["zh", "en"]
)
async def test_whoever_orders_after_the_sign_in_has_ended_is_told_and_comes_back_to_the_page(
    host: FakeHost, language: str, said: str
) -> None:
    open_page = {"hx-request": "true", "hx-current-url": f"http://console/work?lang={language}"}
    async with browser(host) as client:
        for order in (each for each in roles.FORMS if each.startswith("/orders")):
            there = (await client.post(f"{order}?lang={language}", data={}, headers=open_page)).headers["hx-redirect"]
            assert there.startswith("/sign-in?to=%2Fwork") and said in (await client.get(there)).text, order
        out = (await client.post("/sign-out", data={}, headers=open_page)).headers["hx-redirect"]
        assert said not in (await client.get(out)).text
        looked = (await client.get("/work", headers=open_page)).headers["hx-redirect"]
        assert said not in (await client.get(looked)).text
    assert host.published == []


@pytest.mark.parametrize(
    ("asked", "onward"),
    [
        ("?to=/work?lang=zh&lang=en", "/work?lang=en"),
        ("?to=/work%3Fa%3D1%26a%3D2%23x&lang=zh", "/work?a=1&a=2&lang=zh#x"),
        ("?to=/work?lang=zh", "/work?lang=zh"),
        ("?lang=zh", "/?lang=zh"),
        ("?to=//evil.example/&lang=zh", "/?lang=zh"),
    ],
)
async def test_the_language_that_was_asked_for_last_goes_along(host: FakeHost, asked: str, onward: str) -> None:
    async with browser(host) as client:
        link = tickets.link("", Path(host.settings.data))
        page = await client.get(link + asked.replace("?", "&", 1), headers={"accept-language": "en"})
        again = await client.get(f"/sign-in{asked}", headers={"accept-language": "en"})
    assert f'content="0;url={escape(onward)}"' in page.text
    assert (again.status_code, again.headers["location"]) == (303, onward)


async def test_whoever_signs_out_is_out(host: FakeHost) -> None:
    async with browser(host) as client:
        token = await signed_in(client, host)
        kept = client.cookies[PLAIN_COOKIE]
        assert (await client.post("/sign-out", data={"token": token})).status_code == 303
        client.cookies.set(PLAIN_COOKIE, kept)
        assert (await client.get("/v1/me")).status_code == 401


# ---- forged ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "x", "é"])
async def test_a_form_without_the_token_of_its_session_changes_nothing(host: FakeHost, story: None, token: str) -> None:
    form = {"answer": "retry", "request": REQUEST, "incident": "charge:1", "reason": "checked", "key": "k"}
    async with browser(host) as client:
        right = await signed_in(client, host)
        forged = await client.post("/orders", data=form | {"token": token})
        as_json = await client.post(f"{ORDER}/retry", json={"incident": "charge:1"} | WHO, headers=KEY)
        assert (forged.status_code, as_json.status_code, host.published) == (403, 403, [])
        meant = await client.post("/orders", data=form | {"token": right})
        own = await client.post(
            f"{ORDER}/retry", json={"incident": "charge:1"} | WHO, headers=KEY | {"x-csrf-token": right}
        )
    assert (meant.status_code, own.status_code, len(host.published)) == (200, 202, 2)
    assert all(b'"operator":"lin"' in (each.value or b"") for each in host.published)


async def test_another_sites_page_changes_nothing_even_with_the_token(host: FakeHost, story: None) -> None:
    form = {"answer": "retry", "request": REQUEST, "incident": "charge:1", "reason": "checked"}
    async with browser(host) as client:
        token = await signed_in(client, host)
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            answer = await client.post("/orders", data=form | {"token": token}, headers=headers)
            assert answer.status_code == 403
    assert host.published == []


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", ""]
)
def test_nobody_is_sent_elsewhere_after_the_sign_in(to: str) -> None:
    assert local(to) == "/"
    assert local("/requests?q=1") == "/requests?q=1"


# ---- passwords -------------------------------------------------------------------------------------------------------


async def test_a_name_and_its_password_sign_in_and_nothing_else(by_password: FakeHost) -> None:
    async with browser(by_password) as client:
        for name, given in (("zhao", "wrong"), ("nobody", PASSWORD), ("", "")):
            refused = await client.post("/sign-in/password", data={"name": name, "password": given})
            assert refused.status_code == 403 and PLAIN_COOKIE not in client.cookies
        await client.post("/sign-in/password", data={"name": "zhao", "password": PASSWORD, "to": "/work"})
        assert (await client.get("/v1/me")).json() == {"operator": "zhao", "role": "operator", "way": "password"}
        ticket = tickets.issue(Path(by_password.settings.data), tickets.TOKEN)
    async with browser(by_password) as other:  # the key of a development run opens nothing here
        assert (await other.get("/v1/me", headers={"Authorization": f"Bearer {ticket}"})).status_code == 401


async def test_whoever_is_taken_from_the_file_is_out_at_once(by_password: FakeHost) -> None:
    file = Path(by_password.settings.operators)
    async with browser(by_password) as client:
        await client.post("/sign-in/password", data={"name": "zhao", "password": PASSWORD})
        passwords.write(file, {"zhao": passwords.read(file)["zhao"]._replace(role=Role.VIEWER)})
        assert (await client.get("/v1/me")).json()["role"] == "viewer"
        passwords.write(file, {})
        assert (await client.get("/v1/me")).status_code == 401


async def test_while_the_file_cannot_be_read_nobody_is_let_in_nobody_has_guessed_and_then_all_is_as_before(
    by_password: FakeHost,
) -> None:
    file, right = Path(by_password.settings.operators), {"name": "zhao", "password": PASSWORD}
    content = await asyncio.to_thread(file.read_bytes)
    async with browser(by_password) as client, browser(by_password) as another:
        await client.post("/sign-in/password", data=right)
        await asyncio.to_thread(_swapped, file, b"")
        assert (await client.get("/v1/me")).status_code == 401
        for _ in range(20):
            answer = await another.post("/sign-in/password", data=right)
            assert answer.status_code == 503 and "cannot be read" in answer.text
        await asyncio.to_thread(_swapped, file, content)
        assert (await client.get("/v1/me")).json()["operator"] == "zhao"
        assert (await another.post("/sign-in/password", data=right)).status_code == 200


def _swapped(file: Path, content: bytes) -> None:
    """Without content a pipe, which nobody writes to."""
    file.unlink()
    if content:
        file.touch(0o600)
        file.write_bytes(content)
    else:
        os.mkfifo(file, 0o600)


TWICE = "zhao:viewer:$argon2id$x\nzhao:lead:$argon2id$y"


@pytest.mark.parametrize("content", ["zhao:king:$argon2id$x", "zhao:lead:plain", "a b:lead:$argon2id$x", "\x00", TWICE])
def test_a_password_file_with_a_wrong_line_lets_nobody_in(tmp_path: Path, content: str) -> None:
    file = tmp_path / "operators"
    file.touch(0o600)
    file.write_text(content)
    with pytest.raises(passwords.PasswordFileTrouble, match=r"line [12]|not text"):
        passwords.read(file)
    file.chmod(0o664)
    with pytest.raises(passwords.PasswordFileTrouble, match="others"):
        passwords.read(file)


# ---- where it may start ----------------------------------------------------------------------------------------------

SAFE = {"public_console": "https://console.example"}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, ""),
        ({"host": "0.0.0.0"}, "TUIDING_AUTH=none"),
        ({"host": "0.0.0.0", "auth": "none"}, ""),
        ({"host": "0.0.0.0", "operators": "f"}, "TUIDING_PUBLIC_CONSOLE"),
        ({"host": "0.0.0.0", "operators": "f", "public_console": "http://console.example"}, "TUIDING_PUBLIC_CONSOLE"),
        ({"host": "0.0.0.0", "operators": "f", "public_console": "http://127.0.0.1:8080"}, ""),
        ({"host": "0.0.0.0", "operators": "f"} | SAFE, ""),
        ({"oidc_issuer": "https://id.example"}, "TUIDING_PUBLIC_CONSOLE"),
        ({"host": "0.0.0.0", "oidc_issuer": "https://id.example"} | SAFE, ""),
        ({"operators": "f"}, ""),
        ({"oidc_issuer": "https://id.example", "oidc_roles": "king=crown"} | SAFE, "TUIDING_OIDC_ROLES"),
        ({"oidc_issuer": "https://id.example", "oidc_roles": ""} | SAFE, "TUIDING_OIDC_ROLES"),
        ({"oidc_issuer": "https://id.example", "oidc_roles": "viewer=x,lead=x"} | SAFE, "TUIDING_OIDC_ROLES"),
        ({"oidc_issuer": "https://id.example", "oidc_roles": "lead=x,lead=y"} | SAFE, "TUIDING_OIDC_ROLES"),
        ({"oidc_issuer": "https://id.example", "oidc_roles": "viewer=x,lead="} | SAFE, "TUIDING_OIDC_ROLES"),
        ({"oidc_issuer": "https://id.example", "oidc_roles": "lead"} | SAFE, "TUIDING_OIDC_ROLES"),
        ({"oidc_issuer": "http://id.example"} | SAFE, "TUIDING_OIDC_ISSUER"),
        ({"oidc_issuer": "http://127.0.0.1.example"} | SAFE, "TUIDING_OIDC_ISSUER"),
        ({"oidc_issuer": "http://127.0.0.1@id.example"} | SAFE, "TUIDING_OIDC_ISSUER"),
        ({"oidc_issuer": "https://us:er@id.example"} | SAFE, "TUIDING_OIDC_ISSUER"),
        ({"oidc_issuer": "https://id.example#x"} | SAFE, "TUIDING_OIDC_ISSUER"),
        ({"oidc_issuer": "id.example"} | SAFE, "TUIDING_OIDC_ISSUER"),
        ({"oidc_issuer": "https://"} | SAFE, "TUIDING_OIDC_ISSUER"),
        ({"oidc_issuer": "http://127.0.0.1:9"} | SAFE, ""),
        ({"oidc_issuer": "https://id.example", "oidc_client": ""} | SAFE, "TUIDING_OIDC_CLIENT"),
        ({"oidc_issuer": "https://id.example", "oidc_groups": ""} | SAFE, "TUIDING_OIDC_GROUPS"),
        ({"oidc_issuer": "https://id.example", "oidc_secret_file": "/nowhere"} | SAFE, "TUIDING_OIDC_SECRET_FILE"),
        ({"oidc_issuer": "https://id.example", "oidc_secret_file": "/dev/zero"} | SAFE, "TUIDING_OIDC_SECRET_FILE"),
        ({"oidc_issuer": "https://id.example", "oidc_secret_file": "EMPTY"} | SAFE, "empty: write the secret"),
    ],
)
def test_the_console_refuses_to_start_where_anybody_could_decide(
    settings: dict[str, str], says: str, tmp_path: Path
) -> None:
    file = tmp_path / "operators"
    passwords.write(file, {"zhao": passwords.Known(Role.LEAD, "$argon2id$x")})
    empty = tmp_path / "empty"
    empty.write_text("\n", encoding="utf-8")
    named = {"operators": str(file), "oidc_secret_file": str(empty)}
    ours = {name: named[name] for name, value in settings.items() if name == "operators" or value == "EMPTY"}
    why = why_not(Settings.model_validate(settings | ours))
    assert says in why and bool(why) == bool(says)
