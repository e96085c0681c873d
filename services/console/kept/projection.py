"""Takes in what every service says, a batch in one transaction; the same batch again changes nothing."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import reduce
from itertools import chain
from typing import Any
from zlib import compress

import sqlalchemy as sa

from contracts.messages.ops import SubscriptionErased
from policies.editions import of
from policies.pack import Editions, Pack
from runtime.envelope import Record, Unreadable
from runtime.kernel.arrivals import Arrival, Consumed, Outcome, SetAside
from runtime.kernel.making import make
from runtime.kernel.packing import unpacked
from runtime.kernel.reached import Mark, Reached, further
from runtime.kernel.store import Store
from runtime.signatures import OFF, Signatures
from services.console.kept.believed import believed, doubtful, without_doubts
from services.console.kept.deadlines import MATTERS, Deadlines, deadlines, policy_of
from services.console.kept.erasing import erase, erased_before
from services.console.kept.forgetting import ERASED, forget, is_act, nobodys
from services.console.kept.read_model import as_kept_now, events_by_request, out_of_date, throw_away, up_to_date
from services.console.kept.rows import DEAD_LETTERS_OF, Event, at_their_own_place, event_row, letter_row
from services.console.kept.stage_seconds import Stages
from services.console.kept.stages import stage_of
from services.console.kept.statements import Statements
from services.console.kept.tables import DEAD_LETTERS, EVENTS, METADATA
from services.console.kept.tally import MOVES, Request, after, moves

SERIAL = sa.text("select pg_advisory_xact_lock(hashtext('console'))")


class Projection:
    """Hosted by a worker as a kernel is; it decides nothing and says nothing."""

    patience_seconds = 0.2  # nobody reads within a moment, and ten events together cost little more than one

    def __init__(self, store: Store, pack: Pack | Editions, worker: str) -> None:
        self.store, self.worker, self.editions, self.kept = store, worker, of(pack), store.keep()
        self.sql = store.written(Statements)
        self.stages, self.reached = Stages(observed=False), Reached(events_kept)
        self.signatures = OFF
        with store.transaction() as tx:
            _one_at_a_time(store, tx)
            if out_of_date(store, tx):
                throw_away(tx)
            make(tx, METADATA.sorted_tables)
            as_kept_now(store, tx)
            for told in events_by_request(tx) if out_of_date(store, tx) else ():
                self._take_in(tx, told, datetime.now(UTC))
            up_to_date(store, tx)
        self.stages = Stages()

    def wants(self, record: Record) -> bool:
        return True  # whatever lies on a topic the console reads is shown

    def fault(self, consumed: Consumed) -> Unreadable | None:
        return None  # it sets nothing aside: what it cannot read is shown as it is

    def may_wait(self, arrival: Arrival) -> bool:
        return True

    def partitions_came(self) -> None:
        """Nothing is remembered here between two batches."""

    def step(self, arrivals: Sequence[Arrival], published: Sequence[int], now: datetime) -> Outcome:
        consumed = [arrival for arrival in arrivals if isinstance(arrival, Consumed)]
        events, letters = _sorted(consumed, self.signatures)
        try:
            with self.kept.transaction() as tx:
                _one_at_a_time(self.store, tx)
                if not self.reached.proven:
                    self.reached.mark = further(self.reached.mark, self.reached.prove(tx))
                fresh = self._append(tx, events)
                self._take_in(tx, fresh, now)
                if letters:
                    self._set_aside(tx, letters)
                erase(tx, fresh)
        except BaseException:  # it may be another one when it is back
            self.reached.proven = False
            raise
        kept, others = len(fresh), len(arrivals) - len(consumed)
        if kept:  # others write, too: it has at least so many
            self.reached.mark = Mark(self.reached.mark.position + kept)
        # the log says why; it stays on its topic
        unseen = sum(isinstance(arrival, SetAside) for arrival in arrivals) if others else 0
        return Outcome([], [], None, kept + len(letters), len(events) - kept, unseen)

    def _take_in(self, tx: sa.Connection, fresh: Sequence[Event], now: datetime) -> None:
        """All that follows from the events, and could be made again from them."""
        doubted = dict[str, list[Event]]()
        erased = self._follow(tx, fresh, doubted)
        self._watch(tx, [event for event in fresh if event.type in MATTERS], doubted, now)
        self._count_money(tx, fresh)
        if erased:
            forget(tx, erased)

    def _append(self, tx: sa.Connection, events: Sequence[Event]) -> list[Event]:
        """Returns those not seen before, in order.

        An id is its source's own: what comes under the id of another source's event goes by its place.
        """
        first = {event.id: event.source for event in reversed(events)}
        new = self._write(tx, [event for event in events if event.source == first[event.id]])
        if len(new) == len(events):
            return list(events)
        whose = first | dict(map(tuple, self.sql.known(tx, list(first.keys() - new))))
        strangers = {event: event._replace(id=event.place) for event in events if event.source != whose[event.id]}
        new |= self._write(tx, strangers.values())
        kept = dict[str, Event]()
        for event in (strangers.get(each, each) for each in events):
            if event.id in new:
                kept.setdefault(event.id, event)  # where it came first: a copy of it may come after its answer
        return list(kept.values())

    def _write(self, tx: sa.Connection, events: Iterable[Event]) -> set[str]:
        """The ids of those that were not there."""
        rows = [(*event[:-1], compress(event.body.encode())) for event in events]
        return {row[0] for row in self.sql.append(tx, rows)}

    def _follow(self, tx: sa.Connection, fresh: Sequence[Event], doubted: dict[str, list[Event]]) -> set[str]:
        """Returns the requests of which nothing personal may be kept; of those with a doubt, all that was said.

        Topics are not ordered against each other: what came before anybody knew of a request counts as well.

        It counts before all that follows, or what an answer settled would be opened again by its question.
        """
        rows = self.sql.requests(tx, list({event.request_id for event in fresh}))
        requests = {row[0]: Request._make(row) for row in rows}
        new = {event.request_id for event in fresh if stage_of(event.type, "")} - requests.keys()
        early = self._heard_before(tx, new, fresh)
        erased = {own for own, row in requests.items() if row.subscription == ERASED}
        acts = (each for each in chain(fresh, *early.values()) if each.type == SubscriptionErased.type)
        erased |= {each.request_id for each in acts if is_act(each)}
        changed: dict[str, Request] = {}
        for event in fresh:
            known = requests.get(event.request_id)
            row = after(known, event)
            if row is None:
                early[event.request_id].append(event)
                continue
            if known is None:
                row = reduce(lambda so_far, earlier: after(so_far, earlier) or so_far, early[event.request_id], row)
            requests[event.request_id] = changed[event.request_id] = row
            if row.attention and doubtful(row, event):
                doubted[event.request_id] = []
            if known is None or known.stage != row.stage:
                self.stages.moved(known, row, event.at)
        for own in self._read_again(tx, doubted):
            changed[own] = without_doubts(changed[own], doubted[own])
        if erased:
            changed |= {own: nobodys(requests[own]) for own in erased & requests.keys()}
        self.sql.write_requests(tx, list(changed.values()))
        return erased

    def _read_again(self, tx: sa.Connection, doubted: dict[str, list[Event]]) -> Iterable[str]:
        """Fills in all that was said of each, in the order in which it was said."""
        for event in self._heard(tx, doubted) if doubted else ():
            doubted[event.request_id].append(event)
        for said in doubted.values():
            said.sort(key=lambda event: (event.at, event.source, event.sequence))
        return doubted

    def _watch(self, tx: sa.Connection, fresh: Sequence[Event], doubted: dict[str, list[Event]], now: datetime) -> None:
        found = self.sql.deadlines(tx, list({event.request_id for event in fresh}))
        rows = {row[0]: Deadlines._make(row) for row in found if row[0] not in doubted}
        again = (event for said in doubted.values() for event in believed(said))
        for event in chain((event for event in fresh if event.request_id not in doubted), again):
            if row := deadlines(rows.get(event.request_id), event, self.editions.of_request(policy_of(event), now)):
                rows[event.request_id] = row
        self.sql.write_deadlines(tx, list(rows.values()))

    def _heard_before(
        self, tx: sa.Connection, new: Collection[str], fresh: Sequence[Event]
    ) -> defaultdict[str, list[Event]]:
        """What earlier batches brought about each of these requests, in order."""
        now, found = {event.id for event in fresh}, defaultdict[str, list[Event]](list)
        for event in self._heard(tx, new) if new else ():
            if event.id not in now:
                found[event.request_id].append(event)
        return found

    def _heard(self, tx: sa.Connection, ids: Iterable[str]) -> list[Event]:
        return [Event._make((*row, unpacked(body))) for *row, body in self.sql.heard_of(tx, list(ids))]

    def _count_money(self, tx: sa.Connection, fresh: Sequence[Event]) -> None:
        sums: Counter[tuple[str, str]] = Counter()
        times: Counter[tuple[str, str]] = Counter()
        for event in fresh:
            for kind, currency, minor in moves(event) if event.type in MOVES else ():
                sums[kind, currency] += minor
                times[kind, currency] += 1
        self.sql.add_money(tx, [(*key, sums[key], times[key]) for key in times])

    def _set_aside(self, tx: sa.Connection, letters: Sequence[dict[str, Any]]) -> None:
        rows = erased_before(tx, at_their_own_place(tx, letters))
        tx.execute(self.store.insert(DEAD_LETTERS).on_conflict_do_nothing(), rows)


def events_kept(tx: sa.Connection, least: Mark) -> Mark:
    """How far a store is that has no journal: an event that was kept once stays."""
    return Mark(tx.execute(sa.select(sa.func.count()).select_from(EVENTS)).scalar_one())


def _one_at_a_time(store: Store, tx: sa.Connection) -> None:
    """Two workers may hold topics of one request; SQLite's writers queue up by themselves."""
    if store.dialect == "postgresql":
        tx.execute(SERIAL)


def _sorted(consumed: Iterable[Consumed], signatures: Signatures) -> tuple[list[Event], list[dict[str, Any]]]:
    events: list[Event] = []
    letters: list[dict[str, Any]] = []
    for each in consumed:
        event = None if each.record.topic in DEAD_LETTERS_OF else event_row(each, signatures)
        if event is None:
            letters.append(letter_row(each))
        else:
            events.append(event)
    return events, letters
