"""How a customer's word reaches tuiding: one command through HTTP or Kafka, repeated until it is in."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

import httpx

from contracts.flow import command_topic
from contracts.messages import Command
from contracts.messages.commands import (
    ConfirmQuote,
    DisputeFee,
    EscalateComplaint,
    ReopenLine,
    ReportProblem,
    RetryPayment,
    SubmitCancellation,
    SupplyInformation,
    WithdrawCancellation,
)
from contracts.words import RequestId
from runtime.envelope import Envelope, encode, traceparent
from runtime.kafka.connect import NotPublished
from runtime.kafka.publisher import Publisher

PATIENCE_SECONDS = 60.0  # a service that was killed is back by then
PAUSE_SECONDS = 0.3
KEY_IN_USE = "key-in-use"
HEARD_BEFORE = (
    "already-confirmed",
    "already-withdrawing",
    "already-disputed",
    "dispute-same-ground",
    "nothing-asked",
    "nothing-to-pay",
    "already-reopening",
)
PATHS: dict[type[Command], str] = {
    SupplyInformation: "information",
    ConfirmQuote: "confirmation",
    RetryPayment: "payment",
    WithdrawCancellation: "withdrawal",
    DisputeFee: "dispute",
    ReportProblem: "problem",
    ReopenLine: "reopening",
    EscalateComplaint: "escalation",
}


class SaidNo(Exception):
    """The door refused for good: a stable code and the whole problem."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.code, self.problem = status, str(problem.get("code", "")), problem
        super().__init__(f"HTTP {status} {self.code}: {problem.get('detail', '')}")


class Door(Protocol):
    async def say(self, command: Command) -> RequestId:
        """Returns once it is certain to be heard: the id of the request it is about. Raises SaidNo."""
        ...


async def ask(
    web: httpx.AsyncClient,
    method: str,
    path: str,
    body: Any = None,
    key: str = "",
    patience_seconds: float = PATIENCE_SECONDS,
) -> Any:
    """Asks again, under the same key, while nobody is there: what we tell must not depend on who was just killed."""
    headers, deadline = {"Idempotency-Key": key} if key else {}, time.monotonic() + patience_seconds
    while True:
        try:
            response = await web.request(method, path, json=body, headers=headers)
            if not _again(response):
                return _answer(response)
            why = f"HTTP {response.status_code}"
        except httpx.TransportError as error:
            why = type(error).__name__
        if time.monotonic() > deadline:
            raise TimeoutError(f"{method} {path}: {why} for {patience_seconds:.0f} s")
        await asyncio.sleep(PAUSE_SECONDS)


def _again(response: httpx.Response) -> bool:
    return response.status_code == 429 or response.status_code >= 500


def _answer(response: httpx.Response) -> Any:
    if response.is_error:
        raise SaidNo(response.status_code, _problem(response))
    return response.json() if response.content else None


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        problem = response.json()
    except ValueError:
        return {"detail": response.text[:200]}
    return problem if isinstance(problem, dict) else {"detail": str(problem)}


class HttpDoor:
    def __init__(self, web: httpx.AsyncClient) -> None:
        self.web = web

    async def say(self, command: Command) -> RequestId:
        """A first try that died with its process holds its key for a while; saying it anew is as good (one request)."""
        body = command.model_dump(mode="json", exclude={"request_id"}, exclude_defaults=True)
        anew, deadline = False, time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = await ask(self.web, "POST", self._path(command), body, str(uuid4()))
                return str((answer or {}).get("request_id", command.request_id))
            except SaidNo as no:
                if anew and no.code in HEARD_BEFORE:
                    return command.request_id
                if no.code != KEY_IN_USE or time.monotonic() > deadline:
                    raise
                anew = True
                await asyncio.sleep(PAUSE_SECONDS)

    def _path(self, command: Command) -> str:
        if isinstance(command, SubmitCancellation):
            return "/v1/cancellations"
        if isinstance(command, ReportProblem) and command.subscription is not None:
            return "/v1/problems"
        return f"/v1/cancellations/{command.request_id}/{PATHS[type(command)]}"


class KafkaDoor:
    """A channel that publishes itself; what comes back of it, if it is refused, is an event."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher

    async def say(self, command: Command) -> RequestId:
        own = str(uuid4())
        envelope = Envelope(own, f"/channels/{command.channel}", command, own, "", traceparent(own, own))
        record = encode(command_topic(command.channel), envelope, datetime.now(UTC), {"channel": command.channel})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                await asyncio.to_thread(
                    self.publisher.publish, record.headers, record.key, record.value or b"", record.topic
                )
                return command.request_id
            except NotPublished:  # under the same id, so twice does no harm
                if time.monotonic() > deadline:
                    raise
