"""The carrier's systems, as the heartbeats of all workers show them together; pure functions."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from contracts.health import Heartbeat, SystemSeen

AWAY_AFTER = 3  # tries in vain in a row, of one worker: a single one happens to everybody


class System(NamedTuple):
    """One system of the carrier, as all workers see it together."""

    name: str
    away: bool
    answered: int
    failed: int
    since: datetime | None
    last_error: str
    answered_at: datetime | None
    seconds: float
    waiting: int
    p95: float = 0.0  # of the worker that waits longest
    resting: int = 0  # workers whose breaker is open

    @property
    def verdict(self) -> str:
        return "away" if self.away else "unsteady" if self.waiting else "unasked" if not self.answered else "ok"


def systems(workers: Iterable[Heartbeat]) -> list[System]:
    by_name: dict[str, list[SystemSeen]] = {}
    slowest, resting = dict[str, int](), Counter[str]()
    for worker in workers:
        for seen in worker.systems:
            by_name.setdefault(seen.system, []).append(seen)
        for name, took in worker.p95_ms.items():
            slowest[name] = max(took, slowest.get(name, 0))
        resting.update(worker.resting)
    together = [_together(name, seen) for name, seen in sorted(by_name.items())]
    return [each._replace(p95=slowest.get(each.name, 0) / 1000, resting=resting[each.name]) for each in together]


def _together(name: str, seen: list[SystemSeen]) -> System:
    away = [each for each in seen if each.failed_in_a_row >= AWAY_AFTER]
    worst = max(seen, key=lambda each: (each.failed_in_a_row, each.failed))
    answered = sum(each.answered for each in seen)
    weighed = sum(each.answer_ms * each.answered for each in seen)
    return System(
        name,
        bool(away),
        answered,
        sum(each.failed for each in seen),
        min((each.failing_since for each in away if each.failing_since), default=None),
        worst.last_error,
        max((each.last_answer_at for each in seen if each.last_answer_at), default=None),
        weighed / answered / 1000 if answered else 0.0,
        sum(each.waiting for each in seen),
    )
