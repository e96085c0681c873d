"""What a proxy before us and the parser would read differently in the head of a request: nobody reads it then."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

VERSIONS = ("1.0", "1.1")
ANOTHER = re.compile(rb" (?:RTSP|ICE)/\d\.\d\r?\n")  # at the end of a request line: the parser takes it for HTTP
LONGEST_ENDING = 11  # of one of those: as much of what came before is looked at again
Headers = Sequence[tuple[bytes, bytes]]  # names in small letters


def two_meanings(version: str, target: bytes, headers: Headers) -> bool:
    """Another version, a body coded by more than its pieces, a fragment, an address of another host than the Host's."""
    codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
    if version not in VERSIONS or any(coding != b"chunked" for coding in codings) or (codings and version == "1.0"):
        return True
    return b"#" in target or (not target.startswith((b"/", b"*")) and not _as_the_host(target, headers))


def another_protocol(data: bytes) -> bool:
    """No body of ours has a line that ends like this."""
    return ANOTHER.search(data) is not None


def _as_the_host(target: bytes, headers: Headers) -> bool:
    """A target of the absolute form, which counts more than the Host where somebody reads both."""
    try:
        told = urlsplit(target.decode("ascii"))
    except ValueError:
        return False
    named = [value.decode("latin-1").strip().lower() for name, value in headers if name == b"host"]
    return told.scheme.lower() in ("http", "https") and named == [told.netloc.lower()]
