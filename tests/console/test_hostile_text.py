"""Whatever others write, into any field that a page shows, is text there: no tag, no control sign, no turned line."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from contracts.asyncapi import EXAMPLES
from contracts.health import Heartbeat, SystemSeen, WaitingCall
from contracts.messages import TYPES
from contracts.rights import SPEAKERS, spoken_on
from services.console.showing.export import MARK
from tests.console.conftest import ACCEPTED, AUDIENCE, ORDER, REQUEST, FakeBroker, Tape, Visit

pytestmark = pytest.mark.asyncio

HOSTILE = {
    "a tag": "<img src=x onerror=alert(1)>",
    "the end of an attribute": "\"'><svg onload=alert(1)>",
    "a script": "</script><script>alert(1)</script>",
    "signs of a terminal": "\x1b]0;owned\x07\x1b[31m<b>",
    "a turned line": "<i>\u202egnp.exe\u2066",
    "a template": "<u>{{ 7 * 7 }}{% raw %}",
}
MORE = (
    "a`b`<i>`",
    "=cmd|' /C calc'!A0",
    "W" * 400,
    "z" + "\u0335\u0310" * 60,
    "a line\nanother\r\u2028one",
    "\u200b\u200d\ufeff<b>",
)
UNSEEN = ("\u200b", "\u200d", "\ufeff", "\u2028")
CONTROL = ("\x1b", "\x07", "\u202e", "\u2066")
SIGNS = ("<img", "<svg onload", "<script>alert", "<b>]", "<b><", "<i>", "<u>", "onerror=alert(1)>")
LISTS = ("/", "/requests", "/topics", "/topics/cancellation.intake", "/dead-letters", "/work", "/carrier", "/workers")


@pytest.fixture(params=HOSTILE.values(), ids=[name.replace(" ", "-") for name in HOSTILE])
def evil(request: pytest.FixtureRequest, tape: Tape, broker: FakeBroker) -> str:
    text: str = request.param
    audience = AUDIENCE | {"masked_number": text, "channel": text, "subscription": text}
    wish = {"kind": text, "reason": text}
    tape.play(
        tape.event("intake", "request.accepted.v1", {"audience": audience, "application": wish}, ce_channel=text),
        tape.event("review", "review.referred.v1", {"grounds": [{"reason": {"zh": text, "en": text}}]}),
        tape.event("billing", "attention.required.v1", {"incident": text, "code": text, "detail": text}),
        tape.event("notify", "notice.failed.v1", {"route": text, "code": text, "detail": text, "notice": text}),
        tape.event("console", "review.decided.v1", {"operator": text, "reason": text}),
        tape.letter(x_error_message=text, x_error_code=text, x_original_topic=text, x_original_group=text),
    )
    broker.held = [tape.event("intake", "request.accepted.v1", ACCEPTED | {"note": text}, ce_channel=text)]
    broker.workers = {"w": _worker(text)}
    return text


def _worker(text: str) -> Heartbeat:
    now = datetime.now(UTC)
    away = SystemSeen(system=text, failed=9, failed_in_a_row=9, failing_since=now, last_error=text, waiting=3)
    call = WaitingCall(request_id=REQUEST, operation=text, attempt=9, problem=text, next_try=now)
    beat = Heartbeat(service="notify", worker="w", version="1", started=now, at=now, systems=(away,))
    beat = beat.model_copy(update={"slowed": (text,), "crowding": (f"{text} on t",), "early": {text: 240}})
    return beat.model_copy(
        update={"worker": text, "version": text, "waiting_for": text, "gone": {text: 2}, "waiting_calls": (call,)}
    )


def found_in(page: str) -> list[str]:
    """With what stands around it."""
    return [page[max(0, at - 60) : at + 60] for sign in (*SIGNS, *CONTROL) if (at := page.find(sign)) >= 0]


async def test_it_is_text_on_every_page(visit: Visit, evil: str) -> None:
    async with visit() as client:
        for path in (*LISTS, f"/requests/{REQUEST}", f"/requests?q={quote(evil)}", f"/dead-letters?q={quote(evil)}"):
            page = await client.get(path, params={"lang": "en"} if "?" not in path else None)
            assert page.status_code in (200, 303), path
            assert found_in(page.text) == [], path


@pytest.mark.parametrize("text", [*HOSTILE.values(), *MORE], ids=str.__len__)
async def test_it_is_text_in_every_field_of_every_event(visit: Visit, tape: Tape, text: str) -> None:
    spoken = {kind: SPEAKERS.get(spoken_on(model)[0]) for kind, model in TYPES.items()}
    for kind, source in ((kind, source) for kind, source in spoken.items() if source):  # all but commands
        body = _in_every_field(orjson.loads((EXAMPLES / f"{kind}.json").read_bytes()), text)
        service = source.rpartition("/")[2]
        tape.play(tape.event(service, kind, {"request_id": REQUEST} | body, ce_channel=text))
    async with visit() as client:
        for path in (*LISTS, f"/requests/{REQUEST}", "/requests.csv", "/requests.json", ORDER, "/v1/attention"):
            answer = await client.get(path, params={"lang": "zh"})
            assert answer.status_code == 200, path
            told = answer.text.removeprefix(MARK)
            assert "html" not in answer.headers["content-type"] or found_in(told) == [], path
            assert [sign for sign in (*CONTROL, *UNSEEN) if sign in told] == [], path


def _in_every_field(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {name: each if name == "request_id" else _in_every_field(each, text) for name, each in value.items()}
    if isinstance(value, list):
        return [_in_every_field(each, text) for each in value]
    return text if isinstance(value, str) else value


async def test_it_is_text_in_the_dialog_of_an_order_and_in_its_refusal(visit: Visit, evil: str) -> None:
    about = {"what": "review", "request": REQUEST, "incident": evil, "answer": evil, "lang": "en"}
    async with visit() as client:
        pages = [await client.get("/orders/new", params=about), await client.post("/orders?lang=en", data=about)]
        pages.append(await client.get(f"/requests/{quote(evil.replace('/', ''))}", params={"lang": "en"}))
    assert [found_in(page.text) for page in pages if "json" not in page.headers["content-type"]] == [[]] * len(pages)


async def test_no_json_carries_a_control_sign(visit: Visit, evil: str) -> None:
    async with visit() as client:
        for path in (ORDER, "/v1/requests", "/v1/dead-letters", "/v1/attention", "/v1/carrier", "/v1/workers"):
            answer = await client.get(path)
            said = orjson.loads(answer.content)
            assert [sign for sign in CONTROL if sign in str(_flat(said))] == [], path


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {_flat(each)}" for name, each in value.items())
    return " ".join(map(_flat, value)) if isinstance(value, list) else str(value)
