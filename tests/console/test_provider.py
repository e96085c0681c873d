"""What an identity provider says is believed only if it is signed by it, for us, for this sign-in, and now."""

import json
import time
from typing import Any, NamedTuple

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from runtime.settings import Settings
from services.console.roles import Role
from services.console.signing_in.provider import IdentityProvider, ProviderTrouble, name_of
from tests.door.attacks.provider import Provider, public

ISSUER, HOUR = "https://id.example", 3600
KEY, OTHERS = (RSAKey.generate_key(2048, {"kid": "one"}) for _ in range(2))
SOUND = {"iss": ISSUER, "aud": "tuiding-console", "sub": "lin", "nonce": "n"}


class FromNow(NamedTuple):
    """A time counted from the test's own now: a name with the clock in it would differ from worker to worker."""

    seconds: int


@pytest.fixture
def provider() -> IdentityProvider:
    return IdentityProvider(Settings(oidc_issuer=ISSUER, public_console="https://console.example"))


def told(provider: IdentityProvider, claims: dict[str, Any], key: Any = KEY, alg: str = "RS256") -> dict[str, Any]:
    now = int(time.time())
    whole = {
        name: now + value.seconds if isinstance(value, FromNow) else value
        for name, value in (SOUND | {"iat": now, "exp": now + 600} | claims).items()
        if value != "gone"
    }
    token = jwt.encode({"alg": alg, "kid": "one"}, whole, key, algorithms=[alg])
    keys = {"keys": [KEY.as_dict(private=False)]}
    return provider.believed({"id_token": token, "access_token": "a"}, keys, "n")


def test_a_sound_token_is_believed_also_from_an_issuer_with_a_slash(provider: IdentityProvider) -> None:
    assert told(provider, {})["sub"] == "lin"
    assert told(provider, {"iss": f"{ISSUER}/"})["sub"] == "lin"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"nonce": "of another sign-in"},
        {"nonce": "gone"},
        {"exp": 1},
        {"exp": FromNow(-HOUR)},  # clocks an hour apart
        {"iat": FromNow(HOUR)},
        {"exp": "gone"},
        {"aud": "gone"},
    ],
    ids=str,
)
def test_a_token_for_somebody_else_or_another_time_is_not(provider: IdentityProvider, claims: dict[str, Any]) -> None:
    with pytest.raises(ProviderTrouble):
        told(provider, claims)


def test_a_token_that_somebody_else_signed_is_not(provider: IdentityProvider) -> None:
    for key, alg in ((OTHERS, "RS256"), (OctKey.generate_key(256), "HS256")):
        with pytest.raises(ProviderTrouble):
            told(provider, {}, key, alg)


PUBLIC = KEY.as_dict(private=False)
PLAIN = {name: value for name, value in PUBLIC.items() if name != "kid"}
ONE_THERE, NONE_THERE = {"alg": "RS256", "kid": "one"}, {"alg": "RS256"}
UNKNOWN_CURVE = {"kty": "EC", "crv": "P-999", "kid": "later", "x": "AA", "y": "AA"}
SET_OF_KEYS: dict[str, tuple[list[Any], dict[str, str], bool]] = {
    "beside one of a curve nobody knows": ([UNKNOWN_CURVE, PUBLIC], ONE_THERE, True),
    "beside what is none": ([None, 1, {}, {"kty": "RSA"}, {"kty": "AKP", "kid": "later"}, PUBLIC], ONE_THERE, True),
    "named by nobody, the only one": ([PLAIN], NONE_THERE, True),
    "named by nobody, one of two": ([PUBLIC, OTHERS.as_dict(private=False) | {"kid": "two"}], NONE_THERE, False),
    "named twice": ([PUBLIC, OTHERS.as_dict(private=False)], ONE_THERE, False),
    "for encryption": ([PUBLIC | {"use": "enc"}], ONE_THERE, False),
    "for another algorithm": ([PUBLIC | {"alg": "PS256"}], ONE_THERE, False),
    "gone": ([UNKNOWN_CURVE], ONE_THERE, False),
}


@pytest.mark.parametrize("name", SET_OF_KEYS)
def test_a_key_is_the_one_that_is_named_whatever_lies_beside_it(provider: IdentityProvider, name: str) -> None:
    keys, header, wanted = SET_OF_KEYS[name]
    now = int(time.time())
    token = jwt.encode(header, SOUND | {"iat": now, "exp": now + 600}, KEY, algorithms=["RS256"])
    shown = {"id_token": token, "access_token": "a"}
    if wanted:
        assert provider.believed(shown, {"keys": keys}, "n")["sub"] == "lin"
    else:
        with pytest.raises(ProviderTrouble):
            provider.believed(shown, {"keys": keys}, "n")


def test_a_key_that_a_machine_could_break_is_none(provider: IdentityProvider) -> None:
    weak = Provider().weak
    token = Provider().sign(json.dumps(ONE_THERE).encode(), sound(), key=weak)
    with pytest.raises(ProviderTrouble):
        provider.believed({"id_token": token, "access_token": "a"}, {"keys": [public(weak, "one")]}, "n")


def sound(changed: str = "") -> bytes:
    now = int(time.time())
    return (json.dumps(SOUND | {"iat": now, "exp": now + 600})[:-1] + changed + "}").encode()


TWO_MEANINGS = {
    "the nonce twice": lambda: sound(',"nonce":"n"'),
    "the name twice": lambda: sound(',"sub":"zhao"'),
    "no number": lambda: sound(',"x":NaN'),
    "deep": lambda: sound(',"x":' + "[" * 5_000 + "]" * 5_000),
    "in UTF-16": lambda: sound().decode().encode("utf-16"),
    "with a mark before it": lambda: b"\xef\xbb\xbf" + sound(),
}


@pytest.mark.parametrize("name", TWO_MEANINGS)
def test_a_token_that_two_readers_read_differently_is_not_believed(provider: IdentityProvider, name: str) -> None:
    hand = Provider()
    token = hand.sign(json.dumps(ONE_THERE).encode(), TWO_MEANINGS[name]())
    with pytest.raises(ProviderTrouble):
        provider.believed({"id_token": token, "access_token": "a"}, {"keys": [public(hand.rsa, "one")]}, "n")


@pytest.mark.parametrize("token", [None, 1, [], {}, "", ".", "..", "a.b.c", "a.b.c.d.e", "é.é.é", b"a.b.c"], ids=repr)
def test_what_is_no_token_is_a_sentence(provider: IdentityProvider, token: Any) -> None:
    with pytest.raises(ProviderTrouble):
        provider.believed({"id_token": token, "access_token": "a"}, {"keys": [PUBLIC]}, "n")


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["tuiding-viewer", "tuiding-lead"], Role.LEAD),
        (["tuiding-operator", "x"], Role.OPERATOR),
        ("tuiding-viewer", Role.VIEWER),
        (["TUIDING-LEAD"], None),
        ([], None),
        (None, None),
        ({"tuiding-lead": 1}, None),
    ],
)
def test_the_highest_group_gives_the_role(provider: IdentityProvider, groups: Any, role: Role | None) -> None:
    assert provider.role_of({"groups": groups}) is role


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "lin", "sub": "1"}, "lin"),
        ({"preferred_username": "lin@example.com", "sub": "a-1"}, "a-1"),  # an address is personal
        ({"preferred_username": "<b>", "sub": "x" * 61}, ""),
        ({}, ""),
        ({"preferred_username": None, "sub": "a-1"}, "a-1"),  # or everybody without one were the same person
        ({"preferred_username": True, "sub": "a-1"}, "a-1"),
        ({"preferred_username": 12, "sub": "a-1"}, "a-1"),
        ({"preferred_username": ["lin"], "sub": "a-1"}, "a-1"),
        ({"preferred_username": None, "sub": None}, ""),
        ({"sub": 12}, ""),
    ],
)
def test_the_name_in_an_order_is_no_address_of_anybody(claims: dict[str, Any], name: str) -> None:
    assert name_of(claims) == name


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (httpx.Response(200, json={"issuer": "https://evil.example"}), "calls itself something else"),
        (httpx.Response(302, headers={"location": "https://evil.example"}), "answers 302"),
        (httpx.Response(200, content=b"[" * 70_000), "more than"),
        (httpx.Response(200, content=b"[]"), "not answer with an object"),
        (httpx.Response(200, content=b"<html>"), "JSONDecodeError"),
        (httpx.Response(503), "answers 503"),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
async def test_a_provider_that_answers_oddly_is_in_trouble_and_nobody_is_sent_there(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response, why: str
) -> None:
    asked: list[str] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return answer

    web = httpx.AsyncClient(transport=httpx.MockTransport(answers))
    monkeypatch.setattr(provider, "_client", lambda: web)
    with pytest.raises(ProviderTrouble, match=why):
        await provider.ask()
    assert asked == [f"{ISSUER}/.well-known/openid-configuration"]


DOORS = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
UNSAFE: tuple[Any, ...] = (
    None,
    1,
    [],
    "",
    "http://id.example/token",
    "javascript:1",
    "/token",
    "http://[::1",
    "\0",
    f"{ISSUER}/#x",
)


@pytest.mark.parametrize("address", UNSAFE, ids=repr)
@pytest.mark.parametrize("door", DOORS)
async def test_neither_person_nor_code_nor_secret_goes_where_somebody_may_stand_between(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch, door: str, address: Any
) -> None:
    asked: list[str] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json={"issuer": ISSUER, **DOORS, door: address})

    monkeypatch.setattr(provider, "_client", lambda: httpx.AsyncClient(transport=httpx.MockTransport(answers)))
    with pytest.raises(ProviderTrouble, match=f"the {door} that the provider names must be"):
        await (provider.ask() if door == "authorization_endpoint" else provider.told("code", "verifier", "n"))
    assert asked == ["/.well-known/openid-configuration"]
