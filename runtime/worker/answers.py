"""Reads an answer of somebody we do not trust: never more of it than we would use, packed or not."""

import asyncio
import zlib

import httpx
from pydantic_core import from_json

from contracts.carrier.operations import LARGEST_ANSWER_BYTES

GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
NO_CONTENT = 204
PIECES_AT_ONCE = 64  # what has arrived comes without a turn of the loop: nobody else has one, and no deadline holds
ZLIB = ("gzip", "x-gzip", "deflate")


class TooMuch(Exception):
    """Larger than any answer, or packed in a way that cannot be bounded."""


async def read_whole(response: httpx.Response) -> bytes:
    """Plain is asked for; what is packed all the same is unpacked up to the limit and no further."""
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("", "identity", *ZLIB):
        raise TooMuch("packed in a way nobody asked for")
    if response.is_stream_consumed:  # it came from this process
        _bounded(response.content)
        return response.content
    content, pieces = bytearray(), 0
    async for piece in response.aiter_raw():
        content += piece
        _bounded(content)
        pieces += 1
        if pieces % PIECES_AT_ONCE == 0:
            await asyncio.sleep(0)
    return _unpacked(bytes(content)) if packed in ZLIB else bytes(content)


def broke_off(response: httpx.Response, content: bytes) -> bool:
    """It said nowhere how long it is, and ended within its JSON: nobody knows what it was to say."""
    says_all = response.status_code == NO_CONTENT or (not content and not response.is_success)
    if says_all or "content-length" in response.headers or "transfer-encoding" in response.headers:
        return False
    try:
        from_json(content)
    except ValueError as error:
        return "EOF" in str(error)
    return False


def _unpacked(content: bytes) -> bytes:
    try:
        unpacked = zlib.decompressobj(GZIP_OR_ZLIB).decompress(content, LARGEST_ANSWER_BYTES + 1)
    except zlib.error:
        raise TooMuch("packed, and cannot be unpacked") from None
    _bounded(unpacked)
    return unpacked


def _bounded(content: bytes | bytearray) -> None:
    if len(content) > LARGEST_ANSWER_BYTES:
        raise TooMuch(f"more than {LARGEST_ANSWER_BYTES} bytes")
