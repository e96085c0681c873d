"""Whom the phone talks to: intake's public API, and the carrier's stand-in for what lies outside of tuiding."""

from datetime import UTC, datetime
from typing import Any, Self

import httpx

from demo.phone.notebook import Call, Json, Notebook

PATIENCE_SECONDS = 10.0
COLLECTION = "/v1/cancellations"
AWAY = {
    "zh": {"title": "服务暂时没有应答。", "hint": "请稍后再试；您填写的内容不会重复提交。"},
    "en": {"title": "The service does not answer for now.", "hint": "Try again in a moment; nothing is filed twice."},
}


class SaidNo(Exception):
    """A problem of RFC 9457, as intake said it."""

    def __init__(self, status: int, problem: Json) -> None:
        self.status, self.problem = status, problem
        super().__init__(f"{status}: {problem.get('title', '')}")


class Outside:
    def __init__(self, intake: str, carrier: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.notes = Notebook()
        self._intake, self._carrier = (
            httpx.AsyncClient(base_url=address, timeout=PATIENCE_SECONDS, trust_env=False, transport=transport)
            for address in (intake, carrier)
        )

    async def close(self) -> None:
        await self._intake.aclose()
        await self._carrier.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # ---- tuiding, as every channel sees it ---------------------------------------------------------------------------

    async def prices(self, body: Json, language: str) -> Json:
        answer: Json = await self._asked(self._intake, "POST", "/v1/quotes", language, body)
        return answer

    async def status(self, request_id: str, language: str) -> Json:
        found: Json = await self._asked(self._intake, "GET", f"{COLLECTION}/{request_id}", language)
        self.notes.saw(found["subscription"], found)
        return found

    async def requests_of(self, subscription: str, language: str) -> list[Json]:
        """The newest first; those that are gone meanwhile are left out."""
        found = []
        for request_id in reversed(self.notes.of(subscription).requests):
            try:
                found.append(await self.status(request_id, language))
            except SaidNo as no:
                if no.status != 404:
                    raise
        return found

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

    async def customers(self) -> list[Json]:
        found: list[Json] = await self._asked(self._carrier, "GET", "/customers", "en")
        return found

    async def line(self, subscription: str, language: str) -> Json:
        found: Json = await self._asked(self._carrier, "GET", f"/crm/subscriptions/{subscription}", language)
        return found

    async def letters(self, subscription: str) -> list[Json]:
        """The newest first."""
        found: list[Json] = await self._asked(self._carrier, "GET", f"/customers/{subscription}/inbox", "en")
        return found[::-1]

    async def pays_arrears(self, subscription: str) -> None:
        await self._asked(self._carrier, "POST", f"/customers/{subscription}/pay-arrears", "en")

    async def changes_card(self, subscription: str) -> None:
        await self._asked(self._carrier, "POST", f"/customers/{subscription}/payment-method", "en", {"works": True})

    async def _asked(
        self, web: httpx.AsyncClient, method: str, path: str, language: str, body: Json | None = None, key: str = ""
    ) -> Any:
        headers = {"Accept-Language": language} | ({"Idempotency-Key": key} if key else {})
        try:
            answer = await web.request(method, path, json=body, headers=headers)
        except httpx.HTTPError:
            raise SaidNo(503, AWAY[language]) from None
        if answer.is_error:
            raise SaidNo(answer.status_code, _problem(answer, language))
        return answer.json() if answer.content else {}


def _problem(answer: httpx.Response, language: str) -> Json:
    try:
        found = answer.json()
    except ValueError:
        found = None
    return found if isinstance(found, dict) else AWAY[language]
