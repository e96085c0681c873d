"""Reads the header Idempotency-Key: one value that stands for one order, however often it is sent."""

from typing import Any

from fastapi import Request

from runtime.http.problems import Problem
from runtime.media_types import BLANKS

LONGEST_KEY = 200


def key_of(request: Request) -> str:
    """The key without its quotes, empty if there is none: `"abc"` (the RFC draft's form) and `abc` are the same."""
    sent = request.headers.getlist("idempotency-key")
    key = sent[0].strip(BLANKS) if sent else ""
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    readable = len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()
    if len(sent) > 1 or not readable:
        raise Problem("key-malformed")
    return key


def required_key(request: Request) -> str:
    if not (key := key_of(request)):
        raise Problem("key-missing")
    return key


def described(required: bool, kept: str) -> dict[str, Any]:
    """The header, for /openapi.json."""
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": required,
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
        "description": f"one value a submission, quoted or not: sent again, it gets the same answer, {kept}",
    }
