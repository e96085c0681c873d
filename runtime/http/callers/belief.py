"""`claims(credentials, keys, now)`: who a caller is. Pure: what is shown, against what was agreed, at a moment."""

from collections.abc import Callable
from datetime import datetime

from contracts.channel_rights import Claims
from runtime.http.callers.shown import Credentials, Keys, NotBelieved
from runtime.http.callers.signatures import believe_signature
from runtime.http.callers.tokens import Belief, believe_token

Believe = Callable[[str, Keys, datetime], Belief]


def claims(credentials: Credentials, keys: Keys, now: datetime, believe: Believe = believe_token) -> Claims:
    """Raises `NotBelieved`. Two ways to show who one is in one request are none."""
    if credentials.authorization and credentials.signed:
        raise NotBelieved("token-refused", "two-ways")
    if credentials.signed and keys.secrets:
        return believe_signature(credentials, keys, now)
    if not credentials.authorization or not keys.issuer:
        raise NotBelieved("not-signed-in")
    return believe(_bearer(credentials.authorization), keys, now).claims


def _bearer(sent: tuple[str, ...]) -> str:
    if len(sent) > 1:
        raise NotBelieved("token-refused", "twice")
    scheme, _, token = sent[0].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotBelieved("not-signed-in")
    return token
