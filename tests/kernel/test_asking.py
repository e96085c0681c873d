"""Whose word is believed: the carrier's own no is final, anybody else's leaves what was asked in doubt."""

import asyncio

import httpx
import pytest

from contracts.carrier import MoneyAsk, SubscriptionAsk
from contracts.words import Money, Value
from runtime.worker.carrier import UNBELIEVABLE, Carrier, Outage, Refusal
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
    with pytest.raises(Refusal) as no:
        charge(200, json=RECEIPT | {"at": at})
    assert (no.value.code, no.value.detail) == (UNBELIEVABLE, "charge: wrong shape at /at")


@pytest.mark.parametrize("number", [-1, 10**7, 2**63, 10**30])
def test_a_number_no_record_can_hold_is_not_believed(number: int) -> None:
    """It would go into the decision's record, whose numbers have 64 bits."""
    item = {"item": "plan-basic", "name": {"zh": "套餐", "en": "Plan"}, "kind": "plan", "shared_with": number}
    line = {"subscription": ASK.subscription, "masked_number": "120****0001", "status": "active", "account": "open"}
    with pytest.raises(Refusal) as no:
        answered("look-up", SubscriptionAsk(subscription=ASK.subscription), 200, json=line | {"items": [item]})
    assert no.value.detail == "look-up: wrong shape at /items/0/shared_with"


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
