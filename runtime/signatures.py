"""Ed25519 signatures of the events that money and switch-offs rest on: who said it, where, under which id, and what.

A key's name is its service and its file, `billing/2026-11`; a service is replaced its key by having two for a while.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contracts.rights import SIGNED, SPEAKERS, source_of
from runtime.envelope import Record

SIGNATURE, KEY_ID = "sig", "kid"  # the headers
COVERED = ("ce_id", "ce_type", "ce_source", "ce_policyversion")  # beside topic, key and the value's hash
NOT_SIGNED = "not-signed"


class Signatures(NamedTuple):
    """Signs where there is a key of our own; verifies where the keys of the others are known."""

    own: tuple[str, Ed25519PrivateKey] | None = None
    known: Mapping[str, Ed25519PublicKey] | None = None

    def signed(self, record: Record) -> Record:
        """Deterministic, so that a decision taken again says the very same bytes."""
        if self.own is None:
            return record
        headers = _headers(record)
        if headers.get("ce_type") not in SIGNED:
            return record
        name, key = self.own
        signature = base64.b64encode(key.sign(_covered(record, headers)))
        return record._replace(headers=[*record.headers, (SIGNATURE, signature), (KEY_ID, name.encode())])

    def fault(self, record: Record) -> str:
        """Why it is not believed, before its body is decoded; empty where it is, or need not be signed."""
        if self.known is None or record.topic not in SPEAKERS:
            return ""
        headers = _headers(record)
        kind, name, source = (headers.get(each, "") for each in ("ce_type", KEY_ID, "ce_source"))
        if kind and kind not in SIGNED:
            return ""
        if not kind:  # in structured mode nothing says outside the body what it is; our services do not write so
            return "what a service says has its type in the header ce_type"
        if name not in self.known:
            return f"{kind} must be signed by a key that is known, not {name[:80]!r}"
        if source_of(name.partition("/")[0]) != source:
            return f"the key {name[:80]!r} does not speak for {source[:80]!r}"
        believed = _verifies(self.known[name], record, headers)
        return "" if believed else f"the signature by {name[:80]!r} is not of this record"


OFF = Signatures()


def _headers(record: Record) -> dict[str, str]:
    """Names as they are read elsewhere: in any case, the last one where there are two (which is refused later)."""
    return {name.lower(): (value or b"").decode("utf-8", "replace") for name, value in record.headers}


def _covered(record: Record, headers: Mapping[str, str]) -> bytes:
    hashed = hashlib.sha256(record.value or b"").hexdigest()
    key = (record.key or b"").decode("utf-8", "replace")
    return orjson.dumps([record.topic, key, *(headers.get(name, "") for name in COVERED), hashed])


def _verifies(key: Ed25519PublicKey, record: Record, headers: Mapping[str, str]) -> bool:
    try:
        key.verify(base64.b64decode(headers.get(SIGNATURE, ""), validate=True), _covered(record, headers))
    except (InvalidSignature, ValueError):
        return False
    return True
