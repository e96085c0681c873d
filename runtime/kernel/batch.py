"""One transaction: what is new (gathering.py), what is decided on it (deciding.py), and here all of it is written."""

from datetime import UTC, datetime, timedelta
from typing import Any

from runtime.kernel import journal
from runtime.kernel.arrivals import Outcome, Outgoing, PendingCall
from runtime.kernel.cases import Conflict, Loaded
from runtime.kernel.deciding import Deciding
from runtime.kernel.outbox import outbox_row
from runtime.kernel.packing import packed
from runtime.kernel.store import moment, ticks

LEASE = timedelta(seconds=20)  # how long a call belongs to the worker that wrote it down, before another may take it
WAS_THERE = (-1,)  # instead of since when, which is written only where no case was: then it was there and is gone
NEVER = datetime.max.replace(tzinfo=UTC)


class Batch(Deciding):
    def write(self) -> Outcome:
        self._write_cases()
        self._write_calls()
        self._write_alarms()
        self._release()
        self._write_journal()
        publish = self.leftovers + self._write_outbox()
        self._check_what_was_only_read()
        self.next_due = self._next_due()
        letters = tuple(self.letters)
        due = None if self.next_due == NEVER else self.next_due
        counts = (self.handled, self.duplicates, sum(each.records for each in letters) if letters else 0)
        return Outcome(publish, self.calls, due, *counts, letters, tuple(self.unforgotten))

    def _write_cases(self) -> None:
        rows = [self._row(request_id, each) for request_id, each in self.cases.items() if each.changed]
        written = self.kernel.sql.write_cases(self.tx, rows)
        if len(written) < len(rows):
            raise Conflict("another worker changed one of these cases")
        if WAS_THERE in written:
            raise Conflict("one of these cases is not there any more: it was erased, or went with its time")

    def _row(self, request_id: str, each: Loaded) -> tuple[Any, ...]:
        case = each.case
        assert case is not None
        text = case.model_dump_json(exclude_unset=True)  # who does not know a new field reads on until it is set
        body = text if case.open or not self.kernel.store.packs else packed(text)  # what has ended is hardly read again
        return (
            request_id,
            each.version + 1,
            each.said,
            each.root,
            case.open,
            body,
            self.at,
            each.policy,
            case.party,
            WAS_THERE[0] if each.version else self.at,
        )

    def _check_what_was_only_read(self) -> None:
        """A decision that left its case alone, or found none, rests on it all the same; so does one to do nothing."""
        told = {request_id for _, request_id, _ in self.journal} | self.from_memory
        read = {request_id: self.cases.get(request_id) for request_id in sorted(self.decided_on & told)}
        versions = {name: each.version if each else 0 for name, each in read.items() if not (each and each.changed)}
        found = dict(self.kernel.sql.versions(self.tx, list(versions)))
        if any(found.get(request_id, 0) != version for request_id, version in versions.items()):
            raise Conflict("another worker changed a case that this decision rests on")

    def _write_calls(self) -> None:
        due = ticks(self.now + LEASE)
        self.kernel.sql.write_calls(self.tx, [_call_row(each, self.kernel.worker, due) for each in self.calls])

    def _write_alarms(self) -> None:
        self.kernel.sql.cancel_alarms(self.tx, [key for key, (at, _) in self.alarms.items() if at is None])
        wanted = [(key, at, each) for key, (at, each) in self.alarms.items() if at is not None]
        rows = [(*key, each.cause, each.root, ticks(at)) for key, at, each in wanted]
        self.kernel.sql.write_alarms(self.tx, rows)

    def _next_due(self) -> datetime:
        """No later than the first alarm; the database knows it when one has rung, or should have."""
        if self.rang or self.kernel.next_due <= self.now:
            due = self.tx.execute(self.kernel.sql.next_due).scalar()
            return NEVER if due is None else moment(due)
        return min([self.kernel.next_due, *(at for at, _ in self.alarms.values() if at is not None)])

    def _write_journal(self) -> None:
        """Last in the outbox: its position comes after everything this transaction had to wait for."""
        kernel = self.kernel
        self.outbox += journal.records(kernel.wiring.service, kernel.editions.on(self.now).id, self.now, self.journal)

    def _write_outbox(self) -> list[Outgoing]:
        rows = [outbox_row(request_id, record, self.at) for request_id, record in self.outbox]
        positions = sorted(row[0] for row in self.kernel.sql.outbox(self.tx, rows))
        if positions and positions[0] <= self.kernel.reached.mark.position:
            raise self.kernel.reached.went_back(positions[0])
        return [
            Outgoing(position, journal.numbered(record, position))
            for position, (_, record) in zip(positions, self.outbox, strict=True)
        ]


def _call_row(each: PendingCall, owner: str, due: int) -> tuple[Any, ...]:
    call, ask = each.call, each.call.ask.model_dump_json()
    whose = (each.cause, each.root, each.attempt, owner, due, each.policy)
    return each.id, each.request_id, call.operation, ask, call.note, call.key, *whose
