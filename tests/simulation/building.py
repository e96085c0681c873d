"""A faulty build on one of two workers (F11): it fails on one kind of message, until it is rolled back.

Either its decision fails, or what it wants to write is nothing the database takes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from contracts.messages import Message
from contracts.rights import OURS
from policies.pack import Pack
from runtime.decision import Decision
from runtime.envelope import Record, Unreadable, decode, derived_id
from runtime.kernel.arrivals import Arrival, Consumed
from runtime.kernel.dead_letters import CANNOT_BE_STORED, DECISION_FAILED
from runtime.wiring import Decide, Wiring
from tests.proof.history import Letter

MOST_REDRIVES = 50
SOUND = (DECISION_FAILED, CANNOT_BE_STORED)  # the record is sound, the build was not


class Build:
    """What one worker runs; `fails_on` is the message type its bug is about."""

    def __init__(self, failed: Callable[[], None]) -> None:
        self.fails_on, self.in_writing, self.failed = "", False, failed

    def wired(self, wiring: Wiring) -> Wiring:
        on = tuple(each._replace(decide=self._perhaps(each.decide)) for each in wiring.on)
        known = {new.decide for new, each in zip(on, wiring.on, strict=True) if each.decide in wiring.on_sight}
        return wiring._replace(on=on, on_sight=wiring.on_sight | known)

    def _perhaps(self, decide: Decide) -> Decide:
        def decided(case: Any, message: Message, now: datetime, pack: Pack) -> Decision:
            if message.type == self.fails_on and not self.in_writing:
                self.failed()
                raise ZeroDivisionError("a bug of this build")
            return decide(case, message, now, pack)

        return decided

    def refused(self, arrivals: Sequence[Arrival]) -> bool:
        """The database will not take what it makes of one of these."""
        if not (self.fails_on and self.in_writing):
            return False
        return self.fails_on in {_kind(each.record) for each in arrivals if isinstance(each, Consumed)}


def _kind(record: Record) -> str:
    """Of what can be read: nothing else comes to be written."""
    try:
        return decode(record).message.type
    except Unreadable:
        return ""


def mended(letters: Iterable[Letter], decided: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """(group, place) of what a faulty build set aside, and what was decided once it was sent again.

    `decided`: (group, id of the input).
    """
    for letter in letters:
        if letter.code not in SOUND:
            continue
        headers = dict(letter.headers)
        own, before = _identity(headers), int(headers.get("x-redrive-count", b"0"))
        later = [
            (letter.group, derived_id(own, f"redrive/{count}")) for count in range(before + 1, before + MOST_REDRIVES)
        ]
        if sum(decided.count(each) for each in later) == 1:
            yield letter.group, letter.original


def _identity(headers: Mapping[str, bytes]) -> str:
    """A channel's ids are unique only together with their source."""
    own, source = (headers.get(name, b"").decode("ascii", "replace") for name in ("ce_id", "ce_source"))
    return own if source.startswith(OURS) else derived_id(source, own)
