"""What an identity provider says of its doors and keys: none of it is believed that could not be its own."""

import json
from typing import Any

import httpx
import pytest

from runtime.http.callers.provider_answers import address_in
from runtime.http.callers.provider_keys import ProviderKeys
from tests.door.attacks.provider import ISSUER, KID, Provider, public

PROVIDER = Provider()
GOOD = public(PROVIDER.rsa, KID)
FIELDS = ("kty", "kid", "use", "key_ops", "alg", "n", "e", "d")
ODD: tuple[Any, ...] = (None, 1, -1, True, "", "verify it", [], {}, [1], "é", "=", "A" * 9_000)
CHANGED = [(field, value) for field in FIELDS for value in ODD]
ELSEWHERE: tuple[Any, ...] = (
    None, "", 1, [], "/jwks", "//evil.example/jwks", "http://id.example/jwks", "http://169.254.169.254/",
    "ftp://id.example/", "file:///etc/passwd", "http://[::1", "https://", "https://a b/", "https://id.example:99999/",
    "https://u:p@id.example/jwks", "https://id.example/jwks#x", "javascript:1", "data:,x", "\0",
)  # fmt: skip


class Shown:
    """A provider that shows these keys, at an address that it names."""

    def __init__(self, keys: Any, jwks_uri: Any = f"{ISSUER}/jwks") -> None:
        self.keys, self.jwks_uri, self.asked = keys, jwks_uri, list[str]()

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": self.jwks_uri})
        return httpx.Response(200, content=json.dumps(self.keys).encode())

    async def believed(self) -> set[str]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.answer)) as web:
            return set(await ProviderKeys(ISSUER, "", web).now())


@pytest.mark.parametrize(("field", "value"), CHANGED)
async def test_a_key_that_is_none_takes_the_sound_one_beside_it_away_from_nobody(field: str, value: Any) -> None:
    odd = {**GOOD, "kid": "odd", field: value}
    for keys in ([GOOD, odd], [odd, GOOD], [GOOD, value], [GOOD, {field: value}]):
        assert KID in await Shown({"keys": keys}).believed()


@pytest.mark.parametrize("operations", [None, 1, "verify it", "verify", {"verify": 1}, ["sign"]], ids=str)
async def test_a_key_is_for_verifying_only_if_it_says_so_or_says_nothing(operations: Any) -> None:
    assert await Shown({"keys": [GOOD | {"key_ops": operations}]}).believed() == set()


@pytest.mark.parametrize("address", ELSEWHERE, ids=repr)
async def test_keys_are_fetched_only_where_nobody_stands_between(address: Any) -> None:
    shown = Shown({"keys": [GOOD]}, address)
    assert await shown.believed() == set()
    assert shown.asked == ["/.well-known/openid-configuration"]
    with pytest.raises(ValueError, match="the jwks_uri that the provider names must be an https:// address"):
        address_in({"jwks_uri": address}, "jwks_uri")
