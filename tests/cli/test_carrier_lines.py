"""`tuiding carrier check` says before the first customer what of a line the pack cannot price."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from cli import application
from cli.priced import lines_priced, pack_in_force
from demo.findings import Finding

ITEM = {"item": "video-pack", "name": {"zh": "视频会员", "en": "Video pack"}, "kind": "add-on"}
LINE: dict[str, Any] = {"masked_number": "138****4711", "status": "active", "account": "open", "items": [ITEM]}
TODAY = datetime.now(UTC).date()
TERM: dict[str, Any] = {
    "contract": "c-1",
    "start": str(TODAY - timedelta(days=200)),
    "end": str(TODAY + timedelta(days=200)),
    "lock_in": True,
    "clause": "CN-30",
}
BOUND = TERM | {"fee_rule": "share-of-remaining", "full_fee": {"minor": 36500, "currency": "CNY"}}
CHINESE = "items/plan-basic/contract/clause: CN-30 is not in the pack: send one of its clauses.yaml, or add it there"
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "norule01": ({"contract": BOUND | {"fee_rule": "per-annum"}}, "fee_rule per-annum is not in the pack; it has"),
    "dollars01": ({"contract": BOUND | {"full_fee": {"minor": 1, "currency": "USD"}}}, "the pack's currency is CNY"),
    "noground01": ({"contract": BOUND | {"free_exit": {"ground": "emigrated"}}}, "no exit ground 'emigrated'"),
    "forever01": ({"contract": BOUND | {"end": "9999-12-31"}}, "contracts/c-1/end_of_term"),
    "feedollars01": ({"monthly_fee": {"minor": 1, "currency": "USD"}}, "items/video-pack/monthly_fee: is in USD"),
    "pricedollars01": (
        {"price_changes": [{"from_day": "2098-01-01", "monthly_fee": {"minor": 1, "currency": "USD"}}]},
        "items/video-pack/price_changes: is in USD",
    ),
    "noclause01": ({"contract": BOUND | {"clause": "CN-99"}}, "items/video-pack/contract/clause: CN-99 is not in the"),
    "negative01": ({"monthly_fee": {"minor": -1, "currency": "CNY"}}, "items/video-pack/monthly_fee: -1 is below zero"),
}
FINE: dict[str, tuple[dict[str, Any], str]] = {"free01": ({"monthly_fee": {"minor": 0, "currency": "USD"}}, "")}


class Crm(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        change, _ = (FAULTS | FINE).get(name.removeprefix("sub-"), ({"contract": BOUND}, ""))
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


def priced(url: str, line: str, *others: str) -> list[Finding]:
    now = datetime.now(UTC)
    return lines_priced(url, line, others, now, pack_in_force(now))


@pytest.mark.parametrize("line", FAULTS)
def test_what_the_pack_cannot_price_is_named_before_a_customer_asks(crm: str, line: str) -> None:
    [found] = [each for each in priced(crm, f"sub-{line}") if not each.ok]
    assert FAULTS[line][1] in found.detail, found


def test_nothing_is_nothing_in_every_currency(crm: str) -> None:
    assert [each for each in priced(crm, "sub-free01") if not each.ok] == []


def test_further_lines_are_looked_at_too_and_each_finding_says_which(crm: str) -> None:
    found = priced(crm, "sub-good01", "sub-norule01", "sub-good02")
    assert [each.what.split(":")[0] for each in found if not each.ok] == ["sub-norule01"]
    assert {each.what.split(":")[0] for each in found} == {"sub-good01", "sub-norule01", "sub-good02"}


def test_a_carrier_that_is_not_there_is_left_to_the_check_to_say() -> None:
    assert priced("http://127.0.0.1:1", "sub-good01") == []


@pytest.fixture
def in_euro(tmp_path: Path) -> Iterator[str]:
    """The stand-in, whose accounts are in euro."""
    where = ["--port", "0", "--data", str(tmp_path), "--crowd", "1", "--currency", "EUR"]
    carrier = subprocess.Popen([sys.executable, "-m", "demo.carrier", *where], stdout=subprocess.PIPE, text=True)
    assert carrier.stdout
    yield carrier.stdout.readline().removeprefix("carrier on ").strip()
    os.kill(carrier.pid, signal.SIGTERM)
    carrier.wait(20)
    carrier.stdout.close()


@pytest.mark.parametrize("policy", ["eu", "de"])
def test_a_carrier_is_checked_in_the_currency_of_the_pack_in_force(
    in_euro: str, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    """The stand-in's contracts have Chinese clauses, which no pack of Europe has."""
    monkeypatch.setenv("TUIDING_POLICY", policy)
    line = ["--subscription", "sub-conformance01", "--item", "video-pack"]
    shown = CliRunner().invoke(application(), ["carrier", "check", in_euro, *line, "--json"])
    found = orjson.loads(shown.stdout)
    assert len(found) > 50
    assert [each["detail"] for each in found if not each["ok"]] == [CHINESE]


def test_a_carrier_in_another_currency_than_the_pack_is_told_so(in_euro: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIDING_POLICY", "cn-carrier")
    line = ["--subscription", "sub-conformance01", "--item", "video-pack"]
    shown = CliRunner().invoke(application(), ["carrier", "check", in_euro, *line])
    assert shown.exit_code == 1 and "wrong-currency" in shown.output and "EUR came" in shown.output
