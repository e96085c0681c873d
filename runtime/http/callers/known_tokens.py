"""Tokens that were believed: one that comes again is not checked again until it ends or the provider's keys are new."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from runtime.http.callers.shown import Keys, VerifyingKey
from runtime.http.callers.tokens import Belief, believe_token

MOST_KNOWN = 2_000


class KnownTokens:
    """Only what was believed is kept, by its hash: a token that is stored nowhere cannot be stolen here."""

    def __init__(self) -> None:
        self.known: OrderedDict[bytes, Belief] = OrderedDict()
        self.by: Mapping[str, VerifyingKey] = {}

    def believe(self, token: str, keys: Keys, now: datetime) -> Belief:
        """Raises `NotBelieved`. With the keys renewed, none counts that one of the old ones may have signed."""
        if keys.public is not self.by:
            self.known.clear()
            self.by = keys.public
        name = sha256(token.encode()).digest()
        known = self.known.pop(name, None)
        if known is None or known.ended(now):
            known = believe_token(token, keys, now)
        self.known[name] = known
        while len(self.known) > MOST_KNOWN:
            self.known.popitem(last=False)
        return known
