"""All changes of a what-if in a fixed amount of memory: who would be decided differently, who would pay what."""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from contracts.words import Money
from insight.past import Verdict
from insight.what_if import Change

Key = tuple[int, str]  # how much is at stake, the request


@dataclass
class Comparison:
    """`add` each change once; `most` is how many of the changed requests are kept, those with the most at stake."""

    most: int = 20
    requests: int = 0
    changed: int = 0
    pays: Counter[str] = field(default_factory=Counter)  # more, less, the-same
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)  # (before, after)
    before: Counter[str] = field(default_factory=Counter)  # minor units by currency
    after: Counter[str] = field(default_factory=Counter)
    grounds: Counter[str] = field(default_factory=Counter)  # of the new no's, by rule
    _kept: list[tuple[Key, Change]] = field(default_factory=list)

    def add(self, change: Change) -> None:
        self.requests += 1
        self.outcomes[change.before.outcome, change.after.outcome] += 1
        self._money(change)
        if change.differs:
            self.changed += 1
            self.grounds.update(set(change.after.grounds) - set(change.before.grounds))
            self._keep(change)

    def _money(self, change: Change) -> None:
        for sums, verdict in ((self.before, change.before), (self.after, change.after)):
            if verdict.total:
                sums[verdict.total.currency] += verdict.total.minor
        more = change.more_minor
        self.pays["more" if more > 0 else "less" if more < 0 else "the-same"] += 1

    def _keep(self, change: Change) -> None:
        entry = ((abs(change.more_minor), change.request_id), change)
        if len(self._kept) < self.most:
            heapq.heappush(self._kept, entry)
        elif self._kept:
            heapq.heappushpop(self._kept, entry)

    @property
    def kept(self) -> list[Change]:
        """Those with the most money at stake first."""
        return [change for _, change in sorted(self._kept, key=lambda entry: entry[0], reverse=True)]

    def as_json(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "changed": self.changed,
            "pays": {name: self.pays[name] for name in ("more", "less", "the-same")},
            "outcomes": [
                {"before": before, "after": after, "requests": count}
                for (before, after), count in sorted(self.outcomes.items())
            ],
            "totals": [
                {"currency": currency, "before": self.before[currency], "after": self.after[currency]}
                for currency in sorted(self.before.keys() | self.after.keys())
            ],
            "new_grounds": dict(self.grounds.most_common()),
            "most_at_stake": [change_json(change) for change in self.kept],
        }


def change_json(change: Change) -> dict[str, Any]:
    told = {"request_id": change.request_id, "kind": change.kind, "channel": change.channel}
    return told | {"before": _verdict_json(change.before), "after": _verdict_json(change.after)}


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    total: Money | None = verdict.total
    money = {"total": total.model_dump()} if total else {}
    return {"outcome": verdict.outcome, "grounds": list(verdict.grounds)} | money
