"""S6 once more: seals in other numbers and forms, times and ids written otherwise, bodies that mean the same."""

import base64
import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from standardwebhooks import Webhook

from tests.door.attacks.place import CLIENTS, MINE, SECRETS, THEIRS, Place, Try, webhook
from tests.door.attacks.signed import SIGNED

REFUSED = (401, "signature-refused")
Headers = dict[str, str]


def tries(place: Place, own: str, foreign: str) -> Iterator[Try]:
    path, told = f"/v1/cancellations/{own}/withdrawal", json.dumps({"channel": "app"}).encode()
    shown = dict(webhook("app", told, named={"tuiding-subscription": MINE}, path=path))
    for name, changed in (*_seals(shown), *_times(shown), *_ids(shown), *_names(shown)):
        yield Try(name, *REFUSED, path, told, tuple(changed.items()))
    for name, headers in _doubled(shown):
        yield Try(name, *REFUSED, path, told, headers)
    for body in _bodies():
        yield Try(f"body {body[:30]!r} {len(body)}", *REFUSED, path, body, tuple(shown.items()))
    for where in _addresses(own, foreign):
        yield Try(f"at {where}", *REFUSED, where, told, tuple(shown.items()))
    for name, headers in _of_others(shown):
        yield Try(name, 401, "not-signed-in", path, told, headers)
    for channel in CLIENTS:
        yield from _by_other_secrets(channel, path)
    looked = f"/v1/cancellations/{own}"
    for method in ("POST", "HEAD", "OPTIONS", "get", "PUT", "GET "):
        sent = webhook("app", b"", named={"tuiding-subscription": MINE}, path=looked, method=method)
        yield Try(f"signed as {method!r}", *REFUSED, looked, None, sent)
    for also in ("x-http-method-override", "x-original-url", "x-rewrite-url", "x-forwarded-path", "x-forwarded-host"):
        sent = webhook("app", b"", named={"tuiding-subscription": MINE}, path=f"/v1/cancellations/{foreign}")
        yield Try(f"with {also}", *REFUSED, looked, None, (*sent, (also, f"/v1/cancellations/{foreign}")))


def _seals(shown: Headers) -> Iterator[tuple[str, Headers]]:
    """Several in one header: four at most, one of them right, nothing but a space between."""
    right = shown[SIGNED]
    wrong = ["v1," + base64.b64encode(bytes([each]) * 32).decode() for each in range(5)]
    for count in (1, 2, 3, 4, 5):
        yield f"{count} wrong ones", shown | {SIGNED: " ".join(wrong[:count])}
    for place in range(5):
        five = [*wrong[:place], right, *wrong[place:4]]
        yield f"the right one as number {place} of five", shown | {SIGNED: " ".join(five)}
    for sep in (",", ";", "|", ", ", "\t", "%20", "&"):
        yield f"two parted by {sep!r}", shown | {SIGNED: f"{right}{sep}{wrong[0]}"}
    seal = right[3:]
    for prefix in (
        "V1,", "v1:", "v1=", "v1;", "v1.", "v01,", "v1 ,", "v1, ", ",", "v1,,", "v10,", "v1a,", "sha256=",
        "hmac-sha256,", "v1,v1,", "t=1,v1=",
    ):  # fmt: skip
        yield f"seal after {prefix!r}", shown | {SIGNED: prefix + seal}
    raw = base64.b64decode(seal)
    for name, made in {
        "hex": raw.hex(), "url-safe": "-_" + base64.urlsafe_b64encode(raw).decode()[2:],
        "without padding": seal.rstrip("="), "with more padding": seal + "=",
        "base32": base64.b32encode(raw).decode(), "half": base64.b64encode(raw[:16]).decode(),
        "reversed": base64.b64encode(raw[::-1]).decode(), "twice": seal + seal,
        "one bit": base64.b64encode(bytes([raw[0] ^ 1]) + raw[1:]).decode(), "capitals": seal.swapcase(),
        "quoted": f'"{seal}"',
    }.items():  # fmt: skip
        yield f"seal {name}", shown | {SIGNED: f"v1,{made}"}


def _times(shown: Headers) -> Iterator[tuple[str, Headers]]:
    """The same moment in other writing, moments just outside of five minutes, and signed as they are."""
    at = shown["webhook-timestamp"]
    for text in (
        f"0{at}", f"+{at}", f"{at}.0", f"{at}s", f"{at}000", f"{at} {at}", hex(int(at)), f"{at},{at}", f"-{at}",
        at[:-1], "1e9", datetime.fromtimestamp(int(at), UTC).isoformat(),
    ):  # fmt: skip
        yield f"moment {text!r}", shown | {"webhook-timestamp": text}
    path, told = "/v1/cancellations", b"{}"
    for away in (301, 302, 400, -301.5, -400, 86_400, -86_400, 10**9):
        sent = webhook("app", told, at=time.time() - away, named={"tuiding-subscription": MINE}, path=path)
        yield f"{away} seconds off", dict(sent)


def _ids(shown: Headers) -> Iterator[tuple[str, Headers]]:
    own = shown["webhook-id"]
    for text in (
        own.upper(), own.swapcase(), f"{own}0", own[:-1], f"0{own}", f"{own}.", f"{own}/", own.replace("_", "-"),
        f"{own} ", f"{own},{own}", f"%{own}", "msg_" + "0" * 117,
    ):  # fmt: skip
        if text.strip() != own:
            yield f"id {text[:20]!r}", shown | {"webhook-id": text}


def _names(shown: Headers) -> Iterator[tuple[str, Headers]]:
    """For whom: changed after it was signed, or in a form that names nobody."""
    for line in (
        THEIRS, MINE.upper(), f"{MINE}1", MINE[:-1], f"{MINE},{THEIRS}", f"{MINE} {THEIRS}", f"{MINE};", "sub-*",
        f"{MINE}%00",
    ):  # fmt: skip
        yield f"for {line}", shown | {"tuiding-subscription": line}
    for agent in ("agent-7", "admin", "-", "agent 7", "agent-7,agent-8", "<agent>"):
        yield f"by {agent}", shown | {"tuiding-agent": agent}
    yield "for nobody", {name: text for name, text in shown.items() if name != "tuiding-subscription"}
    moved = {name: text for name, text in shown.items() if name != "tuiding-subscription"} | {"tuiding-agent": MINE}
    yield "its line where the agent stands", moved


def _doubled(shown: Headers) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    for name, text in shown.items():
        for other in (text, text.upper(), "x", ""):
            yield f"{name} and {other[:12]!r}", (*shown.items(), (name.title(), other))
            yield f"{other[:12]!r} and {name}", ((name.upper(), other), *shown.items())


def _bodies() -> Iterator[bytes]:
    """What another parser reads as the very same: it is not what was signed."""
    told = json.dumps({"channel": "app"})
    for body in (
        told.replace(" ", ""), told.replace(" ", "  "), told.replace(" ", "\n"), told + "\n", told + "\r\n",
        "\n" + told, "\t" + told, told.replace('"app"', '"\\u0061pp"'), told.replace("channel", "\\u0063hannel"),
        told[:-1] + ', "reason": null}', told[:-1] + ",}", "\ufeff" + told, told + "\0", told + told,
        "[" + told + "]", json.dumps(told),
    ):  # fmt: skip
        yield body.encode()
    yield gzip.compress(told.encode(), mtime=0)
    yield base64.b64encode(told.encode())
    yield told.encode("utf-16")
    yield told.encode("utf-32")
    yield b"channel=app"
    yield b"\xff" + told.encode()


def _addresses(own: str, foreign: str) -> Iterator[str]:
    right = f"/v1/cancellations/{own}/withdrawal"
    yield from (
        f"{right}?channel=app",
        f"{right}?subscription={THEIRS}",
        f"{right}?&",
        right.replace("-", "%2D", 1),
        right.replace("v1", "%761"),
    )
    yield from (
        f"/v1/cancellations/{foreign}/withdrawal",
        f"/v1/cancellations/{own.upper()}/withdrawal",
        f"/v1/cancellations/{own}/confirmation",
    )


def _of_others(shown: Headers) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Headers of other makers of webhooks are not ours."""
    for prefix in ("svix-", "x-webhook-", "x-hub-", "stripe-", "webhook_", "x-"):
        yield f"as {prefix}", tuple((name.replace("webhook-", prefix), text) for name, text in shown.items())


def _by_other_secrets(channel: str, path: str) -> Iterator[Try]:
    """The secret written otherwise, or another one, signs nothing."""
    told = json.dumps({"channel": channel}).encode()
    right = base64.b64decode(SECRETS[channel].partition("_")[2])
    named = {"tuiding-subscription": MINE} if channel in ("app", "web") else {"tuiding-agent": "agent-7"}
    for name, secret in {
        "reversed": right[::-1], "longer": right + b"\1", "half": right[: len(right) // 2],
        "its text": SECRETS[channel].encode(), "in base64": base64.b64encode(right),
        "the channel": channel.encode() * 8, "empty": b"\0", "zeros": bytes(32),
    }.items():  # fmt: skip
        sent = webhook(channel, told, secret="whsec_" + base64.b64encode(secret).decode(), named=named, path=path)
        yield Try(f"{channel}'s secret {name}", *REFUSED, path, told, sent)
    at, own = datetime.now(UTC).replace(microsecond=0), f"msg_bare_{channel}"
    for text in (
        told.decode(), f"POST\n{path}\n{told.decode()}", f"POST {path}\n\n\n{told.decode()}", f"POST\n{path}\n\n\n",
        f"post\n{path}\n{MINE}\n\n{told.decode()}",
    ):  # fmt: skip
        seal = Webhook(SECRETS[channel]).sign(own, at, text)
        headers = {"webhook-id": own, "webhook-timestamp": str(int(at.timestamp())), SIGNED: seal} | named
        yield Try(f"{channel} signs {text[:24]!r}", *REFUSED, path, told, tuple(headers.items()))
