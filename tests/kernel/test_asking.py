"""Whose word is believed: the carrier's own no is final, anybody else's leaves what was asked in doubt."""

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from contracts.carrier.asks import MoneyAsk, SubscriptionAsk, SwitchAsk
from contracts.carrier.operations import LARGEST_ANSWER_BYTES
from contracts.words import Money, Value
from runtime.worker.carrier import UNBELIEVABLE, Carrier, Outage, Refusal
from tests.kernel.steps import OTHER
from tests.kernel.tally import REQUEST

ASK = MoneyAsk(request_id=REQUEST, subscription="sub-free01", amount=Money(minor=100), purpose="settlement")
RECEIPT = {"reference": "r-1", **ASK.model_dump(exclude={"purpose"})}
PROBLEM = {"title": "No", "status": 402, "code": "payment-declined", "detail": "the bank said no"}


def answered(name: str, ask: Value, status: int, **content: object) -> None:
    answer = httpx.MockTransport(lambda request: httpx.Response(status, **content))  # type: ignore[arg-type]
    carrier = Carrier(httpx.AsyncClient(transport=answer, base_url="http://carrier"))
    asyncio.run(carrier.ask(name, ask, "k1"))


def charge(status: int, **content: object) -> None:
    answered("charge", ASK, status, **content)


@pytest.mark.parametrize("status", [400, 402, 403, 404, 409, 422])
def test_a_no_with_a_code_is_the_carriers_own(status: int) -> None:
    with pytest.raises(Refusal) as no:
        charge(status, json=PROBLEM | {"status": status})
    assert (no.value.code, no.value.detail) == ("payment-declined", "the bank said no")


def test_a_receipt_is_believed() -> None:
    charge(200, json=RECEIPT | {"at": "2026-03-10T09:00:00+08:00"})


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_a_receipt_of_another_age_is_not_believed(at: str) -> None:
    """What systems write that do not know the time; a decision by it would fail, or tell the customer nonsense."""
    reasons = (
        "lies outside of the years 2000 to 2100",
        "Input should be a valid datetime",
        "in UTC this is before the",
    )
    with pytest.raises(Refusal) as no:
        charge(200, json=RECEIPT | {"at": at})
    assert no.value.code == UNBELIEVABLE
    assert no.value.detail.startswith(tuple(f"charge: wrong shape at /at ({why}" for why in reasons))


def test_of_several_fields_that_are_not_what_was_asked_the_first_is_named() -> None:
    with pytest.raises(Refusal) as no:
        charge(
            200, json=RECEIPT | {"at": "2026-03-10T09:00:00+08:00", "request_id": OTHER, "subscription": "sub-free02"}
        )
    assert no.value.detail == "charge: the answer is about another request_id"


@pytest.mark.parametrize("number", [-1, 10**7, 2**63, 10**30])
def test_a_number_no_record_can_hold_is_not_believed(number: int) -> None:
    """It would go into the decision's record, whose numbers have 64 bits."""
    item = {"item": "plan-basic", "name": {"zh": "套餐", "en": "Plan"}, "kind": "plan", "shared_with": number}
    line = {"subscription": ASK.subscription, "masked_number": "120****0001", "status": "active", "account": "open"}
    with pytest.raises(Refusal) as no:
        answered("look-up", SubscriptionAsk(subscription=ASK.subscription), 200, json=line | {"items": [item]})
    assert no.value.detail.startswith("look-up: wrong shape at /items/0/shared_with (Input should be ")


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (301, {}),
        (401, {"text": "Unauthorized"}),
        (403, {"html": "<h1>Forbidden</h1>"}),
        (404, {"json": {"detail": "Not Found"}}),
        (413, {}),
        (200, {"json": {"result": "OK"}}),
    ],
)
def test_what_is_not_the_carriers_own_word_leaves_it_in_doubt(status: int, content: dict[str, object]) -> None:
    """A gateway's no says nothing of an earlier ask under this key: it is asked for again under the same one."""
    with pytest.raises(Refusal) as no:
        charge(status, **content)
    assert no.value.code == UNBELIEVABLE
    assert status == 200 or no.value.detail == f"charge: HTTP {status} without a code"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_not_now_is_no_no(status: int) -> None:
    with pytest.raises(Outage):
        charge(status, json=PROBLEM | {"status": status})


class Dripping(httpx.AsyncByteStream):
    """A carrier that says `piece` again and again; `asked` counts how often it had to."""

    def __init__(self, piece: bytes, pause_seconds: float = 0) -> None:
        self.piece, self.pause_seconds, self.asked = piece, pause_seconds, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(self.pause_seconds)
            self.asked += 1
            yield self.piece


def streamed(stream: Dripping, status: int = 200, timeout: float = 5, **headers: str) -> None:
    answer = httpx.MockTransport(lambda request: httpx.Response(status, headers=headers, stream=stream))
    carrier = Carrier(httpx.AsyncClient(transport=answer, base_url="http://carrier", timeout=timeout))
    asyncio.run(carrier.ask("charge", ASK, "k1"))


@pytest.mark.parametrize("status", [200, 402, 422])
def test_an_answer_that_never_ends_is_not_read_to_its_end(status: int) -> None:
    stream = Dripping(b" " * 65536)
    with pytest.raises(Refusal) as no:
        streamed(stream, status)
    assert no.value.code == UNBELIEVABLE and stream.asked <= LARGEST_ANSWER_BYTES // 65536 + 1


@pytest.mark.parametrize(("operation", "active"), [("switch-off", True), ("restore", False)])
def test_a_switch_that_says_the_item_is_as_before_was_not_done(operation: str, active: bool) -> None:
    """It was taken for done before, and the customer told so."""
    ask = SwitchAsk(request_id=REQUEST, subscription=ASK.subscription, item="video-pack")
    told = ask.model_dump() | {"reference": "r-1", "at": "2026-03-10T09:00:00Z"}
    with pytest.raises(Refusal) as no:
        answered(operation, ask, 200, json=told | {"active": active})
    assert no.value.code == UNBELIEVABLE
    assert no.value.detail == f"{operation}: the answer says active={active}, so it was not done"
    answered(operation, ask, 200, json=told | {"active": not active})


@pytest.mark.parametrize("status", [200, 402])
def test_a_byte_now_and_then_is_an_outage_once_the_time_of_the_whole_call_is_over(status: int) -> None:
    stream = Dripping(b" ", pause_seconds=0.02)
    with pytest.raises(Outage):
        streamed(stream, status, timeout=0.3)
    assert stream.asked <= 0.3 / 0.02 + 1  # counted, not timed: a busy machine asks less often


def test_an_answer_of_not_now_is_not_read_at_all() -> None:
    stream = Dripping(b" " * 65536)
    with pytest.raises(Outage):
        streamed(stream, 503)
    assert stream.asked == 0


def packed(content: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        content = gzip.compress(content)
    return content


class Told(httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self.content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.content


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (packed(b" " * 30 * 2**20), "gzip"),
        (packed(b" " * 30 * 2**20), "x-gzip"),
        (zlib.compress(b" " * 30 * 2**20), "deflate"),
        (packed(b" " * 2**20, 2), "gzip, gzip"),
        (b"not packed at all", "gzip"),
        (b"{}", "br"),
        (b"{}", "zstd"),
        (b"{}", "something"),
    ],
    ids=[
        "gzip",
        "x-gzip",
        "deflate",
        "gzip twice",
        "not packed",
        "brotli",
        "zstd",
        "unknown",
    ],  # packing notes the time
)
def test_what_unpacks_to_more_than_an_answer_is_not_unpacked(content: bytes, encoding: str) -> None:
    headers = {"content-encoding": encoding}
    answer = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, stream=Told(content)))
    carrier = Carrier(httpx.AsyncClient(transport=answer, base_url="http://carrier"))
    tracemalloc.start()
    with pytest.raises(Refusal) as no:
        asyncio.run(carrier.ask("charge", ASK, "k1"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert no.value.code == UNBELIEVABLE and peak < 8 * 2**20


def test_a_small_packed_answer_is_believed_all_the_same() -> None:
    content = packed(json.dumps(RECEIPT | {"at": "2026-03-10T09:00:00+08:00"}).encode())
    headers = {"content-encoding": "gzip"}
    answer = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, stream=Told(content)))
    asyncio.run(Carrier(httpx.AsyncClient(transport=answer, base_url="http://carrier")).ask("charge", ASK, "k1"))


@pytest.mark.parametrize("code", ["", " ", "a\nb", "x" * 81, "\x1b[31m", "13812345678 called", "拒绝"])
def test_a_code_that_is_no_code_is_not_the_carriers_own_word(code: str) -> None:
    with pytest.raises(Refusal) as no:
        charge(402, json=PROBLEM | {"code": code})
    assert no.value.code == UNBELIEVABLE
