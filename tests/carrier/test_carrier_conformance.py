"""The conformance check passes a good carrier, over a real socket too, and names what is wrong with a bad one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from contracts.carrier.operations import OPERATIONS
from demo.carrier.app import carrier_app
from demo.carrier.books import Books
from demo.conformance import check
from tests.carrier.conftest import InProcess
from tests.carrier.spoilt import ITEM, LINE, Spoil, Spoilt, faults_of, with_facts, with_item


class Forgetful(httpx.BaseTransport):
    """A carrier that sees a new key every time."""

    def __init__(self, carrier: httpx.BaseTransport) -> None:
        self._carrier = carrier
        self._seen = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("idempotency-key"):
            self._seen += 1
            request.headers["idempotency-key"] = f"new-{self._seen}"
        return self._carrier.handle_request(request)


def one_fen_more(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    if request.url.path != "/charging/charges" or answer.status_code != 200:
        return answer
    body = orjson.loads(answer.content)
    body["amount"]["minor"] += 1
    return httpx.Response(200, json=body)


def never_says_no(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    return answer if answer.status_code == 200 else httpx.Response(200, json={"ok": True})


def plain_refusals(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    return answer if answer.status_code == 200 else httpx.Response(answer.status_code, text="no")


def talkative(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    if request.url.path != "/provisioning/port-codes" or answer.status_code != 200:
        return answer
    return httpx.Response(200, json=orjson.loads(answer.content) | {"code": "12345678"})


def nonsense(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    return httpx.Response(200, text="<html>Welcome</html>")


def test_the_stand_in_keeps_its_own_contract(transport: httpx.BaseTransport) -> None:
    findings = check("http://carrier", LINE, ITEM, transport)
    assert faults_of(findings) == set()
    assert {finding.operation for finding in findings} == set(OPERATIONS)


def test_a_line_that_was_checked_before_is_named_as_the_reason(transport: httpx.BaseTransport) -> None:
    check("http://carrier", LINE, ITEM, transport)
    again = check("http://carrier", LINE, ITEM, transport)
    assert faults_of(again) == {("look-up", "the test line is fit for the check")}
    assert "name an open line" in again[-1].detail


@pytest.mark.parametrize(
    ("spoil", "operation", "what"),
    [
        (one_fen_more, "charge", "answers in the agreed shape and repeats what it was asked"),
        (never_says_no, "refund", "an ask without a key is refused"),
        (never_says_no, "waive", "negative money is refused"),
        (never_says_no, "look-up", "an unknown subscription is refused"),
        (plain_refusals, "switch-off", "an unknown item is refused"),
        (talkative, "port-code", "answers in the agreed shape and repeats what it was asked"),
        (nonsense, "look-up", "answers in the agreed shape and repeats what it was asked"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_carrier_that_breaks_the_contract_is_told_where(
    transport: httpx.BaseTransport, spoil: Spoil, operation: str, what: str
) -> None:
    findings = check("http://carrier", LINE, ITEM, Spoilt(transport, spoil))
    assert (operation, what) in faults_of(findings)
    assert all(finding.detail for finding in findings if not finding.ok)


TERM = {"contract": "c-1", "start": "2025-05-11", "lock_in": True, "clause": "CN-30", "fee_rule": "share-of-remaining"}
TEN_YUAN = {"minor": 1000, "currency": "CNY"}


@pytest.mark.parametrize(
    ("fact", "ok", "what"),
    [
        ({"contract": TERM | {"end": "2027-05-10"}}, True, "is 2027-05-10 the last day of c-1? then send 2027-05-11"),
        ({"contract": TERM | {"end": "2025-05-11"}}, False, "c-1 ends after it starts"),
        ({"contract": TERM | {"end": "2027-05-11", "concluded": "2027-06-01"}}, False, "c-1 ends after it starts"),
        (
            {"contract": TERM | {"end": "2027-05-11", "free_exit": {"ground": "moved", "from_day": "2028-01-01"}}},
            True,
            "is free_exit/from_day of c-1, 2028-01-01, a day of its term?",
        ),
        (
            {"contract": TERM | {"end": "2027-05-11", "terms_changed_on": "2098-01-01"}},
            True,
            "is 2098-01-01 the day worse terms of c-1 were announced?",
        ),
        ({"change_from": "2025-01-01"}, True, "is change_from of video-pack, 2025-01-01, carried out?"),
        ({"price_changes": [{"from_day": "2025-01-01", "monthly_fee": TEN_YUAN}]}, True, "is price_changes of video-"),
        (
            {"price_changes": 2 * [{"from_day": "2098-01-01", "monthly_fee": TEN_YUAN}]},
            False,
            "in price_changes of video-pack is there once",
        ),
    ],
)
def test_optional_facts_of_a_contract_that_may_be_meant_otherwise_are_asked_about_or_refused(
    transport: httpx.BaseTransport, fact: dict[str, Any], ok: bool, what: str
) -> None:
    findings = check("http://carrier", LINE, ITEM, Spoilt(transport, with_item(fact)))
    assert [each.ok for each in findings if each.operation == "look-up" and what in each.what] == [ok]


@pytest.mark.parametrize(
    "fact",
    [
        {"contract": TERM | {"end": "2027-05-11", "concluded": "2025-05-01"}},
        {"contract": TERM | {"end": "2027-05-11", "free_exit": {"ground": "moved", "from_day": "2026-05-01"}}},
        {"change_from": "2098-01-01", "price_changes": [{"from_day": "2098-01-01", "monthly_fee": TEN_YUAN}]},
    ],
)
def test_optional_facts_that_are_as_they_are_meant_raise_no_question(
    transport: httpx.BaseTransport, fact: dict[str, Any]
) -> None:
    findings = check("http://carrier", LINE, ITEM, Spoilt(transport, with_item(fact)))
    assert [each.what for each in findings if each.what.startswith("is ") or not each.ok] == []


PARTS = "of a pre-deposit no more is released than all of it"
OVER = {"origin": "pre-deposit", "amount": TEN_YUAN, "release_months": 12, "months_released": 13}


@pytest.mark.parametrize(
    ("path", "fact", "found"),
    [
        ("/crm/", {"ported_in_on": "2098-01-01"}, (False, "look-up", "ported_in_on is a day that has been")),
        ("/crm/", {"ported_in_on": "2025-01-01"}, (True, "look-up", "ported_in_on is a day that has been")),
        ("/crm/", {"closed_at": "2098-01-01T00:00:00Z"}, (False, "look-up", "closed_at is a day that has been")),
        ("/crm/", {"balances": [OVER]}, (False, "look-up", PARTS)),
        ("/crm/", {"balances": [OVER | {"months_released": 12}]}, (True, "look-up", PARTS)),
        ("/charging/final-bills", {"balances": [OVER]}, (False, "final-bill", PARTS)),
        ("/charging/final-bills", {"balances": [OVER | {"release_months": 13}]}, (True, "final-bill", PARTS)),
    ],
)
def test_a_line_or_an_account_that_cannot_be_is_named_with_what_to_send(
    transport: httpx.BaseTransport, path: str, fact: dict[str, Any], found: tuple[bool, str, str]
) -> None:
    ok, operation, what = found
    findings = check("http://carrier", LINE, ITEM, Spoilt(transport, with_facts(path, fact)))
    [told] = [each for each in findings if (each.operation, each.what) == (operation, what)]
    assert told.ok is ok and ("send" in told.detail) is not ok


@pytest.mark.parametrize("currency", ["CNY", "EUR", "GBP"])
def test_a_carrier_is_asked_in_the_currency_of_the_pack_and_only_in_that(currency: str) -> None:
    books = Books(":memory:", currency=currency)
    transport = InProcess(carrier_app(books))
    assert faults_of(check("http://carrier", LINE, ITEM, transport, currency)) == set()
    books.close()


def test_a_carrier_that_forgets_keys_is_caught(transport: httpx.BaseTransport) -> None:
    faults = faults_of(check("http://carrier", LINE, ITEM, Forgetful(transport)))
    for operation in ("charge", "refund", "send", "final-bill"):
        assert (operation, "the same key and body get the same answer") in faults


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.1:port", "ftp://carrier", "carrier"])
def test_a_carrier_that_is_not_there_is_one_clear_finding(url: str) -> None:
    findings = check(url, LINE, ITEM)
    assert [finding.ok for finding in findings] == [False]
    assert "is it running" in findings[0].detail


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A carrier as an operator starts it; it prints where it listens."""
    command = [sys.executable, "-m", "demo.carrier", "--port", "0", "--data", str(tmp_path), "--crowd", "10"]
    carrier = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert carrier.stdout
    yield carrier.stdout.readline().removeprefix("carrier on ").strip()
    os.kill(carrier.pid, signal.SIGTERM)
    assert carrier.wait(20) in (0, -signal.SIGTERM)
    carrier.stdout.close()


def test_it_passes_over_a_real_socket_and_the_ledger_balances(address: str) -> None:
    assert faults_of(check(address, LINE, ITEM)) == set()
    assert faults_of(check(address, "sub-c000001", ITEM)) == set()
    summary = httpx.get(f"{address}/ledger/summary", timeout=60).json()
    assert (summary["unbalanced"], summary["created_minor"], summary["doubled"]) == ([], 0, [])


def test_work_done_after_the_asker_hung_up_is_done_once(address: str) -> None:
    """The asker's timeout is the only clock here; the carrier would answer much later."""
    ask = {"request_id": "11111111-1111-4111-8111-111111111111", "subscription": "sub-c000002", "item": ITEM}
    key = {"Idempotency-Key": "k1"}
    fault = {"kind": "timeout-after-work", "times": 1, "delay_seconds": 1.5}
    httpx.put(f"{address}/faults/switch-off", json=fault, timeout=60)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{address}/provisioning/switch-offs", json=ask, headers=key, timeout=0.3)
    assert httpx.post(f"{address}/provisioning/switch-offs", json=ask, headers=key, timeout=60).status_code == 200
    assert len(httpx.get(f"{address}/ledger", timeout=60).json()) == 1


def test_a_taken_port_is_one_clear_sentence(address: str, tmp_path: Path) -> None:
    port = address.rpartition(":")[2]
    command = [sys.executable, "-m", "demo.carrier", "--port", port, "--data", str(tmp_path)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode != 0 and "--port 0" in second.stderr and "Traceback" not in second.stderr
