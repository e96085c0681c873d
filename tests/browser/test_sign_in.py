"""Signing in with a real Chromium: by link, by password, with a real identity provider; and what is refused there."""

import http.server
import shlex
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect

from policies.pack import load
from runtime.http.protection import Protection
from runtime.kernel.store import Store
from runtime.local import tickets
from runtime.settings import Settings
from services.console.app import projection
from services.console.cures.proposals import MANY, Proposals
from services.console.door import prepare, routes
from services.console.roles import Role
from services.console.signing_in import passwords
from services.console.signing_in.gate import PLAIN_COOKIE
from services.console.signing_in.sessions import SESSIONS, Patience, Sessions, Way
from tests.browser.chromium import launched
from tests.browser.test_every_page import ALL_PAIRS, SIZES, serious, untranslated
from tests.clients.installed import npm_folder
from tests.console.conftest import ACCEPTED, REQUEST, FakeBroker, FakeHost, Tape
from tests.identity_provider import SECRET, running, website

PASSWORD = "four words are a password"
INCIDENT = {"incident": "charge:1", "operation": "charge", "code": "refused", "detail": "limit"}
GONE, CLOSED = "sub-gone0001", "22222222-2222-4222-8222-222222222222"
HOUR = timedelta(hours=1)
POSTS = "(body) => fetch('/orders', {method: 'POST', body: new URLSearchParams(body)}).then((got) => got.status)"


class Served(NamedTuple):
    address: str
    host: FakeHost


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def person(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """Somebody with a browser of their own."""
    contexts: list[BrowserContext] = []

    def comes() -> Page:
        contexts.append(chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}))
        return contexts[-1].new_page()

    yield comes
    for context in contexts:
        context.close()


@contextmanager
def serving(app: Any, listening: socket.socket) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts a console with these settings; one refused call waits in it for a person."""
    store, pack = Store(str(tmp_path), "console"), load("demo")
    tape = Tape(projection(store, pack, "1"))
    tape.play(
        tape.event("intake", "request.accepted.v1", ACCEPTED),
        tape.event("billing", "attention.required.v1", INCIDENT),
    )
    with ExitStack() as open_things:
        listening = open_things.enter_context(socket.create_server(("127.0.0.1", 0)))

        def start(**settings: str) -> Served:
            here = f"http://127.0.0.1:{listening.getsockname()[1]}"
            given = {name: text.replace("HERE", here) for name, text in settings.items()}
            host = FakeHost(store, pack, Settings.model_validate({"data": str(tmp_path), **given}))
            app = FastAPI()
            prepare(app)
            app.include_router(routes(host, FakeBroker()))
            return Served(open_things.enter_context(serving(Protection(app, host.settings), listening)), host)

        start.address = f"http://127.0.0.1:{listening.getsockname()[1]}"  # type: ignore[attr-defined]
        yield start
    store.close()


def ends_every_session(served: Served) -> None:
    """As their time would."""
    with served.host.store.transaction() as tx:
        tx.execute(sa.delete(SESSIONS))


def opens_link(page: Page, served: Served, name: str = "lin", role: Role = Role.LEAD) -> None:
    page.goto(tickets.link(served.address, Path(served.host.settings.data), name, role))
    expect(page.locator(".me summary")).to_contain_text(name)


def order_retry(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/requests/{REQUEST}?lang=en")
    page.get_by_role("link", name="Try again").first.click()
    page.locator("dialog [name=reason]").fill("checked by phone")
    page.locator("dialog button[type=submit]").click()


def test_a_link_signs_in_once_and_whoever_signs_out_is_out(
    console: Callable[..., Served], person: Callable[[], Page]
) -> None:
    served, page, other = console(), person(), person()
    page.goto(f"{served.address}/work?lang=en")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator("#menu")).to_have_count(0)
    link = tickets.link(served.address, Path(served.host.settings.data), "lin", Role.LEAD)
    page.goto(link)
    expect(page.locator(".me summary")).to_contain_text("lin")
    (cookie,) = page.context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    assert other.goto(link).status == 403  # type: ignore[union-attr]
    order_retry(page, served)
    expect(page.locator("dialog .steps")).to_contain_text("The broker has it")
    assert b'"operator":"lin"' in (served.host.published[-1].value or b"")
    page.goto(f"{served.address}/?lang=en")
    page.locator(".me summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": served.address}])
    page.goto(f"{served.address}/work?lang=en")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_viewer_may_look_and_is_told_why_no_more(console: Callable[..., Served], person: Callable[[], Page]) -> None:
    served, page = console(), person()
    opens_link(page, served, "sun", Role.VIEWER)
    page.goto(f"{served.address}/requests/{REQUEST}?lang=en")
    expect(page.locator("main")).to_contain_text("Your role may only look.")
    expect(page.get_by_role("link", name="Try again")).to_have_count(0)
    token = page.locator("[name=token]").first.get_attribute("value")
    form = {"answer": "retry", "request": REQUEST, "incident": "charge:1", "reason": "checked", "token": token}
    assert page.evaluate(POSTS, form) == 403 and served.host.published == []


def test_a_password_signs_in_and_a_wrong_one_does_not(
    console: Callable[..., Served], person: Callable[[], Page], tmp_path: Path
) -> None:
    file = tmp_path / "operators"
    passwords.write(file, {"zhao": passwords.Known(Role.OPERATOR, passwords.hashed(PASSWORD))})
    served, page = console(operators=str(file)), person()
    page.goto(f"{served.address}/work?lang=en")
    for password in ("wrong", PASSWORD):
        page.get_by_label("Name").fill("zhao")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        if password == "wrong":
            expect(page.get_by_role("alert")).to_contain_text("Name or password is wrong")
    expect(page.locator(".me summary")).to_contain_text("zhao")
    assert page.url.startswith(f"{served.address}/work")
    passwords.write(file, {})
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_identity_provider_signs_in_by_group_and_a_stranger_has_no_role(
    console: Callable[..., Served], person: Callable[[], Page], tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    back = f"{console.address}/sign-in/back"  # type: ignore[attr-defined]
    with running([website("tuiding-console", back)]) as provider:
        told = {"oidc_issuer": provider.issuer, "oidc_secret_file": str(tmp_path / "secret"), "public_console": "HERE"}
        served = console(**told)
        for name, expected in (("wang", "lead"), ("stranger", "")):
            page = person()
            page.goto(f"{served.address}/work?lang=en")
            page.get_by_role("link", name="Sign in with your company account").click()
            page.locator("[name=login]").fill(name)
            page.locator("[name=password]").fill("any")
            page.locator("button[type=submit]").click()
            if expected:
                expect(page.locator(".me summary")).to_contain_text(name)
                expect(page.locator(".me summary")).to_contain_text(expected)
                assert page.url.startswith(f"{served.address}/work")
            else:
                expect(page.locator("body")).to_contain_text("You have no role on this console")
        returned = person()
        returned.goto(f"{served.address}/sign-in/back?code=x&state=y&lang=en")
        expect(returned.locator("body")).to_contain_text("The sign-in was not completed")
    away = person()
    away.goto(f"{served.address}/sign-in/provider?lang=en")
    expect(away.locator("body")).to_contain_text("The identity provider does not answer")


def test_an_open_page_of_an_ended_session_leads_to_the_sign_in_and_back(
    console: Callable[..., Served], person: Callable[[], Page]
) -> None:
    served, page = console(), person()
    opens_link(page, served)
    page.goto(f"{served.address}/work?lang=en")
    ends_every_session(served)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "to=%2Fwork" in page.url


@pytest.mark.parametrize("elsewhere", ["localhost", "127.0.0.1"])
def test_another_sites_page_cannot_order_with_this_browser(
    console: Callable[..., Served], person: Callable[[], Page], elsewhere: str
) -> None:
    """Also not one of the same machine, whose requests carry the cookie."""
    served, page = console(), person()
    opens_link(page, served)
    form = {"answer": "retry", "request": REQUEST, "incident": "charge:1", "reason": "forged", "token": "forged"}
    with _evil(served.address, form) as port:
        page.goto(f"http://{elsewhere}:{port}/")
        page.wait_for_url(f"{served.address}/orders")
        expect(page.locator("body")).to_contain_text("foreign-origin")
    assert served.host.published == []
    page.goto(f"{served.address}/work?lang=en")  # from a page of ours, with a token that is not the session's
    status = page.evaluate(
        "(body) => fetch('/orders', {method: 'POST', body: new URLSearchParams(body)}).then((answer) => answer.status)",
        form,
    )
    assert status == 403 and served.host.published == []


def test_much_money_takes_two_people_and_not_the_same_one_twice(
    console: Callable[..., Served], person: Callable[[], Page], tmp_path: Path
) -> None:
    served, first, second = console(), person(), person()
    tape = Tape(projection(served.host.store, served.host.pack, "1"))
    tape.offset = 10
    tape.play(tape.event("billing", "dispute.opened.v1", {"amount": {"minor": 91_300, "currency": "CNY"}}))
    opens_link(first, served, "lin")
    opens_link(second, served, "wang")
    first.goto(f"{served.address}/requests/{REQUEST}?lang=en")
    first.get_by_role("link", name="Waive the fee").click()
    first.locator("dialog [name=reason]").fill("the lock-in was not read out")
    first.locator("dialog button[type=submit]").click()
    expect(first.locator("dialog")).to_contain_text("A second person has to confirm")
    first.goto(f"{served.address}/work?lang=en")
    expect(first.locator("#proposals")).to_contain_text("Somebody else has to confirm.")
    expect(first.get_by_role("button", name="Confirm")).to_have_count(0)
    assert served.host.published == []
    second.goto(f"{served.address}/work?lang=en")
    expect(second.locator("#proposals")).to_contain_text("CNY 913.00")
    second.get_by_role("button", name="Confirm").click()
    expect(second.locator(".steps")).to_contain_text("The broker has it")
    sent = served.host.published[-1].value or b""
    assert b'"operator":"lin"' in sent and b'"second":"wang"' in sent
    first.reload()
    expect(first.locator("#proposals")).to_have_count(0)


def test_an_erasure_takes_a_ground_that_was_chosen_and_two_people_and_its_command_fills_in_as_one_writes(
    console: Callable[..., Served], person: Callable[[], Page]
) -> None:
    served, first, second = console(), person(), person()
    tape = Tape(projection(served.host.store, served.host.pack, "1"))
    tape.offset = 10
    whose = ACCEPTED | {"audience": ACCEPTED["audience"] | {"subscription": GONE}}
    tape.play(
        tape.event("intake", "request.accepted.v1", whose, request_id=CLOSED),
        tape.event("notify", "request.closed.v1", request_id=CLOSED),
    )
    opens_link(first, served, "lin")
    opens_link(second, served, "wang")
    first.goto(f"{served.address}/requests/{CLOSED}?lang=en")
    first.get_by_role("link", name="Erase personal data").click()
    dialog, command = first.locator("dialog"), first.locator("dialog .command")
    expect(command).to_contain_text("--ground GROUND --reason WHY")
    dialog.locator("[name=reason]").fill("it's over")
    first.locator("dialog button[type=submit]").click()
    expect(dialog.locator("[name=ground]")).to_be_focused()  # nobody's ground is chosen for them
    dialog.locator("[name=ground]").select_option("customers-request")
    wrote = ["tuiding", "erasure", "order", GONE, "--ground", "customers-request", "--reason", "it's over"]
    expect(command).to_have_text(shlex.join(wrote))
    first.locator("dialog button[type=submit]").click()
    expect(dialog).to_contain_text("A second person has to confirm")
    second.goto(f"{served.address}/work?lang=en")
    expect(second.locator("#proposals tbody")).to_contain_text("1 request")
    second.get_by_role("button", name="Confirm").click()
    expect(second.locator("#proposals")).to_have_count(0)
    sent = served.host.published[-1].value or b""
    assert b'"operator":"lin"' in sent and b'"second":"wang"' in sent and b"it's over" in sent


SIGN_IN_PAGES = ("/sign-in", "/sign-in/command-line", "/work")


def test_the_pages_of_signing_in_are_accessible_translated_and_fit_a_phone(
    console: Callable[..., Served], chromium: Browser, tmp_path: Path
) -> None:
    (tmp_path / "operators").touch()
    served = console(operators=str(tmp_path / "operators"), oidc_issuer="http://127.0.0.1:1", public_console="HERE")
    key = Sessions(served.host.store, Patience(HOUR, HOUR)).begin("lin", Role.LEAD, Way.PROVIDER)
    proposals = Proposals(served.host.store, HOUR)
    proposals.propose("k", "discard", "", {"places": [], "reason": "noise of a test"}, MANY, 51, "wang")
    axe, found = (npm_folder() / "node_modules" / "axe-core" / "axe.min.js").read_text(), list[Any]()
    for language, scheme, size in ALL_PAIRS:
        context = chromium.new_context(
            color_scheme=scheme,  # type: ignore[arg-type]
            viewport=SIZES[size],
            bypass_csp=True,
        )
        page = context.new_page()
        for path in SIGN_IN_PAGES:
            page.goto(f"{served.address}{path}?lang={language}")
            page.evaluate(axe)
            found += serious(page.evaluate("axe.run(document, {resultTypes: ['violations']})"))
            found += [f"{path}: {each}" for each in untranslated(page, language)]
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
            context.add_cookies([{"name": PLAIN_COOKIE, "value": key, "url": served.address}])
        context.close()
    assert found == []


@contextmanager
def _evil(target: str, form: dict[str, str]) -> Iterator[int]:
    fields = "".join(f"<input name={name} value={value!r}>" for name, value in form.items())
    page = f"<form method=post action={target}/orders>{fields}</form><script>document.forms[0].submit()</script>"

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("", 0), Evil)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()
