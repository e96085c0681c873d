"""What was agreed with the channels, from the settings; and why a door refuses to start without it."""

import base64
import binascii
import contextlib
from collections.abc import Iterator
from pathlib import Path

from contracts.words import Channel
from policies.files.plain_files import read_text
from runtime.http.callers.shown import Keys
from runtime.http.private_address import PRIVATE, is_private
from runtime.settings import LOOPBACK, Settings

MOST_SECRETS = 2  # the one and, while it is exchanged, the next
SHORTEST_SECRET_BYTES = 24
ALOUD = "or say aloud that nobody signs in: TUIDING_AUTH=none"


class NotAgreed(ValueError):
    """One sentence: the setting and what to do."""


def must_sign_in(settings: Settings) -> bool:
    return settings.auth != "none" and bool(settings.channels_issuer or settings.channels_secrets_file)


def why_not(settings: Settings) -> str:
    """A sentence, or nothing: on this machine alone nobody has to sign in."""
    if settings.auth == "none":
        return ""
    if not must_sign_in(settings):
        if settings.host in LOOPBACK:
            return ""
        return (
            f"on {settings.host} anybody could end anybody's service; set TUIDING_CHANNELS_ISSUER or "
            f"TUIDING_CHANNELS_SECRETS_FILE (docs/channels.md); {ALOUD}"
        )
    try:
        agreed(settings)
    except NotAgreed as error:
        return str(error)
    return ""


def agreed(settings: Settings) -> Keys:
    """Without the provider's keys, which are asked for. Raises `NotAgreed`."""
    _check(settings)
    return Keys(
        issuer=settings.channels_issuer,
        audience=settings.channels_audience,
        clients=_of_one_channel(list(_clients(settings.channels_clients)), settings.channels_issuer),
        secrets=_secrets(settings.channels_secrets_file),
    )


def _check(settings: Settings) -> None:
    for name in ("channels_issuer", "channels_jwks"):
        if (address := getattr(settings, name)) and not is_private(address):
            raise NotAgreed(f"TUIDING_{name.upper()} {PRIVATE}")
    if settings.channels_issuer and not settings.channels_audience.strip():
        raise NotAgreed("TUIDING_CHANNELS_AUDIENCE is empty: a token that is for anybody else would do; name tuiding")


def _clients(told: str) -> Iterator[tuple[str, Channel]]:
    for each in filter(None, (part.strip() for part in told.split(","))):
        channel, _, client = (part.strip() for part in each.partition("="))
        if channel not in list(Channel) or not client:
            raise NotAgreed(f"TUIDING_CHANNELS_CLIENTS: {each!r} is not <channel>=<client id>, such as app=channel-app")
        yield client, Channel(channel)


def _of_one_channel(pairs: list[tuple[str, Channel]], issuer: str) -> dict[str, Channel]:
    """A channel may have two clients; no client is two channels."""
    clients = dict(pairs)
    if len(clients) < len(pairs):
        raise NotAgreed("TUIDING_CHANNELS_CLIENTS: one client stands there for two channels: give each its own")
    if issuer and not clients:
        raise NotAgreed("TUIDING_CHANNELS_CLIENTS is empty: no client of the provider would be a channel; name them")
    return clients


def _secrets(file: str) -> dict[Channel, tuple[str, ...]]:
    """A line each: the channel and its secret; a channel may have two of them."""
    if not file:
        return {}
    try:
        lines = read_text(Path(file)).splitlines()
    except OSError as error:
        raise NotAgreed(f"TUIDING_CHANNELS_SECRETS_FILE cannot be read ({error.strerror}): name a file") from None
    found: dict[Channel, tuple[str, ...]] = {}
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 2 or words[0] not in list(Channel) or not _strong(words[1]):
            raise NotAgreed(
                f"TUIDING_CHANNELS_SECRETS_FILE, line {number}: write <channel> whsec_<at least "
                f"{SHORTEST_SECRET_BYTES} bytes in base64>; tuiding deploy channel-secret makes one"
            )
        channel = Channel(words[0])
        found[channel] = (*found.get(channel, ()), words[1])
    return _told_apart(found)


def _told_apart(found: dict[Channel, tuple[str, ...]]) -> dict[Channel, tuple[str, ...]]:
    everything = [secret for secrets in found.values() for secret in secrets]
    if not everything:
        raise NotAgreed("TUIDING_CHANNELS_SECRETS_FILE is empty: tuiding deploy channel-secret makes a line for it")
    if len(set(everything)) < len(everything) or any(len(e) > MOST_SECRETS for e in found.values()):
        raise NotAgreed(
            f"TUIDING_CHANNELS_SECRETS_FILE: each channel has a secret of its own, and at most {MOST_SECRETS} of them"
        )
    return found


def _strong(secret: str) -> bool:
    with contextlib.suppress(binascii.Error):
        prefix, _, text = secret.partition("_")
        return prefix == "whsec" and len(base64.b64decode(text, validate=True)) >= SHORTEST_SECRET_BYTES
    return False
