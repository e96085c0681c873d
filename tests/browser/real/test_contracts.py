"""The contracts page in a real Chromium: a channel developer's first event, and the texts to copy, run as they are."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from contracts.flow import COMMAND_TOPICS
from runtime.envelope import Record, decode
from runtime.kafka.reader import Reading
from runtime.local import broker_jars
from tests.browser.real.conftest import DESK, PHONE, Running
from tests.browser.real.looks import untranslated, wider_than_its_screen
from tests.clients.installed import npm_folder, program

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])
SUBMIT = "cancellation.submit.v1"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PATIENCE_SECONDS = 90
LONG_MS = 60_000  # a whole contract is drawn


def test_a_channel_developer_sends_a_first_event_and_sees_it_arrive(page: Page, running: Running) -> None:
    page.goto(f"{running.console}/contracts?lang=en")
    page.get_by_role("link", name="Publish a first message").click()
    page.get_by_role("button", name="Send it to the demo").click()
    expect(page.locator("#answered")).to_have_text("202")
    expect(page.locator("form.send")).to_contain_text("taken in: what becomes of it, events tell")
    page.locator("#arrived").click()
    page.wait_for_url("**/requests/**")
    expect(page.locator("main")).to_contain_text("sub-counter01")


@pytest.mark.parametrize("language", ["curl", "kcat", "Python", "JavaScript", "Java"])
def test_a_copied_text_runs_as_it_is(page: Page, running: Running, tmp_path: Path, language: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=running.console)
    page.goto(f"{running.console}/contracts/messages/{SUBMIT}?lang=en")
    place = page.locator(f"#copy-{language.lower()}")
    if place.get_attribute("open") is None:
        place.locator("summary").click()
    place.get_by_role("button", name="copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    own = UUID.findall(_run(language, copied, tmp_path, running))[0 if language == "curl" else -1]
    said = decode(_record_of(running.kafka, own))
    assert (said.message.type, said.source, said.message.request_id) == (SUBMIT, "/channels/counter", own)
    assert said.message.model_dump()["subscription"] == "sub-counter01"


@LANGUAGES
def test_every_page_of_the_contract_fits_its_screen_and_speaks_one_language(
    page: Page, running: Running, language: str
) -> None:
    messages = (f"/contracts/messages/{kind}" for kind in (SUBMIT, "quote.confirm.v1", "quote.issued.v1"))
    for path in ("/contracts", *messages):
        for screen in (PHONE, DESK):
            page.set_viewport_size(screen)  # type: ignore[arg-type]
            page.goto(f"{running.console}{path}?lang={language}")
            assert not wider_than_its_screen(page), (path, screen)
            assert language == "en" or untranslated(page) == [], path


@pytest.mark.parametrize(("what", "said"), [("http", "/v1/cancellations"), ("events", "cancellation.commands")])
def test_a_description_is_drawn_without_the_network_under_the_strict_policy(
    page: Page, running: Running, what: str, said: str
) -> None:
    answer = page.goto(f"{running.console}/contracts/described/{what}?lang=zh")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    expect(page.locator("#described")).to_contain_text(said, timeout=LONG_MS)
    assert untranslated(page) == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert not wider_than_its_screen(page)


def test_nothing_in_the_address_becomes_part_of_a_text_or_a_page(page: Page, running: Running) -> None:
    for odd in ("%24(touch%20x)", "%3Cscript%3E", "'%3B%20rm", "00000000-0000-4000-8000-00000000000G"):
        page.goto(f"{running.console}/contracts/messages/quote.confirm.v1?request={odd}&lang=en")
        assert page.locator("[name=request]").first.input_value() == ""
        assert "touch" not in page.locator("#text-curl").inner_text()
    assert page.goto(f"{running.console}/contracts/messages/..%2f..%2fsettings?lang=en").status == 404  # type: ignore[union-attr]


def _run(language: str, text: str, folder: Path, running: Running) -> str:
    command, here = _command(language, text, folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")}
    environment |= {"TUIDING_KAFKA": running.kafka, "TUIDING_INTAKE": running.intake, "no_proxy": "*"}
    done = subprocess.run(
        command, cwd=here, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _command(language: str, text: str, folder: Path) -> tuple[list[str], Path]:
    if language == "Python":
        return [sys.executable, "-c", text], folder
    if language == "JavaScript":
        file = npm_folder() / f"copied-{os.getpid()}.mjs"  # beside node_modules
        file.write_text(text, encoding="utf-8")
        return [program("node"), str(file)], file.parent
    if language == "Java":
        (folder / "Publish.java").write_text(text, encoding="utf-8")
        program("javac")
        return [broker_jars.java() or "java", "-cp", f"{broker_jars.JARS}/*", "Publish.java"], folder
    program(language)
    return ["bash", "-euo", "pipefail", "-c", text], folder


def _record_of(kafka: str, request_id: str) -> Record:
    with Reading(kafka, COMMAND_TOPICS) as reading:
        found = [
            each.record for records in reading.records() for each in records if each.record.key == request_id.encode()
        ]
    assert len(found) == 1, found
    record: Record = found[0]
    return record
