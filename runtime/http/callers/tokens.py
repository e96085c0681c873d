"""Believes an access token of the identity provider, in the form of RFC 9068, or says in one word why not."""

import base64
import binascii
import re
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from contracts.channel_rights import Claims
from runtime.http.callers.shown import Keys, NotBelieved, UnknownKey
from runtime.http.problems import Problem
from runtime.http.strict_json import look_over

LONGEST_TOKEN = 8 * 1024
LEEWAY_SECONDS = 30
LONGEST_LIFE_SECONDS = 24 * 3600
TYPES = ("at+jwt", "application/at+jwt")
HEADER_NAMES = {"alg", "typ", "kid", "x5t", "x5t#S256"}  # what says where a key could be had is not read: refused
PART = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
SUBSCRIPTION = re.compile(r"sub-[a-z0-9]{4,32}", re.ASCII)
AGENT = re.compile(r"[A-Za-z0-9_.:/-]{1,120}", re.ASCII)
MOST_SUBSCRIPTIONS = 50


class Belief(NamedTuple):
    """Who it is, and until when the token says so (seconds since 1970)."""

    claims: Claims
    until: float

    def ended(self, now: datetime) -> bool:
        return self.until + LEEWAY_SECONDS <= now.timestamp()


def believe_token(token: str, keys: Keys, now: datetime) -> Belief:
    header, told = parts(token)
    if not header.keys() <= HEADER_NAMES or not all(isinstance(each, str) for each in header.values()):
        raise _no("header")
    if str(header.get("typ", "")).lower() not in TYPES:
        raise _no("type")
    _check_signature(token, header, keys)
    _check_times(told, now)
    if told.get("iss") != keys.issuer:
        raise _no("issuer")
    if not _is_for(keys.audience, told.get("aud")):
        raise _no("audience")
    return Belief(_claims(told, keys), told["exp"])


def parts(token: str, longest: int = LONGEST_TOKEN) -> tuple[dict[str, Any], dict[str, Any]]:
    """Its header and what it tells, before anybody has looked who signed it. Raises `NotBelieved`."""
    if len(token) > longest:
        raise _no("too-large")
    three = token.split(".")
    if len(three) != 3 or not all(PART.fullmatch(part) for part in three):
        raise _no("malformed")
    return _object(three[0]), _object(three[1])


def _object(part: str) -> dict[str, Any]:
    """Without a second meaning: no name twice, no NaN, nothing nested without end."""
    try:
        text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
        look_over(text)
        told = orjson.loads(text)
    except (binascii.Error, UnicodeDecodeError, orjson.JSONDecodeError, Problem):
        raise _no("malformed") from None
    if not isinstance(told, dict):
        raise _no("malformed")
    return told


def _check_signature(token: str, header: dict[str, Any], keys: Keys) -> None:
    """By the one key of that id, and only by an algorithm which that key is for."""
    kid = header.get("kid")
    if not kid:
        raise _no("key")
    if (known := keys.public.get(kid)) is None:
        raise UnknownKey("token-refused", "key")
    if header.get("alg") not in known.algorithms:
        raise _no("algorithm")
    registry = jws.JWSRegistry(algorithms=known.algorithms)
    try:
        jws.deserialize_compact(token, known.key, algorithms=known.algorithms, registry=registry)
    except (JoseError, ValueError, TypeError):
        raise _no("signature") from None


def _check_times(told: dict[str, Any], now: datetime) -> None:
    at = now.timestamp()
    ends, issued, begins = (told.get(name) for name in ("exp", "iat", "nbf"))
    if not _moment(ends) or not _moment(issued) or not (begins is None or _moment(begins)):
        raise _no("times")
    assert ends is not None and issued is not None
    if ends + LEEWAY_SECONDS <= at:
        raise _no("expired")
    if max(issued, begins or 0) > at + LEEWAY_SECONDS:
        raise _no("not-yet")
    if ends - issued > LONGEST_LIFE_SECONDS:
        raise _no("too-long")
    if ends < max(issued, begins or 0):
        raise _no("times")


def _is_for(wanted: str, told: Any) -> bool:
    """A text, or a list of nothing but texts, as RFC 7519 has it."""
    named = told if isinstance(told, list) else [told]
    return wanted in named and all(isinstance(each, str) for each in named)


def _moment(told: Any) -> bool:
    return isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told < 1e11


def _claims(told: dict[str, Any], keys: Keys) -> Claims:
    names = [told.get(name) for name in ("sub", "client_id", "jti")]
    if not all(isinstance(each, str) and 0 < len(each) <= 200 for each in names):
        raise _no("claims")
    speaks_for, agent = told.get("subscriptions", []), told.get("agent", "")
    if not isinstance(speaks_for, list) or len(speaks_for) > MOST_SUBSCRIPTIONS:
        raise _no("claims")
    if not all(isinstance(each, str) and SUBSCRIPTION.fullmatch(each) for each in speaks_for):
        raise _no("claims")
    if not isinstance(agent, str) or (agent and not AGENT.fullmatch(agent)):
        raise _no("claims")
    client = str(names[1])
    if (channel := keys.clients.get(client)) is None:
        raise NotBelieved("no-channel")
    return Claims(client, channel, str(names[0]), frozenset(speaks_for), agent)


def _no(reason: str) -> NotBelieved:
    return NotBelieved("token-refused", reason)
