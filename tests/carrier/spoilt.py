"""A carrier whose answers are changed on the way, and what a check of it found."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson

from demo.findings import Finding

LINE, ITEM = "sub-conformance01", "video-pack"
Spoil = Callable[[httpx.Request, httpx.Response], httpx.Response]


class Spoilt(httpx.BaseTransport):
    """A carrier behind a proxy that changes its answers."""

    def __init__(self, carrier: httpx.BaseTransport, spoil: Spoil) -> None:
        self._carrier = carrier
        self._spoil = spoil

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._spoil(request, self._carrier.handle_request(request))


def faults_of(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.operation, finding.what) for finding in findings if not finding.ok}


def with_item(change: dict[str, Any]) -> Spoil:
    """Looked up, the checked item has these facts too."""

    def spoil(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method != "GET" or answer.status_code != 200:
            return answer
        line = orjson.loads(answer.content)
        [item] = [each for each in line["items"] if each["item"] == ITEM]
        item.update(change)
        return httpx.Response(200, json=line)

    return spoil


def with_facts(path: str, change: dict[str, Any]) -> Spoil:
    """What is answered at an address has these facts too."""

    def spoil(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if path not in request.url.path or answer.status_code != 200:
            return answer
        return httpx.Response(200, json=orjson.loads(answer.content) | change)

    return spoil
