"""What a carrier's answers would stop or mislead later, the conformance check says beforehand."""

from typing import Any

import httpx
import orjson
import pytest

from demo.conformance import check
from tests.carrier.spoilt import ITEM, LINE, Spoil, Spoilt, faults_of, with_facts, with_item


def told(path: str, **change: Any) -> Spoil:
    """Answers at this address say this instead."""
    return with_facts(path, change)


def unknown_to(purpose: str) -> Spoil:
    """A carrier that has never heard of one purpose."""

    def spoil(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        known = purpose.encode() not in request.content
        return answer if known else httpx.Response(422, json={"title": "No", "status": 422, "code": "wrong-shape"})

    return spoil


SHAPE = "answers in the agreed shape and repeats what it was asked"
IN_TIME = "`at` is the time at which it was done"
AHEAD = "`valid_until` lies ahead, by a year at most"
PURPOSE = "purpose {} is carried out on an account that is closed"
DOLLARS = {"minor": 0, "currency": "USD"}


@pytest.mark.parametrize(
    ("spoil", "operation", "what"),
    [
        (told("switch-offs", active=True), "switch-off", SHAPE),
        (told("restores", active=False), "restore", SHAPE),
        (told("switch-offs", active="false"), "switch-off", SHAPE),
        (told("charges", at=1790000000), "charge", SHAPE),
        (told("charges", at="2011-01-01T00:00:00Z"), "charge", IN_TIME),
        (told("messages", at="2099-01-01T00:00:00Z"), "send", IN_TIME),
        (told("port-codes", valid_until="2020-01-01T00:00:00Z"), "port-code", AHEAD),
        (told("port-codes", valid_until="2099-01-01T00:00:00Z"), "port-code", AHEAD),
        (told("final-bills", own_balance=DOLLARS), "final-bill", "every amount is in CNY, and none is below zero"),
        (told("crm", closed_at="0001-01-01T00:00:00Z"), "look-up", SHAPE),
        (told("crm", real_name_verified="yes"), "look-up", SHAPE),
        (unknown_to("account-dispute"), "charge", PURPOSE.format("account-dispute")),
        (unknown_to("contract-goes-on"), "refund", PURPOSE.format("contract-goes-on")),
        (unknown_to("wrong-switch-off"), "waive", PURPOSE.format("wrong-switch-off")),
        (with_item({"name": {"zh": "视频", "en": " "}}), "look-up", "video-pack has a name in both languages"),
        (with_item({"name": {"zh": "长" * 30_000, "en": "long"}}), "look-up", SHAPE),
        (
            with_item({"depends_on": ["gone-pack"]}),
            "look-up",
            "what video-pack depends on is another item of the line",
        ),
    ],
)
def test_what_would_stop_or_mislead_later_is_said_by_the_check(
    transport: httpx.BaseTransport, spoil: Spoil, operation: str, what: str
) -> None:
    findings = check("http://carrier", LINE, ITEM, Spoilt(transport, spoil))
    assert (operation, what) in faults_of(findings)
    assert all(finding.detail for finding in findings if not finding.ok)


def test_a_carrier_that_lists_an_item_twice_is_told_which(transport: httpx.BaseTransport) -> None:
    def twice(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method != "GET" or answer.status_code != 200:
            return answer
        line = orjson.loads(answer.content)
        return httpx.Response(200, json=line | {"items": [*line["items"], line["items"][0]]})

    findings = check("http://carrier", LINE, ITEM, Spoilt(transport, twice))
    assert [each.detail for each in findings if not each.ok] == ["there twice: plan-basic"]


class Forgiving(httpx.BaseTransport):
    """A carrier that remembers no refusal: the key it said no to works a moment later."""

    def __init__(self, carrier: httpx.BaseTransport) -> None:
        self._carrier = carrier

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if b"no-such-item" in request.content and request.headers.get("idempotency-key"):
            request.headers["idempotency-key"] = f"other-{request.headers['idempotency-key'][:30]}"
        return self._carrier.handle_request(request)


def test_a_carrier_that_forgets_its_refusals_is_caught(transport: httpx.BaseTransport) -> None:
    faults = faults_of(check("http://carrier", LINE, ITEM, Forgiving(transport)))
    assert {("switch-off", "a refusal uses its key up"), ("restore", "a refusal uses its key up")} <= faults
