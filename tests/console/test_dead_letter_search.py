"""A dead letter is found by its request, its subscription, its reason or where it came from."""

import pytest

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
