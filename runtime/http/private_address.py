"""Whether an address may be trusted with secrets and keys: nobody stands between, and nothing is hidden in it."""

import httpx

from runtime.setting_kinds import is_address
from runtime.settings import LOOPBACK

PRIVATE = (
    "must be an https:// address, without a password or # in it: whoever stands between could read it or put in keys "
    "of his own"
)


def is_private(address: str) -> bool:
    """Over TLS, or on this machine."""
    if not is_address(address):
        return False
    url = httpx.URL(address)
    safe = url.scheme == "https" or (url.scheme == "http" and url.host in LOOPBACK)
    return safe and bool(url.host) and not url.userinfo and "#" not in address
