"""What an identity provider says of itself and shows: asked in one way for programs and for people, and bounded."""

from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from runtime.http.private_address import PRIVATE, is_private

LARGEST_BYTES = 64 * 1024


async def object_at(
    web: httpx.AsyncClient, address: str, timeout_seconds: float, method: str = "GET", **sent: Any
) -> dict[str, Any]:
    """Raises `httpx.HTTPError`, `ValueError`. A provider that leads elsewhere is not followed."""
    async with web.stream(method, address, timeout=timeout_seconds, follow_redirects=False, **sent) as answer:
        content = bytearray()
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > LARGEST_BYTES:
                raise ValueError(f"{address} answers with more than {LARGEST_BYTES} bytes")
    if answer.status_code != httpx.codes.OK:
        raise ValueError(f"{address} answers {answer.status_code}")
    told = orjson.loads(bytes(content))
    if not isinstance(told, dict):
        raise ValueError(f"{address} does not answer with an object")
    return told


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
