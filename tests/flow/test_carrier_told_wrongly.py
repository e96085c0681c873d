"""What a carrier says beside what was asked, its clock, its dates, its size: the customer is told what is true."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from contracts.messages import billing, shared, termination
from tests.flow.customer import confirm, submit
from tests.flow.system import System

Change = Callable[[dict[str, Any]], dict[str, Any]]


class Spoilt(httpx.AsyncBaseTransport):
    """A proxy that changes what is answered at one address."""

    def __init__(self, carrier: httpx.AsyncBaseTransport, path: str, change: Change) -> None:
        self.carrier, self.path, self.change = carrier, path, change

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.carrier.handle_async_request(request)
        content = await answer.aread()
        if self.path in request.url.path and answer.status_code == 200:
            content = orjson.dumps(self.change(orjson.loads(content)))
        return httpx.Response(answer.status_code, content=content)


def spoil(system: System, path: str, change: Change) -> None:
    system.web._transport = Spoilt(system.web._transport, path, change)


@pytest.mark.parametrize("at", ["2099-01-01T00:00:00Z", "2001-01-01T00:00:00Z", "2026-04-10T03:00:00Z"])
def test_a_carriers_wrong_clock_makes_no_end_late_or_early_and_keeps_no_number(system: System, at: str) -> None:
    """By its word the customer read of an end in 2099, had a credit for the delay, and the number was never free."""
    spoil(system, "/provisioning/switch-offs", lambda told: told | {"at": at})
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    service_end = system.the(billing.QuoteIssued, request).quote.service_end
    system.advance(timedelta(days=400))
    ended = system.the(termination.ServiceTerminated, request)
    assert (ended.dates.effective, ended.late, system.stage(request)) == (service_end, False, "closed")
    assert {"fee.waived.v1"}.isdisjoint(system.types(request))
    free = [each.type for each in system.events(request) if each.type == "number.released.v1"]
    assert free == ["number.released.v1"]


@pytest.mark.parametrize("closed_at", ["2001-01-01T00:00:00Z", "2098-01-01T00:00:00Z"])
def test_a_number_that_left_is_charged_to_a_day_that_can_be_true(system: System, closed_at: str) -> None:
    request = submit(system, "sub-portclear01", kind="port-out")
    confirm(system, request)
    issued = system.now
    system.books.port_away("sub-portclear01")
    spoil(system, "/crm/", lambda told: told | {"closed_at": closed_at})
    system.advance(timedelta(days=60))
    left = system.the(termination.NumberPorted, request).left_at
    assert issued <= left <= system.now


def test_an_item_that_is_said_to_be_on_after_all_is_shown_to_an_operator_and_told_to_nobody(system: System) -> None:
    spoil(system, "/provisioning/switch-offs", lambda told: told | {"active": True})
    request = submit(system, "sub-freeaddon01", "video-pack")
    confirm(system, request)
    incident = system.the(shared.AttentionRequired, request)
    assert incident.detail == "switch-off: the answer says active=True, so it was not done"
    assert {"item.terminated.v1", "service.terminated.v1"}.isdisjoint(system.types(request))


def test_a_line_too_large_for_a_record_is_an_incident_and_no_lost_request(system: System) -> None:
    """Its event was larger than any reader takes: the request hung, and only a dead letter told of it."""

    def of_thousands(line: dict[str, Any]) -> dict[str, Any]:
        return line | {"items": [line["items"][1] | {"item": f"x-{number}"} for number in range(5000)]}

    spoil(system, "/crm/", of_thousands)
    request = submit(system, "sub-freeaddon01", "x-7")
    incident = system.the(shared.AttentionRequired, request)
    assert (incident.operation, incident.detail) == ("look-up", "look-up: more than 65536 bytes")


def test_an_amount_below_zero_on_a_final_bill_is_named_with_its_field(system: System) -> None:
    spoil(system, "/charging/final-bills", lambda bill: bill | {"unbilled_usage": {"minor": -5, "currency": "CNY"}})
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    system.advance(timedelta(days=31))
    assert system.the(shared.AttentionRequired, request).detail == "final bill: amount: is never below zero"
