"""Whose turn it was while a request stood at a stage: pure functions over its events."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from contracts.meaning import Stage
from services.console.kept.queries import Json
from services.console.kept.tally import OPENS, SETTLES, covers, named
from services.console.wording.saying import moment_of
from services.console.wording.turns import ASKED_AT

CUSTOMER, PERSON, CARRIER, DAY, OURS, LATE = "customer", "person", "carrier", "day", "ours", "late"
AT_STAGE: dict[str, str] = {
    **dict.fromkeys(ASKED_AT, CARRIER),  # these end with an answer of its system
    **dict.fromkeys((Stage.INFORMATION_REQUIRED, Stage.QUOTED, Stage.PAYMENT_FAILED), CUSTOMER),
    Stage.REFERRED: PERSON,
    Stage.SCHEDULED: DAY,
    Stage.LATE: LATE,
}


class Turn(NamedTuple):
    began: datetime
    until: datetime
    whose: str

    @property
    def seconds(self) -> float:
        return (self.until - self.began).total_seconds()


def turns(stage: str, began: datetime, until: datetime, others: Iterable[Turn]) -> list[Turn]:
    """The stage cut where it became somebody else's turn and back; of `others` the first that covers a piece has it."""
    own, there = AT_STAGE.get(stage, OURS), [each for each in others if each.began < until and each.until > began]
    cuts = sorted({began, until, *(at for each in there for at in (each.began, each.until) if began < at < until)})
    found: list[Turn] = []
    for start, end in pairwise(cuts):
        whose = next((each.whose for each in there if each.began <= start and end <= each.until), own)
        if found and found[-1].whose == whose:
            found[-1] = found[-1]._replace(until=end)
        else:
            found.append(Turn(start, end, whose))
    return found or [Turn(began, until, own)]


def persons(events: Sequence[Json], now: datetime) -> list[Turn]:
    """While anything of it waited for a person in operations."""
    opened, found = dict[str, datetime](), list[Turn]()
    for event, at in _in_order(events):
        body = event["body"] if isinstance(event["body"], dict) else {}
        if settled := SETTLES.get(event["type"]):
            over = [name for name in opened if covers(settled, name, body)]
            found += [Turn(opened.pop(name), at, PERSON) for name in over]
        if begun := OPENS.get(event["type"]):
            opened.setdefault(named(begun, body), at)
    return found + [Turn(at, now, PERSON) for at in opened.values()]


def _in_order(events: Sequence[Json]) -> Iterator[tuple[Json, datetime]]:
    for event in sorted(events, key=lambda each: str(each["at"])):
        if at := moment_of(event["at"]):
            yield event, at
