"""Tokens of an identity provider for kafka-python's clients; librdkafka gets its own, by the same settings."""

import json
import threading
import time
from collections.abc import Callable
from functools import cache

import httpx
from kafka.net.sasl.oauth import AbstractTokenProvider  # type: ignore[import-untyped,unused-ignore]

from runtime.kafka.security import NotSecured, Security

ANSWER_SECONDS = 5.0
EARLY_SECONDS, EARLY_PART = 30.0, 0.2  # asked for anew so long before it ends, and of a short one not at once
USUAL_SECONDS = 60.0  # where the provider does not say how long it holds


class TokenProvider(AbstractTokenProvider):  # type: ignore[misc]
    """OAuth 2 client credentials (RFC 6749, 4.4). A token serves every client until shortly before it ends."""

    def __init__(self, security: Security, now: Callable[[], float] = time.monotonic) -> None:
        self._security, self._now, self._token = security, now, ""
        self._renew_at = self._ends_at = 0.0
        self._lock = threading.Lock()

    def token(self) -> str:
        """Raises `NotSecured` once the last one has ended and there is no other."""
        with self._lock:
            if self._now() >= self._renew_at:
                self._renew()
            return self._token

    def _renew(self) -> None:
        began = self._now()
        try:
            self._token, seconds = self._asked()
        except NotSecured:
            if began < self._ends_at:
                return
            raise
        self._ends_at = began + seconds
        self._renew_at = self._ends_at - min(EARLY_SECONDS, seconds * EARLY_PART)

    def _asked(self) -> tuple[str, float]:
        who = (self._security.user, self._security.password)
        scope = {"scope": self._security.token_scope} if self._security.token_scope else {}
        grant = {"grant_type": "client_credentials", **scope}
        try:
            answer = httpx.post(self._security.token_url, data=grant, auth=who, timeout=ANSWER_SECONDS)
            answer.raise_for_status()
            said = answer.json()
            return str(said["access_token"]), float(said.get("expires_in", USUAL_SECONDS))
        except (httpx.HTTPError, httpx.InvalidURL, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise NotSecured(
                f"TUIDING_KAFKA_TOKEN_URL={self._security.token_url} gives no token for the user "
                f"{self._security.user} ({_briefly(error)}): look at the identity provider, "
                "TUIDING_KAFKA_USER, TUIDING_KAFKA_PASSWORD_FILE and TUIDING_KAFKA_TOKEN_SCOPE."
            ) from None


@cache
def token_provider(security: Security) -> TokenProvider:
    """One for all clients of a process that sign in alike: the console connects often."""
    return TokenProvider(security)


def _briefly(error: Exception) -> str:
    """A provider names its reason in `error` (RFC 6749, 5.2)."""
    if not isinstance(error, httpx.HTTPStatusError):
        return type(error).__name__
    try:
        why = str(error.response.json()["error"])[:60]
    except (json.JSONDecodeError, KeyError, TypeError, ValueError):
        why = "no reason given"
    return f"{error.response.status_code} {why}"
