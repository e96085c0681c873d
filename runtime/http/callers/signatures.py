"""Believes a signed request in the form of Standard Webhooks, for channels without an identity provider.

The secret speaks for its channel; for whom, two headers say. What is signed is all that counts of a request, so that
whoever reads one on its way can send it again as it is, and no other. The id is the Idempotency-Key, so that whoever
sends a request again gets its answer again, and nothing else.
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
TIMESTAMP = re.compile(r"[1-9][0-9]{0,10}", re.ASCII)  # one writing of each moment


def believe_signature(credentials: Credentials, keys: Keys, now: datetime) -> Claims:
    own, stamp, sent = (_one(each) for each in credentials[1:4])
    if any(key != own for key in credentials.key):
        raise _no("another-key")
    if not ID.fullmatch(own) or not TIMESTAMP.fullmatch(stamp) or len(sent.split(" ")) > MOST_SIGNATURES:
        raise _no("malformed")
    if abs(int(stamp) - now.timestamp()) > TOLERANCE_SECONDS:
        raise _no("expired")
    named, agent = _at_most_one(credentials.subscription, SUBSCRIPTION), _at_most_one(credentials.agent, AGENT)
    try:
        text = signed_text(credentials.method, credentials.target, named, agent, credentials.body.decode())
    except UnicodeDecodeError:
        raise _no("malformed") from None
    channel = _whose(own, datetime.fromtimestamp(int(stamp), UTC), text, sent, keys)
    return Claims(f"channel-{channel}", channel, "", frozenset(filter(None, [named])), agent)


def signed_text(method: str, target: str, subscription: str, agent: str, body: str) -> str:
    """What stands where Standard Webhooks has the body; no part but the last can hold a line's end."""
    return "\n".join([method, target, subscription, agent, body])


def _one(sent: tuple[str, ...]) -> str:
    if len(sent) != 1:
        raise _no("twice" if sent else "malformed")
    return sent[0]


def _whose(own: str, at: datetime, text: str, sent: str, keys: Keys) -> Channel:
    """Every secret is tried, whichever fits: how long it takes tells nothing."""
    fitting = [
        channel
        for channel, secrets in keys.secrets.items()
        for secret in secrets
        if _fits(Webhook(secret).sign(own, at, text), sent)
    ]
    if len(fitting) != 1:
        raise _no("signature")
    return fitting[0]


def _fits(right: str, sent: str) -> bool:
    found = [hmac.compare_digest(each.encode(), right.encode()) for each in sent.split(" ")]
    return any(found)


def _at_most_one(sent: tuple[str, ...], form: re.Pattern[str]) -> str:
    if len(sent) > 1:
        raise _no("twice")
    if not all(form.fullmatch(each) for each in sent):
        raise _no("claims")
    return "".join(sent)


def _no(reason: str) -> NotBelieved:
    return NotBelieved("signature-refused", reason)
