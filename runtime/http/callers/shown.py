"""What a caller may show, and what it is held against."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from contracts.words import Channel


class Credentials(NamedTuple):
    """As they came, each header as often as it was sent; the last four count where the request is signed."""

    authorization: tuple[str, ...] = ()
    webhook_id: tuple[str, ...] = ()
    webhook_timestamp: tuple[str, ...] = ()
    webhook_signature: tuple[str, ...] = ()
    subscription: tuple[str, ...] = ()
    agent: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    method: str = ""
    target: str = ""
    body: bytes = b""

    @property
    def signed(self) -> bool:
        return bool(self.webhook_id or self.webhook_timestamp or self.webhook_signature)


class VerifyingKey(NamedTuple):
    """A public key of the identity provider, and the one algorithm it is for."""

    key: Any
    algorithms: tuple[str, ...]


class Keys(NamedTuple):
    """What tells true from false: the provider's keys by their id, the channels' secrets, who is which channel."""

    issuer: str = ""
    audience: str = ""
    clients: Mapping[str, Channel] = {}
    public: Mapping[str, VerifyingKey] = {}
    secrets: Mapping[Channel, tuple[str, ...]] = {}


class NotBelieved(Exception):
    """`code` is a problem of the door's, `reason` a word of `REASONS`."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason = code, reason


class UnknownKey(NotBelieved):
    """The provider may have a key that we have not seen yet."""
