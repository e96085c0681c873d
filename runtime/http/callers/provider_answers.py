"""What an identity provider says of itself and shows: asked in one way for programs and for people, and bounded."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from runtime.http.private_address import PRIVATE, is_private
from runtime.http.strict_json import name_twice

LARGEST_BYTES = 64 * 1024
PLAIN = {"accept-encoding": "identity"}


async def object_at(
    web: httpx.AsyncClient, address: str, timeout_seconds: float, method: str = "GET", **sent: Any
) -> dict[str, Any]:
    """Raises `httpx.HTTPError`, `ValueError`. A provider that leads elsewhere is not followed."""
    try:
        async with asyncio.timeout(timeout_seconds):  # the client's own is for one read of many
            content = await _content(web, address, method, **sent)
    except TimeoutError:
        raise httpx.ReadTimeout(f"{address} did not answer whole within {timeout_seconds:g} s") from None
    told = orjson.loads(content)
    if not isinstance(told, dict):
        raise ValueError(f"{address} does not answer with an object")
    if name_twice(content):
        raise ValueError(f"{address} answers with a field that is there twice")
    return told


async def _content(web: httpx.AsyncClient, address: str, method: str, **sent: Any) -> bytes:
    """Plain, as it is asked for: what is packed grows without a limit as it is unpacked."""
    content = bytearray()
    async with web.stream(method, address, headers=PLAIN, follow_redirects=False, **sent) as answer:
        if answer.status_code != httpx.codes.OK:
            raise ValueError(f"{address} answers {answer.status_code}")
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise ValueError(f"{address} answers packed, which nobody asked for")
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > LARGEST_BYTES:
                raise ValueError(f"{address} answers with more than {LARGEST_BYTES} bytes")
    return bytes(content)


async def description_of(web: httpx.AsyncClient, issuer: str, timeout_seconds: float) -> dict[str, Any]:
    """Where its doors are. A slash at the end of its name makes it no other; raises as `object_at`."""
    own = issuer.rstrip("/")
    told = await object_at(web, f"{own}/.well-known/openid-configuration", timeout_seconds)
    if str(told.get("issuer", "")).rstrip("/") != own:
        raise ValueError(f"{own} calls itself something else")
    return told


def address_in(description: Mapping[str, Any], name: str) -> str:
    """Where the provider says one of its doors is: as safe as its own address had to be. Raises `ValueError`."""
    told = description.get(name)
    if not isinstance(told, str) or not is_private(told):
        raise ValueError(f"the {name} that the provider names {PRIVATE}")
    return told
