"""The OpenID provider the tests sign people and programs in with: its own description, keys and tokens."""

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.identity_provider import Provider, machine, running, website

AUDIENCE = "https://tuiding.example/commands"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running([machine("channel-app", channel="app"), website("console", "http://127.0.0.1:1/back")]) as started:
        yield started


def _part(token: str, number: int) -> dict[str, object]:
    part = token.split(".")[number]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def test_it_describes_itself_and_shows_its_keys(provider: Provider) -> None:
    described = httpx.get(provider.discovery, timeout=60).json()
    assert described["issuer"] == provider.issuer
    assert described["jwks_uri"] == provider.jwks
    assert {key["alg"] for key in httpx.get(provider.jwks, timeout=60).json()["keys"]} == {"RS256", "ES256"}


@pytest.mark.parametrize(("audience", "alg"), [(AUDIENCE, "RS256"), (f"{AUDIENCE}/ec", "ES256")])
def test_a_program_gets_a_token_signed_by_one_of_those_keys(provider: Provider, audience: str, alg: str) -> None:
    token = provider.machine_token("channel-app", audience)
    told, header = _part(token, 1), _part(token, 0)
    assert (told["iss"], told["aud"], told["client_id"]) == (provider.issuer, audience, "channel-app")
    assert (told["scope"], told["channel"]) == ("commands", "app")
    assert header["alg"] == alg
    assert header["kid"] in {key["kid"] for key in httpx.get(provider.jwks, timeout=60).json()["keys"]}
