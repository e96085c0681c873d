"""Signs an operator in with an identity provider (OpenID Connect): the code flow, bound to this browser, with PKCE."""

import re
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped,unused-ignore]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped,unused-ignore]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped,unused-ignore]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from runtime.http.callers.provider_answers import LARGEST_BYTES, address_in, description_of, object_at
from runtime.http.callers.provider_keys import usable_keys
from runtime.http.callers.shown import NotBelieved, VerifyingKey
from runtime.http.callers.tokens import parts
from runtime.setting_files import secret_in
from runtime.settings import Settings
from services.console.roles import Role

PATIENCE_SECONDS = 10.0
LEEWAY_SECONDS = 60
SCOPE = "openid profile"
BACK = "/sign-in/back"
NAMED = ("preferred_username", "sub")  # the first of them that can stand in an order: no address of somebody's mail
NAME = re.compile(r"[A-Za-z0-9_.:\/-]{1,60}")


class ProviderTrouble(Exception):
    """The provider is away, or what it said is not believed; the text is for the log, not for the page."""


class Asked(NamedTuple):
    """What has to be remembered until the person comes back."""

    address: str
    state: str
    verifier: str
    nonce: str


class IdentityProvider:
    def __init__(self, settings: Settings) -> None:
        self.settings, self.issuer = settings, settings.oidc_issuer.rstrip("/")
        self.roles = roles_of(settings.oidc_roles)

    async def ask(self) -> Asked:
        """Where to send somebody."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        async with self._client() as client:
            metadata = await self._metadata(client)
        query = {
            "response_type": "code",
            "client_id": self.settings.oidc_client,
            "redirect_uri": self._back,
            "scope": f"{SCOPE} {self.settings.oidc_groups}",
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        try:
            address = httpx.URL(address_in(metadata, "authorization_endpoint")).copy_merge_params(query)
        except ValueError as error:
            raise _trouble(error) from None
        return Asked(str(address), state, verifier, nonce)

    async def told(self, code: str, verifier: str, nonce: str) -> dict[str, Any]:
        """The claims of whoever came back with this code."""
        grant = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        try:
            async with self._client() as client:
                metadata = await self._metadata(client)
                door, keys_at = (address_in(metadata, name) for name in ("token_endpoint", "jwks_uri"))
                token = await object_at(client, door, PATIENCE_SECONDS, "POST", data=grant, auth=self._who())
                keys = await object_at(client, keys_at, PATIENCE_SECONDS)
            return self.believed(token, keys, nonce)
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise _trouble(error) from None

    def believed(self, token: Mapping[str, Any], keys: Any, nonce: str) -> dict[str, Any]:
        """The claims of an ID token that its issuer signed, for us, for this sign-in, and that has not ended."""
        try:
            return self._read(token, keys, nonce)
        except (AuthlibBaseError, JoseError, NotBelieved, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _trouble(error) from None

    def _read(self, token: Mapping[str, Any], keys: Any, nonce: str) -> dict[str, Any]:
        header, _ = parts(token["id_token"], LARGEST_BYTES)
        known = _key_of(header, keys)
        registry = JWSRegistry(algorithms=list(known.algorithms), strict_check_header=False)
        read = jwt.decode(token["id_token"], key=known.key, registry=registry)
        client = self.settings.oidc_client
        must: dict[str, Any] = {"iss": {"values": [self.issuer, f"{self.issuer}/"]}}
        must |= {"nonce": {"value": nonce}, "aud": {"value": client}, "exp": {}}
        must = {claim: {"essential": True, **how} for claim, how in must.items()}
        held = {"nonce": nonce, "client_id": client, "access_token": token.get("access_token")}
        claims = CodeIDToken(read.claims, read.header, must, held)
        claims.validate(leeway=LEEWAY_SECONDS)
        return dict(claims)

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """The highest that one of the person's groups has; none: a stranger."""
        groups = claims.get(self.settings.oidc_groups)
        mine = {groups} if isinstance(groups, str) else set(map(str, groups)) if isinstance(groups, list) else set()
        return next((role for role in reversed(Role) if self.roles.get(role) in mine), None)

    async def _metadata(self, client: httpx.AsyncClient) -> dict[str, Any]:
        try:
            return await description_of(client, self.issuer, PATIENCE_SECONDS)
        except (httpx.HTTPError, ValueError) as error:
            raise _trouble(error) from None

    def _who(self) -> httpx.BasicAuth:
        """As RFC 6749 wants it: both parts encoded."""
        secret = secret_of(self.settings)
        return httpx.BasicAuth(quote(self.settings.oidc_client, safe=""), quote(secret, safe=""))

    @property
    def _back(self) -> str:
        return self.settings.public_console.rstrip("/") + BACK

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False)


def _key_of(header: Mapping[str, Any], keys: Mapping[str, Any]) -> VerifyingKey:
    """The one it names; where it names none, the only one there is. Raises `ValueError`."""
    named = header.get("kid")
    found = [key for name, key in usable_keys(keys) if named is None or name == named]
    if len(found) != 1:
        raise ValueError("the provider shows no key, or more than one, that may have signed it")
    return found[0]


def _trouble(error: Exception) -> ProviderTrouble:
    return ProviderTrouble(f"{type(error).__name__}: {str(error)[:200]}")


def secret_of(settings: Settings) -> str:
    """Raises ValueError with a sentence."""
    file = settings.oidc_secret_file
    return secret_in("TUIDING_OIDC_SECRET_FILE", file, "the secret of the client").strip() if file else ""


def roles_of(text: str) -> dict[Role, str]:
    """Raises ValueError for a role that is none, or without a group of its own."""
    pairs = [[part.strip() for part in each.partition("=")] for each in text.split(",") if each.strip()]
    found = {Role(role): group for role, _, group in pairs}
    if "" in found.values() or len(set(found.values())) < len(pairs):
        raise ValueError("each role has one group, and each group one role")
    return found


def name_of(claims: Mapping[str, Any]) -> str:
    """Empty where there is none: what is no text is no name, or all whose name is null were one person."""
    told = (claims.get(claim) for claim in NAMED)
    return next((each for each in told if isinstance(each, str) and NAME.fullmatch(each)), "")
