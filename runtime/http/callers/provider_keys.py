"""The public keys of the identity provider: kept, renewed, asked for again when one is unknown; none is a no."""

import asyncio
import base64
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from runtime.http.callers.provider_answers import address_in, description_of, object_at
from runtime.http.callers.shown import VerifyingKey

FRESH_SECONDS = 600.0
STALE_SECONDS = 24 * 3600.0  # of keys that could not be renewed for so long none is believed
AGAIN_SECONDS = 30.0  # an unknown key is looked for no more often, whoever invents how many
RETRY_SECONDS = 5.0
TIMEOUT_SECONDS = 3.0
SMALLEST_RSA_BITS = 2048
ALGORITHMS = {("RSA", ""): ("RS256", "PS256"), ("EC", "P-256"): ("ES256",), ("OKP", "Ed25519"): ("EdDSA", "Ed25519")}
log = structlog.get_logger()


class ProviderKeys:
    """`address`: of the key set, or of the provider, which then says where it is.

    At most `most_waiting` wait for it: each has a place that somebody could have who needs none of its keys.
    """

    def __init__(
        self,
        issuer: str,
        address: str,
        web: httpx.AsyncClient,
        clock: Callable[[], float] = time.monotonic,
        most_waiting: int = 1,
    ) -> None:
        self.issuer, self.address, self.web, self.clock = issuer, address, web, clock
        self.keys: Mapping[str, VerifyingKey] = {}
        self.renewed = self.tried = float("-inf")
        self.renewing: asyncio.Task[None] | None = None
        self.waiting, self.most_waiting = 0, most_waiting

    async def now(self) -> Mapping[str, VerifyingKey]:
        """Empty where none can be believed. Whoever comes while they are renewed gets the ones before."""
        age = self.clock() - self.renewed
        if age > STALE_SECONDS:
            self.keys = {}
        if age > FRESH_SECONDS and self.clock() - self.tried > RETRY_SECONDS:
            self.renew()
        return self.keys or await self._renewed()

    async def with_news(self) -> Mapping[str, VerifyingKey]:
        """After a key was unknown. Empty where so many wait for it that one more is told to come again."""
        if self.clock() - self.tried > AGAIN_SECONDS:
            self.renew()
        return await self._renewed()

    async def _renewed(self) -> Mapping[str, VerifyingKey]:
        if self.renewing is None or self.renewing.done():
            return self.keys
        if self.waiting >= self.most_waiting:
            return {}
        self.waiting += 1
        try:
            await asyncio.shield(self.renewing)
        finally:
            self.waiting -= 1
        return self.keys

    def renew(self) -> None:
        if self.renewing is None or self.renewing.done():
            self.tried = self.clock()
            self.renewing = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            address = self.address or await self._discovered()
            found = verifying_keys(await object_at(self.web, address, TIMEOUT_SECONDS))
        except (httpx.HTTPError, ValueError) as error:
            log.warning("provider_keys_not_renewed", why=str(error)[:200] or type(error).__name__)
            return
        self.keys, self.renewed = found, self.clock()

    async def _discovered(self) -> str:
        return address_in(await description_of(self.web, self.issuer, TIMEOUT_SECONDS), "jwks_uri")


def verifying_keys(told: Mapping[str, Any]) -> dict[str, VerifyingKey]:
    """By their ids. Raises `ValueError`."""
    if found := {name: made for name, made in usable_keys(told) if name}:
        return found
    raise ValueError("the provider shows no key that we could use")


def usable_keys(told: Mapping[str, Any]) -> list[tuple[str, VerifyingKey]]:
    """Each with its id, if it has any. What is for something else, is weak, private or named twice is no key of ours.

    One that nobody here knows takes none of the others away.
    """
    listed = told.get("keys")
    each = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
    names = Counter(str(key.get("kid", "")) for key in each)
    alone = ((str(key.get("kid", "")), key) for key in each if names[str(key.get("kid", ""))] == 1)
    return [(name, made) for name, key in alone if (made := _made(key))]


def _made(key: dict[str, Any]) -> VerifyingKey | None:
    kind = str(key.get("kty"))
    algorithms = ALGORITHMS.get((kind, "" if kind == "RSA" else str(key.get("crv"))))
    if not algorithms or not _is_for_signing(key) or "d" in key or not isinstance(key.get("kid", ""), str):
        return None
    if "alg" in key:
        algorithms = tuple(each for each in algorithms if each == key["alg"])
    try:
        if kind == "RSA" and _bits(str(key.get("n"))) < SMALLEST_RSA_BITS:
            return None
        made = import_key({name: value for name, value in key.items() if name in ("kty", "n", "e", "crv", "x", "y")})
    except (JoseError, ValueError, TypeError):
        return None
    return VerifyingKey(made, algorithms) if algorithms else None


def _is_for_signing(key: dict[str, Any]) -> bool:
    operations = key.get("key_ops", ["verify"])
    return key.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _bits(modulus: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4)), "big").bit_length()
