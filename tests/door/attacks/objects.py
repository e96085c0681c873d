"""S2 to S5: requests of somebody else, what a channel may not, properties that are not the caller's to say."""

from collections.abc import Iterator
from typing import Any

from tests.door.attacks.place import CLIENTS, MINE, NOBODY, THEIRS, Place, Try
from tests.door.attacks.tokens import YES

QUOTE = {"kind": "product", "subscription": MINE, "items": ["video-pack"]}
SUBMIT = {"channel": "app"} | QUOTE
FEE = {"minor": 0, "currency": "CNY"}
FOLLOW_UPS: dict[str, dict[str, Any]] = {
    "information": {"answers": {"any": "any"}},
    "confirmation": YES,
    "withdrawal": {},
    "dispute": {"ground": "not-disclosed"},
    "problem": {"problem": "late"},
    "escalation": {"level": "operator", "ground": "too-slow"},
    "payment": {},
    "reopening": {"fee": FEE},
}
WITH_PROOF = ("confirmation", "withdrawal", "problem", "reopening")
READS = ("", "/events")
STRANGE_IDS = ("x", "0", "%2e%2e", "%00", "1' or '1'='1", "0" * 36, "null", "*", "{}", NOBODY[:-1], NOBODY + "0")


def tries(place: Place, own: str, foreign: str) -> Iterator[Try]:
    """`own` and `foreign` are requests that are there."""
    yield from _of_somebody_else(place, foreign)
    yield from _of_nobody(place)
    yield from _subscriptions(place)
    yield from _staff(place, own)
    yield from _channels(place, own)
    yield from _properties(place, own)


def _id(own: str) -> str:
    return f"/v1/cancellations/{own}"


def _said(channel: str, name: str) -> dict[str, Any]:
    return FOLLOW_UPS[name] | {"channel": channel}


def _of_somebody_else(place: Place, foreign: str) -> Iterator[Try]:
    for channel in ("app", "web"):
        for own in (foreign, NOBODY, foreign.upper()):
            for name in FOLLOW_UPS:
                told, shown = _said(channel, name), place.bearer(channel)
                yield Try(f"{channel} {name} {own}", 404, "unknown-request", f"{_id(own)}/{name}", told, shown)
            for read in READS:
                yield Try(
                    f"{channel} {read} {own}", 404, "unknown-request", _id(own) + read, None, place.bearer(channel)
                )
        for speaks_for in ([], [THEIRS[:-1] + "9"], None):
            shown = place.bearer(channel, subscriptions=speaks_for)
            yield Try(f"{channel} for {speaks_for}", 404, "unknown-request", _id(foreign), None, shown)


def _of_nobody(place: Place) -> Iterator[Try]:
    for own in STRANGE_IDS:
        for read in READS:
            yield Try(f"id {own!r}{read}", 404, "unknown-request", _id(own) + read, None, place.bearer())


def _subscriptions(place: Place) -> Iterator[Try]:
    for channel in ("app", "web"):
        for line in (THEIRS, "sub-nobodyknown01", MINE + "x"):
            shown = (*place.bearer(channel), place.key())
            told = SUBMIT | {"channel": channel, "subscription": line}
            yield Try(f"{channel} files for {line}", 404, "unknown-subscription", body=told, headers=shown)
            yield Try(
                f"{channel} asks a price for {line}",
                404,
                "unknown-subscription",
                "/v1/quotes",
                QUOTE | {"subscription": line},
                shown,
            )
            path = f"/v1/cancellations?subscription={line}"
            yield Try(f"{channel} lists {line}", 404, "unknown-subscription", path, None, shown)


def _staff(place: Place, own: str) -> Iterator[Try]:
    """Without an agent in the credentials, or without a proof in the request."""
    for channel in ("hotline", "counter"):
        nameless, named = place.bearer(channel, agent=None), place.bearer(channel)
        for name in FOLLOW_UPS:
            path, told = f"{_id(own)}/{name}", _said(channel, name)
            yield Try(f"{channel} {name}, no agent", 403, "agent-missing", path, told, nameless)
            yield Try(f"{channel} {name} of nobody", 404, "unknown-request", f"{_id(NOBODY)}/{name}", told, named)
        for read in READS:
            yield Try(f"{channel} {read}, no agent", 403, "agent-missing", _id(own) + read, None, nameless)
        for name in WITH_PROOF:
            for proof in ({}, {"agent": "agent-7"}, {"signed_paper": "p"} if channel == "hotline" else {"call": "c"}):
                told = _said(channel, name) | {"proof": proof}
                yield Try(f"{channel} {name} {proof}", 403, "staff-proof-missing", f"{_id(own)}/{name}", told, named)
        told = SUBMIT | {"channel": channel}
        yield Try(f"{channel} files without", 403, "staff-proof-missing", body=told, headers=(*named, place.key()))


def _channels(place: Place, own: str) -> Iterator[Try]:
    """In another channel's name; and a client that is no channel at all."""
    for mine in CLIENTS:
        for other in (each for each in CLIENTS if each != mine):
            shown = (*place.bearer(mine), place.key())
            for name in FOLLOW_UPS:
                path = f"{_id(own)}/{name}"
                yield Try(f"{mine} {name} as {other}", 403, "channel-not-yours", path, _said(other, name), shown)
            yield Try(
                f"{mine} files as {other}", 403, "channel-not-yours", body=SUBMIT | {"channel": other}, headers=shown
            )
            told = {"channel": other, "subscription": MINE}
            yield Try(f"{mine} reports as {other}", 403, "channel-not-yours", "/v1/problems", told, shown)
    for client in ("channel-fax", "app", "channel-app ", "CHANNEL-APP", "tuiding-intake", "admin", "*"):
        shown = place.bearer(client_id=client)
        yield Try(f"client {client!r}", 403, "no-channel", _id(own), None, shown)


def _properties(place: Place, own: str) -> Iterator[Try]:
    for channel in CLIENTS:
        for agent in ("agent-8", "agent-77", "AGENT-7"):
            proof = {"agent": agent, "call": "c", "identity_document": "d", "signed_paper": "p"}
            for name in WITH_PROOF:
                told = _said(channel, name) | {"proof": proof}
                yield Try(
                    f"{channel} {name} {agent}",
                    403,
                    "agent-not-yours",
                    f"{_id(own)}/{name}",
                    told,
                    place.bearer(channel),
                )
    for field in (
        "request_id",
        "principal",
        "subscriptions",
        "permitted",
        "agent",
        "is_admin",
        "audience",
        "__proto__",
        "party",
    ):
        for name in ("withdrawal", "confirmation"):
            told = _said("app", name) | {field: "x"}
            yield Try(f"{name} with {field}", 422, "invalid", f"{_id(own)}/{name}", told, place.bearer())
    for body, status, code in (
        (b"", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b"[" * 100_000, 413, "too-large"),
        (b'{"channel":"app","channel":"web"}', 400, "duplicate-key"),
        (b'{"channel":NaN}', 400, "not-a-number"),
        (b"[" * 40, 400, "too-deep"),
        (b"\xff", 400, "not-utf8"),
    ):  # fmt: skip
        if body:
            yield Try(f"body {body[:20]!r}", status, code, f"{_id(own)}/withdrawal", body, place.bearer())
