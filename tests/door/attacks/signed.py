"""S6: signed requests (Standard Webhooks) that are old, changed, somebody else's or not of the form."""

import json
import time
from collections.abc import Iterator

from tests.door.attacks.objects import FOLLOW_UPS
from tests.door.attacks.place import CLIENTS, MINE, SECRETS, THEIRS, Place, Try, webhook

SIGNED = "webhook-signature"
ODD_IDS = ("", "a", "a.b.c.d.e.f", "x" * 121, "msg 1234 5678", "msg_12345678\t", "../../etc/passwd", "'; drop table--")
ODD_TIMES = ("", "now", "-1", "1e9", "0x5", "1.5", "9" * 12, "NaN", "0")


def tries(place: Place, own: str, foreign: str) -> Iterator[Try]:
    mine = {"tuiding-subscription": MINE}
    path, told = f"/v1/cancellations/{own}/withdrawal", json.dumps({"channel": "app"}).encode()
    shown = dict(webhook("app", told, named=mine))
    for name, changes in _changes(shown):
        kept = tuple((header, text) for header, text in (shown | changes).items() if text is not None)
        yield Try(name, 401, "signature-refused", path, told, kept)
    for body in (b'{"channel": "web"}', b'{"channel":"app"}', told + b" ", b" " + told, b"{}"):
        yield Try(f"another body {body!r}", 401, "signature-refused", path, body, tuple(shown.items()))
    for late in (330, 3_600, 86_400, -330, -3_600):
        sent = webhook("app", told, at=time.time() - late, named=mine)
        yield Try(f"{late} seconds old", 401, "signature-refused", path, told, sent)
    for name in (*shown, "tuiding-agent"):
        twice = (*shown.items(), (name, shown.get(name, "agent-7")), ("tuiding-agent", "agent-7"))
        yield Try(f"{name} twice", 401, "signature-refused", path, told, twice)
    yield Try("with a token as well", 401, "token-refused", path, told, (*shown.items(), *place.bearer()))
    for channel in CLIENTS:
        for other in (each for each in CLIENTS if each != channel):
            sent = webhook(channel, told.replace(b"app", other.encode()), named=mine)
            said = told.replace(b"app", other.encode())
            yield Try(f"{channel} as {other}", 403, "channel-not-yours", path, said, sent)
    for line in (THEIRS, "", None):
        named = {"tuiding-subscription": line} if line else {}
        for follow_up, said_there in FOLLOW_UPS.items():
            content = json.dumps(said_there | {"channel": "app"}).encode()
            where = f"/v1/cancellations/{own}/{follow_up}"
            yield Try(
                f"for {line} {follow_up}", 404, "unknown-request", where, content, webhook("app", content, named=named)
            )
    yield Try(
        "of somebody else",
        404,
        "unknown-request",
        f"/v1/cancellations/{foreign}",
        None,
        webhook("app", b"", named=mine),
    )


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
