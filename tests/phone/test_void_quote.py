"""The price of a request that came to nothing is no longer shown as one to pay."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.requests import Request

from demo.phone.rendering import page
from demo.phone.seats import SEATS

NOTHING = {"minor": 0, "currency": "CNY"}
QUOTE: dict[str, Any] = {"total": {"minor": 18250, "currency": "CNY"}, "lines": [], "impacts": []} | dict.fromkeys(
    ("service_end", "charge_end"), "2026-12-01T00:00:00Z"
)
PRICE = '<p class="price">'


@pytest.mark.parametrize(
    ("stage", "ended", "void"),
    [
        ("quoted", False, False),
        ("settled", False, False),
        ("closed", True, False),
        ("withdrawn", True, True),
        ("expired", True, True),
        ("failed", True, True),
        ("rejected", True, True),
    ],
)
def test_what_was_quoted_is_folded_away_once_it_is_void(stage: str, ended: bool, void: bool) -> None:
    request = Request({"type": "http", "path": "/", "query_string": b"lang=en", "headers": []})
    status = {"request_id": "4ebe1d32-cec0-57cb-b53c-a3f4358b6b60", "stage": stage, "ended": ended, "next": {}}
    shown = page(
        request,
        "request.html",
        ZoneInfo("Asia/Shanghai"),
        seat=SEATS["phone"],
        status=status,
        quote=QUOTE,
        line={"arrears": NOTHING},
        base="/phone/sub-regret01",
    )
    before, price, _ = bytes(shown.body).decode().partition(PRICE)
    assert price and ("The quote of then, which is void" in before) is void
