"""Asks the carrier over HTTP and believes nothing: an answer is the right shape, about the right thing, or refused.

Refusal   the carrier said no for good: the state machine decides what that means
Outage    nobody knows yet (5xx, 429, timeout, no connection): ask again later under the same key
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from pydantic import ValidationError

from contracts.carrier.operations import OPERATIONS, CarrierProblem, Operation, not_now
from contracts.words import Value, as_a_check_said_it
from runtime.envelope import derived_id, traceparent
from runtime.exits import remark
from runtime.faults import first_faults
from runtime.http.strict_json import name_twice
from runtime.kernel.arrivals import PendingCall
from runtime.settings import Settings
from runtime.worker.answers import TooMuch, broke_off, read_whole
from runtime.worker.carrier_tls import certificates, why_not
from runtime.worker.connection import KEPT
from runtime.worker.lanes import Lanes

CALLING: ContextVar[PendingCall | None] = ContextVar("calling", default=None)  # what is being asked in this task
AskCarrier = Callable[[str, Value, str], Awaitable[Value]]  # (operation, ask, idempotency key) -> answer
UNBELIEVABLE = "unbelievable-answer"
CODE = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
LONGEST_REST_SECONDS = 3600.0
TWICE_THERE = "a field is there twice, so it could mean two things"
NO_COOKIES = DefaultCookiePolicy(allowed_domains=[])


class Refusal(Exception):
    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, remark(detail)  # others' words, and they go into events
        super().__init__(f"{code}: {self.detail}")


class Outage(Exception):
    def __init__(self, why: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_seconds = retry_after_seconds


class Resting(Outage):
    """Nobody was asked: the system did not answer before, and is left alone for a moment."""


class Carrier:
    """The carrier's systems behind one base address, a circuit breaker for each of them."""

    def __init__(self, client: httpx.AsyncClient, outages_in_a_row: int = 20, rest_seconds: float = 2) -> None:
        self.client = client
        self.headers = {**client.headers, "Content-Type": "application/json", "Accept-Encoding": "identity"}
        self.addresses: dict[str, httpx.URL] = {}
        self.breakers = AsyncCircuitBreakerFactory(
            default_threshold=outages_in_a_row, default_ttl=rest_seconds, exclude=[Refusal, asyncio.CancelledError]
        )

    async def ask(self, name: str, ask: Value, key: str) -> Value:
        """Raises `Refusal` or `Outage`, nothing else."""
        operation = OPERATIONS[name]
        try:
            async with await self.breakers.get_breaker(operation.system):
                return await self._ask(operation, ask, key)
        except OpenedState:
            raise Resting(f"{operation.system} is not answering; resting before the next try") from None

    async def _ask(self, operation: Operation, ask: Value, key: str) -> Value:
        """A no says no request of its own: from a connection of before it may be what nobody asked, and is asked for
        again, under its key, on one that nobody else has used."""
        request = self._request(operation, ask, key)
        try:
            async with asyncio.timeout(self.client.timeout.read):  # the client's own is for one read of many
                while True:
                    try:
                        return await self._answer(operation, ask, request)
                    except Refusal:
                        if KEPT not in request.extensions:
                            raise
        except (httpx.HTTPError, TimeoutError) as error:
            raise Outage(f"{operation.name}: {why_not(error)}") from None

    async def _answer(self, operation: Operation, ask: Value, request: httpx.Request) -> Value:
        response = await self.client.send(request, stream=True)
        try:
            if not_now(response.status_code):
                raise Outage(f"{operation.name}: HTTP {response.status_code}", _retry_after(response))
            told = await read_whole(response)
        except TooMuch as error:
            raise Refusal(UNBELIEVABLE, f"{operation.name}: {error}") from None
        finally:
            await response.aclose()
        try:
            return _understood(operation, ask, response.status_code, told)
        except Refusal:
            if broke_off(response, told):
                raise Outage(f"{operation.name}: broke off within its answer") from None
            raise

    def _request(self, operation: Operation, ask: Value, key: str) -> httpx.Request:
        """As the client would build it, which takes each address and all its headers apart anew."""
        headers = self.headers | {"Idempotency-Key": key}
        if (calling := CALLING.get()) is not None:
            headers["traceparent"] = trace_of_call(calling)
        timeout = {"timeout": self.client.timeout.as_dict()}
        if operation.method == "GET":
            url = self._address(operation.path.format(**ask.model_dump()))
            return httpx.Request("GET", url, headers=headers, extensions=timeout)
        url = self.addresses.get(operation.path) or self._address(operation.path)
        self.addresses[operation.path] = url
        return httpx.Request("POST", url, headers=headers, content=ask.model_dump_json(), extensions=timeout)

    def _address(self, path: str) -> httpx.URL:
        return httpx.URL(str(self.client.base_url).rstrip("/") + path)


def trace_of_call(pending: PendingCall) -> str:
    """Each try is a span of its own, with which the carrier's systems can go on."""
    return traceparent(pending.root, derived_id(pending.id, f"try/{pending.attempt}"))


def _understood(operation: Operation, ask: Value, status: int, told: bytes) -> Value:
    if status >= 300:
        raise _refusal(operation, status, told)
    return believe(operation, ask, told)


def believe(operation: Operation, ask: Value, content: bytes) -> Value:
    """The answer, if it has the right shape and repeats what was asked (request, subscription, amount, item...)."""
    try:
        answer = operation.answer.model_validate_json(content, strict=True)
    except ValidationError as error:
        faults = first_faults(error)
        fields = ", ".join("/" + "/".join(map(str, fault["loc"])) for fault in faults[:5])
        why = as_a_check_said_it(faults[0]["msg"])
        raise Refusal(UNBELIEVABLE, f"{operation.name}: wrong shape at {fields} ({why})") from None
    if name_twice(content):
        raise Refusal(UNBELIEVABLE, f"{operation.name}: {TWICE_THERE}")
    for field in type(ask).model_fields:  # in their order: of several, each run names the same one
        if field in type(answer).model_fields and getattr(answer, field) != getattr(ask, field):
            raise Refusal(UNBELIEVABLE, f"{operation.name}: the answer is about another {field}")
    for field, value in operation.says:
        if getattr(answer, field) is not value:
            raise Refusal(UNBELIEVABLE, f"{operation.name}: the answer says {field}={not value}, so it was not done")
    return answer


def _refusal(operation: Operation, status: int, content: bytes) -> Refusal:
    try:
        problem = CarrierProblem.model_validate_json(content)
    except ValidationError:
        problem = None
    if problem is None or not CODE.fullmatch(problem.code):
        # Some gateway's word, perhaps: it says nothing of an earlier ask under this key whose answer was lost.
        return Refusal(UNBELIEVABLE, f"{operation.name}: HTTP {status} without a code")
    if name_twice(content):
        return Refusal(UNBELIEVABLE, f"{operation.name}: HTTP {status}, {TWICE_THERE}")
    return Refusal(problem.code, problem.detail or problem.title)


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return min(float(text), LONGEST_REST_SECONDS) if text.isascii() and text.isdigit() else None


def connect(settings: Settings) -> httpx.AsyncClient:
    """Raises `NotSecured`. No cookie is kept: what is said about one customer would go along with the next call."""
    lanes, none = Lanes(settings.calls_at_once, settings.carrier, certificates(settings)), CookieJar(NO_COOKIES)
    timeout = settings.call_timeout_seconds
    return httpx.AsyncClient(base_url=settings.carrier, timeout=timeout, transport=lanes, cookies=none)
