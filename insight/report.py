"""The report of a time: how many asked, why, where, how it ended, how long it took, what was late, what money moved."""

from array import array
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from contracts.messages.billing import FeeSettled, QuoteIssued
from contracts.messages.intake import ConfirmationGiven, RequestAccepted
from contracts.messages.notify import RequestClosed
from contracts.messages.review import RequestApproved, RequestRejected
from contracts.messages.termination import PortCodeIssued, ServiceTerminated
from insight import parity
from insight.durations import Spread, spread
from insight.tracks import Track
from policies.pack import Pack

STAGES: dict[str, tuple[str, tuple[str, ...]]] = {  # from the first moment to the first of these
    "review": (RequestAccepted.type, (RequestApproved.type, RequestRejected.type)),
    "quote": (RequestApproved.type, (QuoteIssued.type,)),
    "customer": (QuoteIssued.type, (ConfirmationGiven.type,)),
    "settlement": (ConfirmationGiven.type, (FeeSettled.type,)),
    "last-notice": (ServiceTerminated.type, (RequestClosed.type,)),
    "whole": (RequestAccepted.type, (RequestClosed.type,)),
}
OFF = (ServiceTerminated.type, PortCodeIssued.type)
ORDER = ("review", "quote", "customer", "settlement", "notice-period", "termination", "last-notice", "whole")


class Report:
    """`add` each request once; what is kept does not grow with their number, but for eight bytes a duration."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.requests = 0
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self.by: defaultdict[str, Counter[str]] = defaultdict(Counter)  # day, kind, channel, reason, end
        self.late: Counter[str] = Counter()
        self.late_requests = 0
        self.disputes: Counter[str] = Counter()
        self.complaints: Counter[tuple[str, str]] = Counter()
        self.money: Counter[tuple[str, str, str]] = Counter()  # (currency, what, cause) -> minor units
        self.moves: Counter[tuple[str, str, str]] = Counter()
        self.seconds: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
        self.parity = parity.Tally()

    def add(self, track: Track) -> None:
        self.requests += 1
        self.first_at = min(self.first_at or track.first_at, track.first_at)
        self.last_at = max(self.last_at or track.first_at, track.first_at)
        self._count(track)
        self._measure(track)
        self.parity.add(track)

    def _count(self, track: Track) -> None:
        day = str(track.first_at.astimezone(self.pack.zone).date())
        told = {"kind": track.kind, "channel": track.channel, "reason": track.reason, "end": track.end or "open"}
        for name, value in (told | {"day": day}).items():
            self.by[name][value or "unknown"] += 1
        self.late.update(track.late)
        self.late_requests += bool(track.late)
        self.disputes.update(track.disputes)
        self.complaints.update(track.complaints)
        for each in track.moved:
            self.money[each.currency, each.what, each.cause] += each.minor
            self.moves[each.currency, each.what, each.cause] += 1

    def _measure(self, track: Track) -> None:
        for stage, (begin, ends) in STAGES.items():
            end = next((track.passed[name] for name in ends if name in track.passed), None)
            if begin in track.passed and end is not None:
                self.seconds[stage].append((end - track.passed[begin]).total_seconds())
        settled, off = (
            track.passed.get(FeeSettled.type),
            next((track.passed.get(n) for n in OFF if n in track.passed), None),
        )
        if settled and off and track.service_end:
            begins = max(settled, track.service_end)
            self.seconds["notice-period"].append((begins - settled).total_seconds())
            self.seconds["termination"].append(max(0.0, (off - begins).total_seconds()))

    def stages(self) -> dict[str, Spread]:
        return {stage: spread(self.seconds[stage]) for stage in ORDER if stage in self.seconds}

    def as_json(self) -> dict[str, Any]:
        rows = self.parity.rows(self.pack)
        return {
            "pack": self.pack.id,
            "first_at": self.first_at and self.first_at.isoformat(),
            "last_at": self.last_at and self.last_at.isoformat(),
            "requests": self.requests,
            "by": {name: dict(sorted(counts.items())) for name, counts in sorted(self.by.items())},
            "seconds": {stage: figures._asdict() for stage, figures in self.stages().items()},
            "late": {"requests": self.late_requests, "promises": dict(sorted(self.late.items()))},
            "disputes": dict(sorted(self.disputes.items())),
            "complaints": [
                {"level": level, "what": what, "times": times}
                for (level, what), times in sorted(self.complaints.items())
            ],
            "money": [
                {"currency": key[0], "what": key[1], "cause": key[2], "minor": minor, "times": self.moves[key]}
                for key, minor in sorted(self.money.items())
            ],
            "channels": [parity.parity_json(row) for row in rows],
            "findings": [found.model_dump() for found in parity.findings(rows)],
        }
