"""What was heard before, and what nobody can use: the inbox and the dead letters of a transaction."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa

from contracts.flow import dead_letter_topic
from policies.editions import Editions
from policies.pack import Pack
from runtime.envelope import Record, Unreadable
from runtime.kernel.arrivals import Arrived, Consumed, Folded, Letter
from runtime.kernel.cases import Remembered
from runtime.kernel.dead_letters import (
    ANY,
    LETTER_ID,
    OFFSETS,
    OTHER_CONTENT,
    SAME_ID_OTHER_CONTENT,
    STANDS_FOR,
    letter_id,
    letter_ids,
    permit_id,
    source_named,
    spans,
    why,
)
from runtime.kernel.inputs import when_sent_again
from runtime.kernel.reached import Reached
from runtime.kernel.statements import Statements
from runtime.kernel.store import Store, ticks
from runtime.signatures import Signatures
from runtime.wiring import Wiring

MOST_SOURCES = 4  # of a partition in one transaction that have a letter each
LONG_AGO = timedelta(days=1)  # an id of the inbox that is younger than this need not be renewed


class Around(Protocol):
    """What a transaction uses of the kernel that it belongs to."""

    wiring: Wiring
    worker: str
    topic: str
    sql: Statements
    store: Store
    by_source: bool
    editions: Editions
    remembered: Remembered
    reached: Reached
    next_due: datetime
    forgot_at: datetime
    signatures: Signatures
    taken_then: bool

    def pack_of(self, policy: str, now: datetime) -> Pack: ...


class Again(NamedTuple):
    """What came under an id that was taken before; `content` of an outsider's command."""

    id: str
    content: str | None
    request_id: str
    arrival: Arrived


class Heard:
    kernel: Around
    tx: sa.Connection
    now: datetime
    at: int
    outbox: list[tuple[str, Record]]
    letters: list[Letter]
    seen_before: list[str]  # whose unpublished records, if any, must be published again
    duplicates: int

    def _new_in_inbox(self, ids: Mapping[str, str | None]) -> set[str]:
        """What is heard again is remembered anew: sent again weeks later, it lies on its topic for weeks longer.

        `ids` with the content that each of them names from now on, where it is an outsider's.
        """
        if not ids:
            return set()
        sql = self.kernel.sql
        new = {row[0] for row in sql.inbox(self.tx, [(each, self.at, content) for each, content in ids.items()])}
        if again := [each for each in ids if each not in new]:
            sql.heard_again(self.tx, again, now=self.at, long_ago=ticks(self.now - LONG_AGO))
        return new

    def _taken_formerly(self, ids: Mapping[str, str]) -> set[str]:
        """Of those new here, the ones that an earlier build took in, which knew no sources; `ids`: old form to new."""
        until = self.kernel.store.ids_without_source_until
        old = [each for each in ids if each]
        if not old or not until:
            return set()
        return {ids[row[0]] for row in self.kernel.sql.known_before(self.tx, old, until=until)}

    def _come_again(self, came: Mapping[str, str]) -> set[str]:
        """Of those that say they are sent again, the ones that may: `came` is their ids to those before.

        Whoever can write such a header has no decision taken twice by it: what was taken in before comes again only if
        it was set aside here, and what was not, or is long forgotten, counts under its id before as well.
        """
        if self.kernel.taken_then:
            return set(came)
        permits = {permit_id(own): own for own in came}
        known = {row[0] for row in self.kernel.sql.known_before(self.tx, [*permits, *came.values()], until=sys.maxsize)}
        allowed = {own for permit, own in permits.items() if permit in known}
        if until := self.kernel.store.without_permits_until:
            old = {row[0] for row in self.kernel.sql.known_before(self.tx, list(came.values()), until=until)}
            allowed |= {own for own, before in came.items() if before in old}
        unknown = {before: own for own, before in reversed([*came.items()]) if before not in known}
        self._new_in_inbox(dict.fromkeys(unknown))
        return allowed | set(unknown.values())

    def _permit(self, consumed: Consumed) -> None:
        """It was taken in and is set aside: an operator may send it again."""
        again = when_sent_again(consumed, self.kernel.by_source)
        self._new_in_inbox({permit_id(again): None})

    def _heard_before(self, known: Sequence[Again]) -> None:
        """The same once more changes nothing; another command under an id that is taken is its sender's breach."""
        contents = dict(map(tuple, self.kernel.sql.contents(self.tx, [each.id for each in known if each.content])))
        broken: list[Arrived] = []
        for each in known:
            if contents.get(each.id, each.content) == each.content:
                self.duplicates += 1
                self.seen_before.append(each.request_id)
            else:
                broken.append(each.arrival)
        for alike in _by_sender(broken):
            self._same_id_other_content(alike)

    def _same_id_other_content(self, alike: Sequence[Consumed]) -> None:
        """Many are told together: whoever sends them by the thousand costs nobody a letter for each."""
        error = Unreadable(SAME_ID_OTHER_CONTENT, OTHER_CONTENT)
        if len(alike) == 1:
            self.set_aside([(alike[0], error)])
        else:
            places = tuple((each.offset, each.timestamp_ms) for each in alike)
            sources = {source_named(each.record) for each in alike}
            self.fold(Folded(alike[0], error, ANY if len(sources) > 1 else sources.pop(), places))

    def set_aside(self, unreadable: Sequence[tuple[Consumed, Unreadable]]) -> None:
        """Dead letters for records that break the contract; a record that was set aside before is not repeated."""
        new = self._new_in_inbox({letter_id(consumed): None for consumed, _ in unreadable})
        for consumed, error in unreadable:
            letter = letter_id(consumed)
            if discard(new, letter):
                self._dead_letter(letter, letter, consumed.record, consumed, error.code, error)
            else:
                self.seen_before.append(letter)

    def fold(self, many: Folded) -> None:
        """One dead letter for those among them that nobody set aside before; it says which they are."""
        ids = letter_ids(many)
        new = self._new_in_inbox(dict.fromkeys(ids))
        self.seen_before += ids.keys() - new
        if fresh := [own for own in ids if own in new]:
            offsets, first, code = [ids[own] for own in fresh], many.first, many.error.code
            told = Unreadable(code, f"{many.error}; it stands for {len(offsets)} like it, at {spans(offsets)}")
            which = [(STANDS_FOR, str(len(offsets)).encode()), (OFFSETS, spans(offsets).encode())]
            self._dead_letter(fresh[0], fresh[0], first.record, first, code, told, which)
            self.letters[-1] = Letter(code, first.record.topic, many.source, len(offsets))

    def _dead_letter(
        self,
        request_id: str,
        letter: str,
        record: Record,
        consumed: Consumed | None,
        code: str,
        error: Exception,
        more: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """The untouched record and why, to the dead-letter topic, through the outbox like everything else."""
        self.letters.append(Letter(code, record.topic, source_named(record)))
        reasons = why(record, consumed, code, error, self.now)
        headers = [*record.headers, (LETTER_ID, letter.encode()), *reasons, *more]
        topic = dead_letter_topic(self.kernel.wiring.service)
        self.outbox.append((request_id, Record(topic, record.key, record.value, headers)))


def _by_sender(arrivals: Sequence[Arrived]) -> Iterator[list[Consumed]]:
    """Within a partition: a letter names the places of one. Whoever makes up a name for each costs few letters more."""
    found: dict[tuple[str, int], dict[str, list[Consumed]]] = {}
    for each in arrivals:
        assert isinstance(each, Consumed)
        senders, source = found.setdefault((each.record.topic, each.partition), {}), source_named(each.record)
        known = source in senders or len(senders) < MOST_SOURCES
        senders.setdefault(source if known else ANY, []).append(each)
    for senders in found.values():
        yield from senders.values()


def discard(members: set[Any], member: Any) -> bool:
    present = member in members
    members.discard(member)
    return present
