"""What the console alone can tell Prometheus: lag in time, what waits, and since when."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from contracts.flow import group_id
from services.console.kept.stage_seconds import collected
from services.console.showing.shared_view import View
from services.console.wording.saying import moment_of


class Measured(Collector):
    """Of what was last known: whoever scrapes waits for no broker and no database."""

    def __init__(self, view: View) -> None:
        self.view = view

    def collect(self) -> Iterable[Metric]:
        yield from self._lag()
        yield from self._waiting()
        yield from collected()

    def _lag(self) -> Iterator[Metric]:
        seconds = GaugeMetricFamily("tuiding_lag_seconds", "Age of the oldest unread record", labels=["group", "topic"])
        records = GaugeMetricFamily("tuiding_lag_records", "Records not yet read", labels=["group", "topic"])
        for (topic, group), behind in self.view.watch.seen.behind.items():
            seconds.add_metric([group_id(group), topic], behind.seconds)
            records.add_metric([group_id(group), topic], behind.records)
        yield from (seconds, records)
        held = {each["topic"]: each["uncommitted_seconds"] for each in self.view.watch.seen.topics}
        yield _by("tuiding_uncommitted_seconds", "Age of the oldest open transaction", "topic", held)

    def _waiting(self) -> Iterator[Metric]:
        facts, now = self.view.facts, datetime.now(UTC)
        waiting = facts.waiting
        yield _by("tuiding_incidents_open", "What waits for a person", "kind", waiting.person)
        yield GaugeMetricFamily("tuiding_dead_letters_open", "Dead letters nobody dealt with", waiting.letters)
        yield GaugeMetricFamily("tuiding_clocks_late", "Promises of the carrier that are overdue", waiting.late)
        open_rows, oldest = dict[str, float](), dict[str, float]()
        for row in self.view.under_way.rows:
            open_rows[row["stage"]] = open_rows.get(row["stage"], 0) + row["requests"]
            began = moment_of(row["oldest_at"])
            age = (now - began).total_seconds() if began else 0.0
            oldest[row["stage"]] = max(age, oldest.get(row["stage"], 0.0))
        yield _by("tuiding_requests_open", "Requests under way", "stage", open_rows)
        yield _by("tuiding_oldest_waiting_seconds", "Age of the oldest request at a stage", "stage", oldest)


def _by(name: str, what: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, what, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
