"""S1: tokens that must not be believed, each tried on a read and on a command."""

import json
import time
from collections.abc import Iterator
from typing import Any

from tests.door.attacks.place import MINE, NOBODY, THEIRS, Place, Try
from tests.door.attacks.provider import ALSO_SHOWN, AUDIENCE, ISSUER, KID, b64, public

YES = {"channel": "app", "quote_version": 1, "clauses_acknowledged": True}
PLACES: tuple[tuple[str, Any], ...] = (
    (f"/v1/cancellations?subscription={MINE}", None),
    (f"/v1/cancellations/{NOBODY}/confirmation", YES),
)
LONG_AGO, FAR = 1_000_000_000, 4_000_000_000
ODD: tuple[Any, ...] = (None, "", "soon", True, -1, 1e300, [], {})


def tries(place: Place) -> Iterator[Try]:
    for name, code, headers in (*_headers(place), *_claims(place), *_forms(place)):
        for path, body in PLACES:
            yield Try(f"{name} at {path}", 401, code, path, body, headers)


Shown = tuple[tuple[str, str], ...]


def bearer(token: str) -> Shown:
    return (("authorization", f"Bearer {token}"),)


def _headers(place: Place) -> Iterator[tuple[str, str, Shown]]:
    provider, claims = place.provider, place.claims()
    kids: tuple[Any, ...] = (
        None,
        "",
        "no-such",
        "weak",
        "for-encryption",
        "../../dev/null",
        "' or 1",
        "rsa-1\0",
        1,
        [KID],
    )
    typs: tuple[Any, ...] = (
        None,
        "",
        "JWT",
        "jwt",
        "id+jwt",
        "logout+jwt",
        "at+jwt ",
        "application/jwt",
        "at+jwt\0",
        1,
    )
    values: tuple[Any, ...] = ("https://evil.example/jwks", public(provider.stranger, KID), ["b64"], False)
    for alg in ("none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS384", "RS512", "ES512", "dir"):
        yield f"alg {alg} and no signature", "token-refused", bearer(provider.token(claims, "none", alg=alg, kid=KID))
        yield f"alg {alg}, signed", "token-refused", bearer(provider.token(claims, alg=alg))
    for secret in (provider.pem, provider.pem.strip(), json.dumps(public(provider.rsa, KID)).encode(), b"", b"k" * 32):
        for kid in (KID, ALSO_SHOWN, None):
            forged = provider.token(claims, "HS256", secret or b"\0", kid=kid)
            yield f"the public key as a secret {secret[:9]!r} {kid}", "token-refused", bearer(forged)
    for kid in kids:
        yield f"kid {kid!r}", "token-refused", bearer(provider.token(claims, kid=kid or None))
    for kid in ("weak", "for-encryption"):
        key = provider.weak if kid == "weak" else provider.stranger
        yield f"signed by {kid}", "token-refused", bearer(provider.token(claims, key=key, kid=kid))
    yield "signed by a stranger", "token-refused", bearer(provider.token(claims, key=provider.stranger))
    yield "PSS by a key for PKCS", "token-refused", bearer(provider.token(claims, "PS256"))
    yield "the other key's id", "token-refused", bearer(provider.token(claims, "ES256", kid=KID))
    for typ in typs:
        yield f"typ {typ!r}", "token-refused", bearer(provider.token(claims, typ=typ))
    for name in ("jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc", "cty", "p2c", "made-up"):
        for value in values:
            for key in (provider.rsa, provider.stranger):
                token = provider.token(claims, key=key, **{str(name): value})
                yield f"header {name} {value!r:.20} {key is provider.rsa}", "token-refused", bearer(token)


def _claims(place: Place) -> Iterator[tuple[str, str, Shown]]:
    now = int(time.time())
    changes: list[dict[str, Any]] = [{"exp": at} for at in (0, LONG_AGO, now - 31, now - 3600, FAR, *ODD)]
    changes += [{"iat": at} for at in (now + 90, FAR, LONG_AGO, *ODD)]
    changes += [{"nbf": at} for at in (now + 90, FAR, *ODD[1:])]
    changes += [{"iss": each} for each in (None, "", f"{ISSUER}/", ISSUER.upper(), "https://evil.example", [ISSUER], 1)]
    changes += [
        {"aud": each} for each in (None, "", "other", [], ["other"], f"{AUDIENCE} ", {AUDIENCE: 1}, [[AUDIENCE]])
    ]
    no_names: tuple[Any, ...] = (None, "", 1, [], "x" * 201)
    changes += [{name: each} for name in ("sub", "client_id", "jti") for each in no_names]
    wrong: tuple[Any, ...] = (
        MINE,
        [1],
        ["*"],
        ["sub-%"],
        [MINE, ""],
        {MINE: 1},
        [[MINE]],
        [MINE] * 51,
        ["sub-a"],
        True,
    )
    changes += [{"subscriptions": each} for each in wrong]
    changes += [{"agent": each} for each in (1, ["agent-7"], "a b", "x" * 121, "agent-7\n", "<b>", "代理")]
    for change in changes:
        yield f"claims {change!r:.60}", "token-refused", place.bearer(**change)


def _forms(place: Place) -> Iterator[tuple[str, str, Shown]]:
    provider, claims = place.provider, place.claims()
    good = provider.token(claims)
    header, payload, seal = good.split(".")
    told, head = json.dumps(claims), json.dumps({"typ": "at+jwt", "alg": "RS256", "kid": KID})
    for name, token in {
        "no signature": f"{header}.{payload}.",
        "two parts": f"{header}.{payload}",
        "four parts": f"{good}.{seal}",
        "five parts": f"{good}.{seal}.{seal}",
        "another payload": f"{header}.{b64(told.replace(MINE, THEIRS).encode())}.{seal}",
        "another header": f"{b64(head.replace('RS256', 'PS256').encode())}.{payload}.{seal}",
        "a signature cut short": good[:-8],
        "a signature that goes on": good + "AAAA",
        "a signature of zeros": f"{header}.{payload}.{b64(bytes(256))}",
        "padded": f"{header}.{payload}.{seal}==",
        "not base64": f"{header}.{payload}.~~~~",
        "a token in a token": provider.sign(head.encode(), good.encode()),
        "a list": provider.sign(head.encode(), b"[]"),
        "a text": provider.sign(head.encode(), b'"x"'),
        "nothing": provider.sign(head.encode(), b""),
        "a claim twice": provider.sign(head.encode(), f'{told[:-1]}, "aud": "{AUDIENCE}"}}'.encode()),
        "a header twice": provider.sign(f'{head[:-1]}, "alg": "RS256"}}'.encode(), told.encode()),
        "a claim twice in escapes": provider.sign(head.encode(), f'{told[:-1]}, "\\u0061ud": "x"}}'.encode()),
        "not a number": provider.sign(head.encode(), told.replace('"exp": ', '"exp": NaN, "was": ').encode()),
        "nested without end": provider.sign(head.encode(), b'{"a":' * 500 + b"1" + b"}" * 500),
        "not UTF-8": provider.sign(head.encode(), b'{"sub": "\xff"}'),
        "with a byte order mark": provider.sign(head.encode(), b"\xef\xbb\xbf" + told.encode()),
        "huge": provider.token(claims | {"more": "x" * 9_000}),
        "long and empty": "." * 7_000,
        "one letter": "a",
    }.items():
        yield name, "token-refused", bearer(token)
    yield "the header twice", "token-refused", bearer(good) * 2
    for sent in ("Bearer", "Bearer ", f"Basic {good}", f"bearer: {good}", good, f"DPoP {good}", "Basic YTpi", "null"):
        yield f"authorization {sent[:12]!r}", "not-signed-in", (("authorization", sent),)
    yield "nobody", "not-signed-in", ()
    for name in ("x-forwarded-user", "x-remote-user", "x-channel", "cookie", "access_token", "proxy-authorization"):
        yield f"in {name}", "not-signed-in", ((name, f"Bearer {good}"),)
