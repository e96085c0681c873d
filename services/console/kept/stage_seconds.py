"""How long requests are at each stage, for Prometheus, from the events as they come."""

from collections import deque
from collections.abc import Iterable

from prometheus_client import Histogram
from prometheus_client.metrics_core import Metric

from services.console.kept.tally import Request

MOST_FOLLOWED = 100_000
BUCKETS = (0.1, 1, 10, 60, 600, 3_600, 86_400, 7 * 86_400, 30 * 86_400)
STAGE_SECONDS = Histogram(
    "tuiding_stage_seconds", "How long requests were at a stage", ["stage"], buckets=BUCKETS, registry=None
)
MICROSECONDS = 1_000_000


NOTED: deque[tuple[str, int]] = deque(maxlen=MOST_FOLLOWED)  # not observed yet: taking events in must cost little


def collected() -> Iterable[Metric]:
    while NOTED:
        stage, microseconds = NOTED.popleft()
        STAGE_SECONDS.labels(stage).observe(microseconds / MICROSECONDS)
    return STAGE_SECONDS.collect()


class Stages:
    """When each request came to its stage, of those that moved since this console began."""

    def __init__(self, observed: bool = True) -> None:
        self.observed = observed  # what is only read again was counted by another one
        self._entered: dict[str, tuple[str, int]] = {}

    def moved(self, before: Request | None, after: Request, at: int) -> None:
        stage, since = self._entered.pop(after.request_id, ("", 0))
        if self.observed and before and stage == before.stage and at >= since:
            NOTED.append((stage, at - since))
        if not after.end:
            self._entered[after.request_id] = (after.stage, at)
        if len(self._entered) > MOST_FOLLOWED:
            del self._entered[next(iter(self._entered))]
