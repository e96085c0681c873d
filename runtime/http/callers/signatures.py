"""Believes a signed request in the form of Standard Webhooks, for channels without an identity provider.

The secret speaks for its channel; for whom, two headers say. The id is the Idempotency-Key, so that whoever sends a
request again gets its answer again, and nothing else.
"""

import hmac
import re
from datetime import UTC, datetime

from standardwebhooks import Webhook

from contracts.channel_rights import Claims
from contracts.words import Channel
from runtime.http.callers.shown import Credentials, Keys, NotBelieved
from runtime.http.callers.tokens import AGENT, SUBSCRIPTION

TOLERANCE_SECONDS = 300
MOST_SIGNATURES = 4
ID = re.compile(r"[A-Za-z0-9_:-]{8,120}", re.ASCII)  # no dot: it parts what is signed
TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)


def believe_signature(credentials: Credentials, keys: Keys, now: datetime) -> Claims:
    own, stamp, sent = (_one(each) for each in credentials[1:4])
    if not ID.fullmatch(own) or not TIMESTAMP.fullmatch(stamp) or len(sent.split(" ")) > MOST_SIGNATURES:
        raise _no("malformed")
    if abs(int(stamp) - now.timestamp()) > TOLERANCE_SECONDS:
        raise _no("expired")
    try:
        body = credentials.body.decode()
    except UnicodeDecodeError:
        raise _no("malformed") from None
    channel = _whose(own, datetime.fromtimestamp(int(stamp), UTC), body, sent, keys)
    return _claims(channel, credentials)


def _one(sent: tuple[str, ...]) -> str:
    if len(sent) != 1:
        raise _no("twice" if sent else "malformed")
    return sent[0]


def _whose(own: str, at: datetime, body: str, sent: str, keys: Keys) -> Channel:
    """Every secret is tried, whichever fits: how long it takes tells nothing."""
    fitting = [
        channel
        for channel, secrets in keys.secrets.items()
        for secret in secrets
        if _fits(Webhook(secret).sign(own, at, body), sent)
    ]
    if len(fitting) != 1:
        raise _no("signature")
    return fitting[0]


def _fits(right: str, sent: str) -> bool:
    found = [hmac.compare_digest(each.encode(), right.encode()) for each in sent.split(" ")]
    return any(found)


def _claims(channel: Channel, credentials: Credentials) -> Claims:
    named, agents = credentials.subscription, credentials.agent
    if len(named) > 1 or len(agents) > 1:
        raise _no("twice")
    if not all(SUBSCRIPTION.fullmatch(each) for each in named) or not all(AGENT.fullmatch(each) for each in agents):
        raise _no("claims")
    return Claims(f"channel-{channel}", channel, "", frozenset(named), "".join(agents))


def _no(reason: str) -> NotBelieved:
    return NotBelieved("signature-refused", reason)
