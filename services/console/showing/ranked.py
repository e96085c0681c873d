"""Each list of the pages and doors, worst first: what of a row says how bad it is, by the rule of `watched/rank.py`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from contracts.flow import BY_NAME
from contracts.health import Heartbeat
from services.console.kept.queries import Json
from services.console.showing import meanings
from services.console.watched import findings
from services.console.watched.rank import FINE, Rank, lasting_since, rank, worst_first
from services.console.watched.systems import System
from services.console.wording import words
from services.console.wording.saying import moment_of


def topics(rows: Iterable[Json]) -> list[Json]:
    """What is in step stays in the order of the flow."""
    return worst_first((topic | {"in_step": _of_topic(topic) == FINE} for topic in rows), _of_topic)


def readers(rows: Iterable[Json]) -> list[Json]:
    return sorted(rows, key=lambda each: (_of_reader(each), each["seconds"]), reverse=True)


def partitions(rows: Iterable[Json], verdicts: Mapping[str, str]) -> list[Json]:
    """As its reader is judged, where that has not read it to its end; the others by their number."""
    return worst_first(rows, lambda each: _of_partition(each, verdicts))


def systems(seen: Iterable[System]) -> list[System]:
    """Also those nobody has asked yet."""
    known = {each.name: each for each in seen}
    every = [known.get(name, System(name, False, 0, 0, None, "", None, 0.0, 0)) for name in words.SYSTEMS]
    return worst_first(every, lambda each: rank(each.verdict, lasting_since(each.since), each.waiting))


def workers(alive: Iterable[Heartbeat], now: datetime) -> list[Heartbeat]:
    """Those that are well stay along the road."""
    return worst_first(sorted(alive, key=_along_the_road), lambda each: _of_worker(each, now))


def waiting(incidents: Sequence[Json]) -> list[Json]:
    """What should have been done by now, before what has only waited for longer."""
    return worst_first(incidents, _of_incident)


def letters(groups: Iterable[Json]) -> list[Json]:
    return worst_first(groups, lambda each: rank("letters", _lasting(each["oldest"]), len(each["letters"])))


def _of_topic(topic: Json) -> Rank:
    return max(_held(topic["uncommitted"], topic["uncommitted_seconds"]), *map(_of_reader, topic["first"]), FINE)


def _of_reader(reader: Json) -> Rank:
    return rank(reader["verdict"], reader["seconds"])


def _held(records: int, seconds: float) -> Rank:
    return rank("uncommitted", seconds) if records else FINE


def _of_partition(partition: Json, verdicts: Mapping[str, str]) -> Rank:
    held: Any = partition["held"]
    unread = {group: mine for group, mine in partition["groups"].items() if mine and mine["behind"]}
    return max(
        _held(held.records, held.seconds) if held else FINE,
        *(rank(verdicts[group], lasting_since(mine["oldest"]), mine["behind"]) for group, mine in unread.items()),
        FINE,
    )


def _of_worker(worker: Heartbeat, now: datetime) -> Rank:
    if findings.silent(worker, now):
        return rank("silent", lasting_since(worker.at))
    if worker.kept_back:
        return rank("kept-back", waiting=worker.kept_back)
    return rank("waits", waiting=worker.calls) if worker.waiting_for else FINE


def _along_the_road(worker: Heartbeat) -> tuple[int, str]:
    return list(BY_NAME).index(worker.service) if worker.service in BY_NAME else len(BY_NAME), worker.worker


def _of_incident(incident: Json) -> Rank:
    return rank("late" if meanings.due_of(incident["body"]) else "person", _lasting(incident["at"]))


def _lasting(at: str) -> float:
    return lasting_since(moment_of(at))
