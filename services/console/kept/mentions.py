"""Which dead letters name a subscription: as a whole, however it is escaped."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

import sqlalchemy as sa

from runtime.kernel.store import Store
from services.console.kept import erasing
from services.console.kept.tables import DEAD_LETTERS

ESCAPED = re.compile(rb"\\+u([0-9a-f]{4})|\\+[bfnrt]|%([0-9a-f]{2})", re.IGNORECASE)  # in JSON, also twice; in a URL
ASCII = 128
EDGE_BEFORE, EDGE_AFTER = rb"(?<![0-9a-z])", rb"(?![0-9a-z])"
ORIGINAL = [DEAD_LETTERS.c[name] for name in ("place", "request_id", "key", "value", "headers")]
AT_ONCE = 200  # read together


def letters_naming(store: Store, subscription: str, request_ids: Collection[str]) -> tuple[str, ...]:
    """Places of those of its requests, and of all others whose original names it."""
    own, names = set(request_ids), naming(subscription)
    return tuple(
        letter.place
        for letter in _originals(store)
        if letter.request_id in own or any(map(names, (letter.value, letter.key, letter.headers)))
    )


def _originals(store: Store) -> Iterator[sa.Row[Any]]:
    """All that are still there: a database can look for bytes, and not for what they mean."""
    kept, last = sa.select(*ORIGINAL).where(DEAD_LETTERS.c.state != erasing.STATE), ""
    while rows := store.read(kept.where(DEAD_LETTERS.c.place > last).order_by(DEAD_LETTERS.c.place).limit(AT_ONCE)):
        yield from rows
        last = rows[-1].place


def naming(identifier: str) -> Callable[[bytes | None], bool]:
    """No two of them differ in their case alone, so one in capitals, which our contract refuses, means the same."""
    whole = re.compile(EDGE_BEFORE + re.escape(identifier.encode()) + EDGE_AFTER, re.IGNORECASE)
    return lambda text: text is not None and whole.search(ESCAPED.sub(_meant, text)) is not None


def _meant(escape: re.Match[bytes]) -> bytes:
    """A space for whatever is part of no identifier."""
    code = int(escape[1] or escape[2] or b"20", 16)
    return chr(code).encode() if code < ASCII else b" "
