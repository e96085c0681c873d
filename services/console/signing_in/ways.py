"""How operators sign in here, as the settings say it; and why the console refuses to start without one."""

from pathlib import Path

import httpx

from runtime.http.private_address import PRIVATE, is_private
from runtime.settings import LOOPBACK, Settings
from services.console.signing_in import passwords
from services.console.signing_in.provider import roles_of, secret_of
from services.console.signing_in.sessions import Way

SECURE = "https"


def ways(settings: Settings) -> tuple[Way, ...]:
    """None on an address that others reach, unless something was set up."""
    if settings.auth == "none":
        return (Way.NOBODY,)
    set_up = {Way.PROVIDER: settings.oidc_issuer, Way.PASSWORD: settings.operators}
    found = tuple(way for way, where in set_up.items() if where)
    return found or ((Way.LINK,) if settings.host in LOOPBACK else ())


def unsafe(settings: Settings) -> str:
    """A sentence, or nothing."""
    found = ways(settings)
    if not found:
        return (
            f"on {settings.host} anybody could decide about requests and money; set TUIDING_OIDC_ISSUER, or set "
            "TUIDING_OPERATORS to a file of `tuiding operators add`; or say that nobody signs in: TUIDING_AUTH=none"
        )
    if Way.PASSWORD in found and (why := _no_passwords(settings, alone=found == (Way.PASSWORD,))):
        return why
    public = _public(settings)
    if Way.PROVIDER in found and (why := _no_provider(settings, public)):
        return why
    reached_by_others = settings.host not in LOOPBACK and set(found) & {Way.PROVIDER, Way.PASSWORD}
    if reached_by_others and not (public and _private(public)):
        return (
            "passwords and sessions would travel in the open: put TLS in front of it, and set "
            "TUIDING_PUBLIC_CONSOLE=https://..."
        )
    return ""


def _no_passwords(settings: Settings, alone: bool) -> str:
    """Why nobody could sign in by the file that was named; empty it may be where there is a provider, too."""
    try:
        known = passwords.read(Path(settings.operators))
    except passwords.PasswordFileTrouble as trouble:
        return f"TUIDING_OPERATORS: {trouble}"
    add = f"tuiding operators add NAME --role lead --file {settings.operators}"
    return (
        f"nobody could sign in: TUIDING_OPERATORS={settings.operators} names nobody; {add}"
        if alone and not known
        else ""
    )


def _no_provider(settings: Settings, public: httpx.URL | None) -> str:
    """Why nobody could be believed who comes back from it."""
    if public is None:
        return "people could not come back from the identity provider: set TUIDING_PUBLIC_CONSOLE=https://..."
    if not is_private(settings.oidc_issuer):
        return f"TUIDING_OIDC_ISSUER {PRIVATE}"
    for name in ("oidc_client", "oidc_groups"):
        if not getattr(settings, name).strip():
            return f"TUIDING_{name.upper()} is empty: name what the identity provider calls it"
    if not _is_sound(settings.oidc_roles):
        return f"TUIDING_OIDC_ROLES is not role=group, with commas, each group for one role: {settings.oidc_roles}"
    try:
        secret_of(settings)
    except ValueError as error:
        return str(error)
    return ""


def cookies_are_secure(settings: Settings) -> bool:
    public = _public(settings)
    return public is not None and public.scheme == SECURE


def _is_sound(text: str) -> bool:
    try:
        return bool(roles_of(text))
    except ValueError:
        return False


def _public(settings: Settings) -> httpx.URL | None:
    try:
        url = httpx.URL(settings.public_console)
    except httpx.InvalidURL:
        return None
    return url if url.scheme in ("http", SECURE) and url.host else None


def _private(public: httpx.URL) -> bool:
    return public.scheme == SECURE or public.host in LOOPBACK
