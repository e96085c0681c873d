"""What is typed wrong into a dialog, or pressed too late: a sentence of the page's language under the field's name."""

import html
import re

import pytest

from contracts.words import Text
from services.console.actions import ACTIONS
from services.console.wording import field_words
from tests.console.conftest import ACCEPTED, REQUEST, UNKNOWN, FakeHost, Tape
from tests.console.test_sign_in import browser, signed_in

LONGEST = 200
REASONS = {  # and what the sentence must name; empty: it is taken
    "": ("至少 3", "at least 3"),
    "ab": ("至少 3", "at least 3"),
    "x" * (LONGEST + 1): ("最多 200", "at most 200"),
    "two\nlines": ("一行", "one line"),
    "call 13812345678": ("电话号码", "phone number"),
    "<b>checked</b>": ("不含 <", "without <"),
    "who@where": ("@", "@"),
    "\u202egnp": ("一行", "one line"),
    "\x1b[31m": ("一行", "one line"),
    "=HYPERLINK(1)": ("", ""),
    "x" * LONGEST: ("", ""),
    "abc": ("", ""),
}
ALERT = re.compile(r'<p role="alert"[^>]*>(.*?)</p>', re.S)
FOREIGN = {"zh": re.compile(r"[A-Za-z]{2,}"), "en": re.compile(r"[\u4e00-\u9fff]")}


def said(page: str) -> str:
    return html.unescape(" ".join(ALERT.findall(page)))


@pytest.fixture
def asked(host: FakeHost, tape: Tape) -> dict[str, dict[str, str]]:
    incident = {"incident": "charge:1", "operation": "charge", "code": "refused", "detail": "limit"}
    letter = tape.letter()
    tape.play(
        tape.event("intake", "request.accepted.v1", ACCEPTED),
        tape.event("billing", "attention.required.v1", incident),
        letter,
    )
    place = f"{letter.record.topic}[{letter.partition}]@{letter.offset}"
    return {
        "/orders": {"answer": "retry", "request": REQUEST, "incident": "charge:1"},
        "/orders/letters": {"what": "discard", "place": place},
    }


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_reason_that_cannot_be_kept_is_refused_in_words_under_its_name(
    host: FakeHost, asked: dict[str, dict[str, str]], language: str
) -> None:
    wrong, index = list[tuple[str, str, str]](), ("zh", "en").index(language)
    async with browser(host) as client:
        token = await signed_in(client, host)
        for address, form in asked.items():
            for number, (reason, names) in enumerate(each for each in REASONS.items() if each[1][0]):
                given = form | {"reason": reason, "token": token, "key": f"k{number}"}
                told = said((await client.post(f"{address}?lang={language}", data=given)).text)
                fitting = names[index] in told and ("为什么：", "Why: ")[index] in told
                if not fitting or FOREIGN[language].search(told) or "\\" in told or host.published:
                    wrong.append((address, reason, told))
    assert wrong == []


async def test_a_reason_at_its_limits_is_taken(host: FakeHost, asked: dict[str, dict[str, str]]) -> None:
    async with browser(host) as client:
        token = await signed_in(client, host)
        for number, reason in enumerate(each for each, names in REASONS.items() if not names[0]):
            given = asked["/orders"] | {"reason": reason, "token": token, "key": f"taken-{number}"}
            assert said((await client.post("/orders?lang=en", data=given)).text) == ""
            assert len(host.published) == number + 1


def test_every_field_of_a_dialog_has_its_name_where_it_is_refused() -> None:
    shown = {Text(zh=field.zh, en=field.en) for action in ACTIONS for field in action.fields}
    assert shown <= set(field_words.NAMES.values())


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_whatever_an_address_names_that_nobody_knows_is_a_page_that_says_so(
    host: FakeHost, story: None, language: str
) -> None:
    wrong, forms = [], {"/orders": {"answer": "retry", "request": UNKNOWN, "incident": "charge:1", "reason": "checked"}}
    forms["/orders/letters"] = {"what": "redrive", "place": "nowhere[0]@1", "reason": "checked"}
    forms["/orders/proposals"] = {"proposal": UNKNOWN, "answer": "confirm"}
    forms["/orders/erasure"] = {"request": UNKNOWN, "ground": "consent-withdrawn", "reason": "checked"}
    async with browser(host) as client:
        token = await signed_in(client, host)
        for address, form in forms.items():
            answer = await client.post(f"{address}?lang={language}", data=form | {"token": token, "key": "k"})
            page = answer.text.partition("<main")[2]
            if answer.status_code >= 500 or not FOREIGN["en" if language == "zh" else "zh"].search(page):
                wrong.append((address, answer.status_code, page[:300]))
        for address in (
            f"/orders/{UNKNOWN}",
            "/orders/x",
            f"/requests/{UNKNOWN}",
            "/topics/x",
            "/contracts/messages/x",
        ):
            answer = await client.get(f"{address}?lang={language}")
            if answer.status_code != 404 or "Kafka 已收下" in answer.text or "The broker has it" in answer.text:
                wrong.append((address, answer.status_code, answer.text[-300:]))
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
            for address in ("/orders", "/orders/letters", "/work", f"/requests/{REQUEST}", "/orders/proposals"):
                answer = await client.request(method, f"{address}?lang={language}")
                if answer.status_code >= 500:
                    wrong.append((address, answer.status_code, method))
    assert wrong == [] and host.published == []
