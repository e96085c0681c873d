"""Whom the phone talks to: intake's public API, and the carrier's stand-in for what lies outside of tuiding."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from contracts.carrier.operations import not_now
from demo.phone.notebook import Call, Json, Notebook

PATIENCE_SECONDS = 10.0
COLLECTION = "/v1/cancellations"
AWAY = {
    "zh": {"title": "服务暂时没有应答。", "hint": "请稍后再试；您填写的内容不会重复提交。"},
    "en": {"title": "The service does not answer for now.", "hint": "Try again in a moment; nothing is filed twice."},
}

NOBODY = {
    "zh": {"title": "没有这位客户。", "hint": "请从列表中选一位。"},
    "en": {"title": "There is no such customer.", "hint": "Choose one from the list."},
}
REFUSED = {
    "zh": {"title": "运营商没有办理。", "hint": "什么都没有改变；请换一种做法，或另选一位客户。"},
    "en": {
        "title": "The carrier did not do it.",
        "hint": "Nothing has changed: try it another way, or choose another customer.",
    },
}


class SaidNo(Exception):
    """A problem of RFC 9457, as intake said it."""

    def __init__(self, status: int, problem: Json) -> None:
        self.status, self.problem = status, problem
        super().__init__(f"{status}: {problem.get('title', '')}")


class Outside:
    def __init__(self, intake: str, carrier: str) -> None:
        self.notes = Notebook()
        self._intake, self._carrier = (
            httpx.AsyncClient(base_url=address, timeout=PATIENCE_SECONDS, trust_env=False)
            for address in (intake, carrier)
        )

    async def close(self) -> None:
        await self._intake.aclose()
        await self._carrier.aclose()

    # ---- tuiding, as every channel sees it ---------------------------------------------------------------------------

    async def prices(self, body: Json, language: str) -> Json:
        answer: Json = await self._asked(self._intake, "POST", "/v1/quotes", language, body)
        return answer

    async def status(self, request_id: str, language: str) -> Json:
        found: Json = await self._asked(self._intake, "GET", f"{COLLECTION}/{_step(request_id)}", language)
        self.notes.saw(found["subscription"], found)
        return found

    async def requests_of(self, subscription: str, language: str) -> list[Json]:
        """The newest first, on whatever channel they were filed."""
        page: Json = await self._asked(self._intake, "GET", COLLECTION, language, subscription=subscription)
        found: list[Json] = page["requests"]
        for status in reversed(found):
            self.notes.saw(subscription, status)
        return found

    async def events(self, request_id: str, last_seen: str) -> AsyncIterator[bytes]:
        """Each change of a request as it happens: what intake streams, for the status card, and noted on the way."""
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_seen} if last_seen else {})
        path = f"{COLLECTION}/{_step(request_id)}/events"
        try:
            async with self._intake.stream("GET", path, headers=headers, timeout=None) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: {"):
                        status = orjson.loads(line.removeprefix("data: "))
                        self.notes.saw(status["subscription"], status)
                    yield f"{line}\n".encode()
        except httpx.HTTPError:
            return  # the browser comes back by itself

    async def tell(self, subscription: str, path: str, key: str, body: Json, language: str) -> Json:
        """One press of a button: the same key is the same press."""
        try:
            answer: Json = await self._asked(self._intake, "POST", path, language, body, key)
        except SaidNo as no:
            self._note(subscription, path, key, body, no.status, no.problem)
            raise
        self._note(subscription, path, key, body, 202, answer)
        return answer

    def _note(self, subscription: str, path: str, key: str, body: Json, status: int, answer: Json) -> None:
        self.notes.called(subscription, Call(datetime.now(UTC), path, key, body, status, answer))

    # ---- the world around it -----------------------------------------------------------------------------------------

    async def customers(self, language: str) -> list[Json]:
        found: list[Json] = await self._asked(self._carrier, "GET", "/customers", language)
        return found

    async def line(self, subscription: str, language: str) -> Json:
        found: Json = await self._asked(self._carrier, "GET", f"/crm/subscriptions/{_step(subscription)}", language)
        return found

    async def letters(self, subscription: str, language: str) -> list[Json]:
        """The newest first."""
        found: list[Json] = await self._asked(self._carrier, "GET", f"/customers/{_step(subscription)}/inbox", language)
        return found[::-1]

    async def of_the_world(self, method: str, path: str, language: str, body: Json | None = None) -> Any:
        """What the stand-in can be told besides what a carrier is asked."""
        return await self._asked(self._carrier, method, path, language, body)

    async def pays_arrears(self, subscription: str, language: str) -> None:
        await self._asked(self._carrier, "POST", f"/customers/{_step(subscription)}/pay-arrears", language)

    async def changes_card(self, subscription: str, language: str) -> None:
        await self._asked(
            self._carrier, "POST", f"/customers/{_step(subscription)}/payment-method", language, {"works": True}
        )

    async def repairs(self, subscription: str, language: str) -> None:
        """The network's engineers: whatever refused to be switched off, or on, works the next time."""
        for item in (await self.line(subscription, language))["items"]:
            path = f"/customers/{_step(subscription)}/fix-item"
            await self._asked(self._carrier, "POST", path, language, {"item": item["item"]})

    async def _asked(
        self,
        web: httpx.AsyncClient,
        method: str,
        path: str,
        language: str,
        body: Json | None = None,
        key: str = "",
        **query: str,
    ) -> Any:
        headers = {"Accept-Language": language} | ({"Idempotency-Key": key} if key else {})
        try:
            answer = await web.request(method, path, json=body, headers=headers, params=query)
        except httpx.HTTPError:
            raise SaidNo(503, AWAY[language]) from None
        if answer.is_error:
            own = _problem(answer, language)
            raise SaidNo(answer.status_code, own if web is self._intake else of_the_carrier(own, language))
        return answer.json() if answer.content else {}


def of_the_carrier(problem: Json, language: str) -> Json:
    """A carrier's systems speak to machines: what a customer reads of their no is ours, in the customer's language."""
    status = int(problem.get("status", 503))
    if not_now(status):
        return AWAY[language]
    return NOBODY[language] if status == HTTPStatus.NOT_FOUND else REFUSED[language]


def _step(name: str) -> str:
    """One step of an address, whatever somebody typed."""
    return quote(name, safe="")


def _problem(answer: httpx.Response, language: str) -> Json:
    try:
        found = answer.json()
    except ValueError:
        found = None
    return found if isinstance(found, dict) else AWAY[language]
