"""S1 once more: algorithms, keys and kinds by other names, seals in other forms, tokens where none belongs."""

from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.door.attacks.place import Place, Try
from tests.door.attacks.provider import EC_KID, KID, b64
from tests.door.attacks.tokens import PLACES, Shown, bearer


def tries(place: Place) -> Iterator[Try]:
    for name, headers in (*_kinds(place), *_seals(place), *_sent(place)):
        for path, body in PLACES:
            yield Try(f"{name} at {path}", 401, "token-refused", path, body, headers)
    for name, headers in _elsewhere(place):
        yield Try(name, 401, "not-signed-in", PLACES[0][0], None, headers)
    token = place.provider.token(place.claims())
    for path in (f"{PLACES[0][0]}&access_token={token}", f"{PLACES[0][0]}&authorization=Bearer%20{token}"):
        yield Try(f"a token in the address {path[40:60]}", 401, "not-signed-in", path, None, ())


def _kinds(place: Place) -> Iterator[tuple[str, Shown]]:
    """Of the header: what it is, by which algorithm, with which key."""
    provider, claims = place.provider, place.claims()
    for alg in (
        "rs256", "RS256 ", " RS256", "R\u017f256", "RSA256", "RS\u0662\u0665\u0666", "PS256", "EdDSA", "Ed25519",
        "HS256", "ES256K", ["RS256"], {"RS256": 1}, None, True, 256,
    ):  # fmt: skip
        yield f"alg {alg!r}", bearer(provider.token(claims, alg=alg))
    for alg in ("RS256", "ES384", "Es256", "EdDSA", "none"):
        yield f"a curve as {alg}", bearer(provider.token(claims, "ES256", alg=alg))
    for kid in (
        f"{KID} ", f" {KID}", KID.upper(), f"{KID}\u200b", "rsa\u20101", f"./{KID}", f"{KID}#", "*", "%",
        f"{KID},{EC_KID}", {"kid": KID}, 0, True, "\u212aid",
    ):  # fmt: skip
        yield f"kid {kid!r}", bearer(provider.token(claims, kid=kid))
    typ: Any
    for typ in (
        "at+jwt;v=1", "at jwt", "at%2Bjwt", "access+jwt", "jwt+at", "application/at-jwt", "text/at+jwt",
        "a\u0442+jwt", "at+jwt,jwt", "dpop+jwt", "secevent+jwt", ["at+jwt"], True, {},
    ):  # fmt: skip
        yield f"typ {typ!r}", bearer(provider.token(claims, typ=typ))
    for name in (
        "Alg", "ALG", "kid ", "\u212aid", "x5t#S512", "iss", "aud", "epk", "apu", "iv", "tag", "url", "nonce",
        "ppt", "svt", "trust_chain", "",
    ):  # fmt: skip
        yield f"header {name!r}", bearer(provider.token(claims, **{name: "RS256"}))


def _seals(place: Place) -> Iterator[tuple[str, Shown]]:
    provider, claims = place.provider, place.claims()
    header, payload, seal = provider.token(claims, "ES256").split(".")
    text = f"{header}.{payload}"
    der = provider.ec.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
    for name, made in {
        "DER": b64(der), "zeros": b64(bytes(64)), "r and nothing": b64(bytes(32) + b"\1" * 32),
        "one byte less": b64(b"\1" * 63), "one byte more": b64(b"\1" * 65), "twice": seal + seal,
        "reversed": seal[::-1], "all ones": b64(b"\xff" * 64), "of SHA-384": b64(b"\1" * 96),
    }.items():  # fmt: skip
        yield f"a curve's seal: {name}", bearer(f"{text}.{made}")
    other = provider.token(place.claims(sub="another"), "ES256")
    yield "of another token", bearer(f"{text}.{other.rpartition('.')[2]}")
    yield "the head of another algorithm", bearer(f"{provider.token(claims).split('.')[0]}.{payload}.{seal}")
    for sep in ("..", ". ", "%2e", "\u3002", "~"):
        yield (
            f"parted by {sep!r}",
            bearer(f"{header}{sep}{payload}.{seal}") if sep.isascii() else bearer(f"{header}.{payload}"),
        )
    for part in range(3):
        parts = [header, payload, seal]
        for odd in (
            parts[part] + "=", parts[part] + "+", parts[part] + "/", parts[part][:-1] + "\t", "",
            parts[part] + "%3D",
        ):  # fmt: skip
            yield f"part {part} {odd[-4:]!r}", bearer(".".join([*parts[:part], odd, *parts[part + 1 :]]))


def _sent(place: Place) -> Iterator[tuple[str, Shown]]:
    good = place.provider.token(place.claims())
    for sent in (
        f"Bearer {good}, Bearer {good}", f"Bearer {good} {good}", f"Bearer  {good}", f'Bearer "{good}"',
        f"Bearer <{good}>", f"Bearer Bearer {good}", f"Bearer token={good}", f"Bearer {good};", "Bearer undefined",
        "Bearer [object Object]", "Bearer ${TOKEN}", "Bearer " + "A" * 8_000,
    ):  # fmt: skip
        yield f"sent {sent[:14]!r} {sent[-6:]!r}", (("authorization", sent),)
    yield "sent twice, once wrongly", (("authorization", f"Bearer {good}"), ("Authorization", "Bearer x"))
    yield "sent twice, once as something else", (("authorization", "Basic eDp5"), ("authorization", f"Bearer {good}"))


def _elsewhere(place: Place) -> Iterator[tuple[str, Shown]]:
    good = place.provider.token(place.claims())
    for name in (
        "x-authorization", "x-access-token", "x-amzn-oidc-data", "x-goog-iap-jwt-assertion", "x-auth-token",
        "token", "x-forwarded-authorization", "sec-websocket-protocol", "x-client-cert", "x-ssl-client-s-dn",
    ):  # fmt: skip
        yield f"in {name}", ((name, good),)
    for scheme in ("JWT", "Token", "MAC", "Hawk", "Negotiate", "Digest"):
        yield f"as {scheme!r}", (("authorization", f"{scheme} {good}"),)
    for cookie in (f"token={good}", f"access_token={good}", f"Authorization=Bearer {good}"):
        yield f"a cookie {cookie[:8]}", (("cookie", cookie),)
