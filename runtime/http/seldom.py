"""A line in the log for what strangers make happen as often as they like: one a second, with how often it was."""

from collections import Counter
from typing import Any

import structlog

SECONDS = 1.0

log = structlog.get_logger()


class Seldom:
    def __init__(self) -> None:
        self.since, self.silent_until = Counter[str](), dict[str, float]()

    def say(self, what: str, now: float, **more: Any) -> None:
        """`more`: of the last one. Those of the second after a line are told with the next."""
        self.since[what] += 1
        if now >= self.silent_until.get(what, now):
            self.silent_until[what] = now + SECONDS
            log.info(what, times=self.since.pop(what), **more)
