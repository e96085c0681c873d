"""Holds the carrier's ledger against what the services said, request by request, to the minor unit."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from contracts.meaning import Way
from contracts.messages import TYPES
from contracts.messages.billing import FeeRefunded, FeeSettled
from contracts.messages.notify import NoticeSent, RequestClosed
from demo.effects import effects
from demo.listener import Heard
from demo.scene import Scene
from runtime.kafka.lag import lag

PAGE = 10_000
TELLING = (NoticeSent.type, RequestClosed.type)
REST_SECONDS = 2.5  # more than the pause between two commits of a consumer
AT_MOST_SECONDS = 60.0


class Moved(NamedTuple):
    """Minor units that left or came back to one customer."""

    charged: int = 0
    refunded: int = 0
    waived: int = 0

    def plus(self, other: "Moved") -> "Moved":
        return Moved(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def said_of(heard: Iterable[Heard]) -> Moved:
    """What the events of one request say was moved."""
    total, settled = Moved(), 0
    for event in heard:
        total = total.plus(_moved(event))
        settled += _minor(event.body, "paid") if event.type == FeeSettled.type else 0
    taken_back = sum(_minor(event.body, "amount") for event in heard if _gives_back_the_settlement(event))
    if taken_back and not settled:  # withdrawn while the bank was still paying: taken and given back in one breath
        total = total.plus(Moved(charged=taken_back))
    return total


def _moved(event: Heard) -> Moved:
    sums = Counter[Way]()
    for each in TYPES[event.type].moves:
        minor = _minor(event.body, each.field)
        sums[each.way_of(minor)] += abs(minor)
    return Moved(sums[Way.CHARGE], sums[Way.REFUND], sums[Way.WAIVE])


def _gives_back_the_settlement(event: Heard) -> bool:
    return event.type == FeeRefunded.type and event.body["cause"] == "withdrawal"


def _minor(body: Mapping[str, Any], field: str) -> int:
    return int(body[field]["minor"])


class Reckoning(NamedTuple):
    total: Moved
    disagreements: list[str]  # each a sentence; none: money is conserved

    def as_json(self) -> dict[str, Any]:
        return {**self.total._asdict(), "conserved": not self.disagreements, "disagreements": self.disagreements[:20]}


async def reckon(scene: Scene) -> Reckoning:
    """For a tuiding at rest."""
    booked: dict[str, list[dict[str, Any]]] = {}
    for row in await _whole_ledger(scene):
        booked.setdefault(row["request_id"], []).append(row)
    booked.pop("", None)  # the customers' own acts
    heard, found = scene.listener.everything(), []
    total = Moved()
    for request_id in booked.keys() | heard.keys():
        here, there = said_of(heard.get(request_id, ())), Moved(*effects(booked.get(request_id, ()))[:3])
        total = total.plus(there)
        if here != there:
            found.append(f"{request_id}: the services say {here}, the ledger {there}")
        found += _told_twice(request_id, heard.get(request_id, ()), booked.get(request_id, ()))
    return Reckoning(total, [*found, *_audited(await scene.carrier_acts("GET", "/ledger/summary"))])


async def _whole_ledger(scene: Scene) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        after = rows[-1]["entry"] if rows else 0
        page: Sequence[dict[str, Any]] = await scene.carrier_acts("GET", f"/ledger?after={after}&limit={PAGE}")
        rows += page
        if len(page) < PAGE:
            return rows


def _told_twice(request_id: str, heard: Iterable[Heard], booked: Iterable[Mapping[str, Any]]) -> list[str]:
    """One notice for one event: two declines are two notices in the same words, which an auditor cannot tell apart."""
    causes = [event.cause for event in heard if event.type in TELLING]
    sent = sum(row["kind"] == "send" for row in booked)
    if len(causes) == len(set(causes)) == sent:
        return []
    return [f"{request_id}: {sent} notices sent, {len(causes)} said to be, about {len(set(causes))} events"]


def _audited(summary: dict[str, Any]) -> list[str]:
    """What the carrier's own auditor has to say."""
    found = [f"carried out twice: {row}" for row in summary["doubled"] if row["kind"] != "send"]
    found += [f"does not balance: {row}" for row in summary["unbalanced"]]
    created = summary["created_minor"]
    return found + ([f"{created} minor units came from nowhere"] if created else [])


def ends_of(everything: Mapping[str, Sequence[Heard]]) -> Counter[str]:
    """How every request ended, by its events; `open` for one that waits for somebody, visibly."""
    return Counter(_end_of(heard) for heard in everything.values())


def _end_of(heard: Sequence[Heard]) -> str:
    ends = [event.end for event in heard if event.end]
    if len(ends) > 1:
        return f"ended {len(ends)} times"
    return ends[0] if ends else "open"


async def at_rest(scene: Scene) -> bool:
    """Waits until everybody has read everything and nobody says anything more."""
    loop = asyncio.get_running_loop()
    deadline, records = loop.time() + AT_MOST_SECONDS, -1
    while loop.time() < deadline:
        before, records = records, sum(scene.listener.records.values())
        behind = sum(each.behind for each in await asyncio.to_thread(lag, scene.addresses["kafka"]))
        if records == before and not behind:
            return True
        await asyncio.sleep(REST_SECONDS)
    return False
