"""Names under which a store keeps something of a request or a subscription that is no case."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

KEPT = timedelta(days=7)  # every row
TODAY = "commands:"  # rows that count the commands for a subscription and day (UTC)
GONE = "gone/"  # names of requests that were erased: nobody else gets their ids
RECEIVED = "request:"  # rows of what was handed to the broker and may not be decided yet


def gone(request_id: str) -> str:
    """Under which name it is known that this request was erased, and not what it was."""
    return f"{GONE}{sha256(request_id.encode()).hexdigest()}"


def received(request_id: str) -> str:
    return f"{RECEIVED}{request_id}"


def counted(subscription: str, day: datetime) -> str:
    return f"{TODAY}{subscription}:{day:%Y-%m-%d}"


def all_counted(subscription: str, now: datetime) -> Iterator[str]:
    """Of each day of which a row may still be there; clocks of two workers may be a day apart."""
    for days in range(-1, KEPT.days + 2):
        yield counted(subscription, now - timedelta(days=days))
