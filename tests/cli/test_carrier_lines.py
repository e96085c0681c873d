"""`tuiding carrier check` says before the first customer what of a line the pack cannot price."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson
import pytest

from cli.priced import lines_priced

ITEM = {"item": "video-pack", "name": {"zh": "视频会员", "en": "Video pack"}, "kind": "add-on"}
LINE: dict[str, Any] = {"masked_number": "138****4711", "status": "active", "account": "open", "items": [ITEM]}
TERM = {"contract": "c-1", "start": "2026-01-01", "end": "2027-01-01", "lock_in": True, "clause": "CN-30"}
BOUND = TERM | {"fee_rule": "share-of-remaining", "full_fee": {"minor": 36500, "currency": "CNY"}}
FAULTS = {
    "norule01": ({"contract": BOUND | {"fee_rule": "per-annum"}}, "fee_rule per-annum is not in the pack; it has"),
    "dollars01": ({"contract": BOUND | {"full_fee": {"minor": 1, "currency": "USD"}}}, "the pack's currency is CNY"),
    "noground01": ({"contract": BOUND | {"free_exit": {"ground": "emigrated"}}}, "no exit ground 'emigrated'"),
    "forever01": ({"contract": BOUND | {"end": "9999-12-31"}}, "contracts/c-1/end_of_term"),
    "feedollars01": ({"monthly_fee": {"minor": 1, "currency": "USD"}}, "items/video-pack/monthly_fee: is in USD"),
    "negative01": ({"monthly_fee": {"minor": -1, "currency": "CNY"}}, "items/video-pack/monthly_fee: -1 is below zero"),
}


class Crm(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        change, _ = FAULTS.get(name.removeprefix("sub-"), ({"contract": BOUND}, ""))
        body = orjson.dumps(LINE | {"subscription": name, "items": [ITEM | change]})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: object) -> None:
        pass


@pytest.fixture
def crm() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Crm)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("line", FAULTS)
def test_what_the_pack_cannot_price_is_named_before_a_customer_asks(crm: str, line: str) -> None:
    [found] = lines_priced(crm, f"sub-{line}", ())
    assert not found.ok and FAULTS[line][1] in found.detail, found


def test_further_lines_are_looked_at_too_and_each_finding_says_which(crm: str) -> None:
    found = lines_priced(crm, "sub-good01", ["sub-norule01", "sub-good02"])
    assert [each.what.split(":")[0] for each in found if not each.ok] == ["sub-norule01"]
    assert {each.what.split(":")[0] for each in found} == {"sub-good01", "sub-norule01", "sub-good02"}


def test_a_carrier_that_is_not_there_is_left_to_the_check_to_say() -> None:
    assert lines_priced("http://127.0.0.1:1", "sub-good01", ()) == []
