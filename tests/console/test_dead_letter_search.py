"""A dead letter is found by its request, its subscription, its reason or where it came from."""

import inspect
import re

import pytest

from runtime import attributes, envelope, signatures
from runtime.envelope import NOT_YOURS_TO_SAY
from runtime.kernel import dead_letters
from runtime.signatures import NOT_SIGNED
from services.console.kept import rows
from services.console.wording import words
from tests.console.conftest import REQUEST, Tape, Visit

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("story")]


@pytest.fixture(autouse=True)
def letters(tape: Tape) -> None:
    tape.play(
        tape.letter(x_original_offset="8"),
        tape.letter("billing", "cancellation.review", x_error_code="too-large", x_error_message="12 MB; 100% too big"),
    )


async def found(visit: Visit, q: str) -> list[str]:
    async with visit() as client:
        answer = await client.get("/v1/dead-letters", params={"q": q})
        page = await client.get("/dead-letters", params={"q": q, "lang": "en"})
    codes = sorted({each["code"] for each in answer.json()["dead_letters"]})
    assert ("No dead letter matches." in page.text) == (not codes)
    return codes


@pytest.mark.parametrize("q", ["too-large", "TOO-LARGE", "12 MB", "100%", "cancellation.review", "billing"])
async def test_by_reason_and_by_source(visit: Visit, q: str) -> None:
    assert await found(visit, q) == ["too-large"]


@pytest.mark.parametrize("q", [REQUEST, REQUEST[:8], "sub-line0001"])
async def test_by_request_and_by_subscription(visit: Visit, q: str) -> None:
    assert await found(visit, q) == ["breaks-contract", "too-large"]


@pytest.mark.parametrize("q", ["1%2", "_", "' OR 1=1 --", "<b>", "=1+1", "\u202e", "x" * 128])
async def test_whatever_else_is_typed_finds_nothing_and_is_no_pattern(visit: Visit, q: str) -> None:
    assert await found(visit, q) == []


async def test_too_long_a_wish_is_refused_by_its_name(visit: Visit) -> None:
    async with visit() as client:
        answer = await client.get("/v1/dead-letters", params={"q": "x" * 129})
    assert answer.json()["errors"][0]["pointer"] == "/query/q"


async def test_only_those_of_the_last_hour_and_what_is_no_time_narrows_nothing(visit: Visit, tape: Tape) -> None:
    old = tape.letter(x_original_offset="9", x_error_code="too-deep")
    tape.play(old)
    async with visit() as client:
        all_of_them = await client.get("/dead-letters?since=soon&lang=en")
        lately = await client.get("/dead-letters?since=1h&lang=en")
    assert "too-deep" in all_of_them.text and "No dead letter matches." in lately.text


async def test_every_reason_for_which_a_record_is_set_aside_has_its_words() -> None:
    sources = "".join(inspect.getsource(each) for each in (attributes, envelope, signatures, dead_letters, rows))
    codes = set(re.findall(r'(?:Unreadable\(|or )"([a-z0-9.-]+)"', sources)) | {NOT_YOURS_TO_SAY, NOT_SIGNED}
    codes |= {dead_letters.DECISION_FAILED, dead_letters.CANNOT_BE_STORED}
    assert len(codes) > 10 and codes - words.LETTER_CODES.keys() == set()


async def test_a_record_that_is_no_event_says_where_it_lies(visit: Visit, tape: Tape) -> None:
    record = tape.event("intake", "request.accepted.v1")
    tape.play(record._replace(record=record.record._replace(headers=[]), partition=3, offset=121))
    async with visit() as client:
        page = await client.get("/dead-letters?q=not-an-event&lang=zh")
    assert "partition=3&amp;offset=121" in page.text and "[-1]@-1" not in page.text
