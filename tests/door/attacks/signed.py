"""S6: signed requests (Standard Webhooks) that are old, changed, somebody else's or not of the form."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from standardwebhooks import Webhook

from tests.door.attacks.objects import FOLLOW_UPS
from tests.door.attacks.place import CLIENTS, MINE, SECRETS, THEIRS, Place, Try, webhook

SIGNED = "webhook-signature"
ODD_IDS = ("", "a", "a.b.c.d.e.f", "x" * 121, "msg 1234 5678", "msg_12345678\t", "../../etc/passwd", "'; drop table--")
ODD_TIMES = ("", "now", "-1", "1e9", "0x5", "1.5", "9" * 12, "NaN", "0")


def tries(place: Place, own: str, foreign: str) -> Iterator[Try]:
    mine = {"tuiding-subscription": MINE}
    path, told = f"/v1/cancellations/{own}/withdrawal", json.dumps({"channel": "app"}).encode()
    shown = dict(webhook("app", told, named=mine, path=path))
    for name, changes in _changes(shown):
        kept = tuple((header, text) for header, text in (shown | changes).items() if text is not None)
        yield Try(name, 401, "signature-refused", path, told, kept)
    for body in (b'{"channel": "web"}', b'{"channel":"app"}', told + b" ", b" " + told, b"{}"):
        yield Try(f"another body {body!r}", 401, "signature-refused", path, body, tuple(shown.items()))
    for late in (330, 3_600, 86_400, -330, -3_600):
        sent = webhook("app", told, at=time.time() - late, named=mine, path=path)
        yield Try(f"{late} seconds old", 401, "signature-refused", path, told, sent)
    for name in (*shown, "tuiding-agent"):
        twice = (*shown.items(), (name, shown.get(name, "agent-7")), ("tuiding-agent", "agent-7"))
        yield Try(f"{name} twice", 401, "signature-refused", path, told, twice)
    yield Try("with a token as well", 401, "token-refused", path, told, (*shown.items(), *place.bearer()))
    for channel in CLIENTS:
        for other in (each for each in CLIENTS if each != channel):
            said = told.replace(b"app", other.encode())
            sent = webhook(channel, said, named=mine, path=path)
            yield Try(f"{channel} as {other}", 403, "channel-not-yours", path, said, sent)
    for line in (THEIRS, "", None):
        named = {"tuiding-subscription": line} if line else {}
        for follow_up, said_there in FOLLOW_UPS.items():
            content = json.dumps(said_there | {"channel": "app"}).encode()
            where = f"/v1/cancellations/{own}/{follow_up}"
            sent = webhook("app", content, named=named, path=where)
            yield Try(f"for {line} {follow_up}", 404, "unknown-request", where, content, sent)
    theirs = f"/v1/cancellations/{foreign}"
    yield Try("of somebody else", 404, "unknown-request", theirs, None, webhook("app", b"", named=mine, path=theirs))
    yield from _sent_elsewhere(own, foreign)


def _sent_elsewhere(own: str, foreign: str) -> Iterator[Try]:
    """A signed request that was read on its way and is sent again within the time: to another address, for another."""
    refused = (401, "signature-refused")
    for channel, header, other in (
        ("app", "tuiding-subscription", THEIRS),
        ("web", "tuiding-subscription", THEIRS),
        ("hotline", "tuiding-agent", "agent-8"),
        ("counter", "tuiding-agent", "agent-8"),
    ):
        named = {header: MINE if header == "tuiding-subscription" else "agent-7"}
        for follow_up, said in FOLLOW_UPS.items():
            content, path = json.dumps(said | {"channel": channel}).encode(), f"/v1/cancellations/{own}/{follow_up}"
            shown = dict(webhook(channel, content, named=named, path=path))
            name = f"{channel} {follow_up}"
            for for_whom in (
                {header: other},
                {header: None},
                {"tuiding-subscription": MINE, "tuiding-agent": "agent-9"},
            ):
                changed = tuple((key, text) for key, text in (shown | for_whom).items() if text is not None)
                yield Try(f"{name} for {for_whom}", *refused, path, content, changed)
            yield Try(f"{name} under a key", *refused, path, content, (*shown.items(), ("idempotency-key", "another")))
            for elsewhere in (
                f"/v1/cancellations/{foreign}/{follow_up}",
                f"/v1/cancellations/{own.upper()}/{follow_up}",
                *(f"/v1/cancellations/{own}/{each}" for each in FOLLOW_UPS if each != follow_up),
                "/v1/cancellations",
                "/v1/problems",
                "/v1/quotes",
                f"{path}?x=1",
                path.replace("cancel", "%63ancel"),
            ):
                yield Try(f"{name} to {elsewhere}", *refused, elsewhere, content, tuple(shown.items()))
    yield from _looks_elsewhere(own, foreign)


def _looks_elsewhere(own: str, foreign: str) -> Iterator[Try]:
    mine, listed = {"tuiding-subscription": MINE}, f"/v1/cancellations?subscription={MINE}"
    for path in (f"/v1/cancellations/{own}", f"/v1/cancellations/{own}/events", listed):
        shown = webhook("app", b"", named=mine, path=path)
        for elsewhere in (
            f"/v1/cancellations/{foreign}",
            f"/v1/cancellations/{foreign}/events",
            f"/v1/cancellations?subscription={THEIRS}",
            f"{listed}&limit=50",
        ):
            yield Try(f"{path} then {elsewhere}", 401, "signature-refused", elsewhere, None, shown)
    posted = webhook("app", b"", named=mine, path=listed, method="POST")
    yield Try("a POST as a GET", 401, "signature-refused", listed, None, posted)
    old = dict(webhook("app", b"", named=mine, path=listed))
    text = Webhook(SECRETS["app"]).sign(
        old["webhook-id"], datetime.fromtimestamp(int(old["webhook-timestamp"]), UTC), ""
    )
    yield Try("only its body is signed", 401, "signature-refused", listed, None, tuple((old | {SIGNED: text}).items()))


def _changes(shown: dict[str, str]) -> Iterator[tuple[str, dict[str, str | None]]]:
    right = shown[SIGNED]
    for name in ("webhook-id", "webhook-timestamp", SIGNED):
        yield f"without {name}", {name: None}
    for own in ODD_IDS:
        yield f"id {own!r}", {"webhook-id": own}
    for at in (*ODD_TIMES, str(int(shown["webhook-timestamp"]) + 1)):
        yield f"at {at!r}", {"webhook-timestamp": at}
    for seal in (
        "", "v1", "v1,", right[3:], right.replace("v1", "v2"), right.replace("v1", "v1a"), right[:-4], right + "A",
        "x" * 5_000, right.lower(), f"{right[:10]}{right[11:]}", " ".join(["v1,AAAA"] * 5), "v1,AA v1,BB", "v1,~~~~",
    ):  # fmt: skip
        yield f"seal {seal[:20]!r} {len(seal)}", {SIGNED: seal}
    stranger: dict[str, str | None] = dict(webhook("app", b'{"channel": "app"}', secret="whsec_" + "c3RyYW5nZXI=" * 3))
    yield "signed by a stranger", stranger
    yield "a subscription that is none", {"tuiding-subscription": "*"}
    yield "an agent that is none", {"tuiding-agent": "a b"}
    assert set(SECRETS) == set(CLIENTS)
