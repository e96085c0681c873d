"""«Send to the demo»: a command's example, told to intake's public door; only where the rules are the demo's."""

from typing import NamedTuple
from uuid import uuid4

import httpx
import orjson

from policies.pack import Pack
from runtime.http.problems import Problem
from services.console.kept.queries import Json
from services.console.showing.copies import ADDRESSES, told

PATIENCE_SECONDS = 10.0


class Answered(NamedTuple):
    status: int
    body: Json

    @property
    def request_id(self) -> str:
        return str(self.body.get("request_id", "")) if self.status < 300 else ""


def is_demo(pack: Pack) -> bool:
    """Where a day lasts seconds, nobody's line is ended for real."""
    return pack.seconds_in_letters


async def send(intake: str, kind: str, request_id: str, language: str) -> Answered:
    """What intake answered, a no included."""
    message = told(kind, request_id)
    path = ADDRESSES[kind].format(id=message.request_id)
    headers = {"Idempotency-Key": f"contracts-{uuid4()}", "Accept-Language": language}
    try:
        async with httpx.AsyncClient(base_url=intake, timeout=PATIENCE_SECONDS, trust_env=False) as web:
            answer = await web.post(path, json=message.body, headers=headers)
        body = orjson.loads(answer.content)
    except (httpx.HTTPError, orjson.JSONDecodeError):
        raise Problem("door-away") from None
    return Answered(answer.status_code, body if isinstance(body, dict) else {})
