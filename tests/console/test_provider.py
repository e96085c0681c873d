"""What an identity provider says is believed only if it is signed by it, for us, for this sign-in, and now."""

import time
from typing import Any, NamedTuple

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from runtime.settings import Settings
from services.console.roles import Role
from services.console.signing_in.provider import IdentityProvider, ProviderTrouble, name_of

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
