"""Bugs in what is written, and when: inbox, outbox, versions, alarms."""

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from runtime.envelope import Record
from runtime.kernel.arrivals import Arrival, Consumed, Folded, Outcome, Outgoing
from runtime.kernel.cases import Remembered
from runtime.kernel.inputs import Input
from runtime.kernel.store import ticks
from runtime.kernel.tables import CASES, INBOX, OUTBOX
from tests.simulation.watched import WatchedBatch, WatchedKernel

WINDOW = timedelta(hours=1)


class SwallowedException(WatchedBatch):
    def _dead_letter(self, *whatever: Any) -> None: ...


class ManyToldAsOne(WatchedBatch):
    """Keeps the first one's letter, and of the others nothing."""

    def fold(self, many: Folded) -> None:
        super().fold(many._replace(places=many.places[:1]))


class CountedAnew(WatchedBatch):
    """What many records were told together is told once more when they come again."""

    def fold(self, many: Folded) -> None:
        remembers, self._new_in_inbox = self._new_in_inbox, set  # type: ignore[method-assign,assignment]
        super().fold(many)
        self._new_in_inbox = remembers  # type: ignore[method-assign]


class NoInbox(WatchedBatch):
    def _new_in_inbox(self, ids: Mapping[str, str | None]) -> set[str]:
        return set(ids)


class AnyContent(WatchedBatch):
    """Whatever comes under an id that is taken is taken for the same once more."""

    def _same_id_other_content(self, alike: Sequence[Consumed]) -> None:
        self.duplicates += len(alike)


class ForgetfulInbox(WatchedBatch):
    def _new_in_inbox(self, ids: Mapping[str, str | None]) -> set[str]:
        self.tx.execute(sa.delete(INBOX).where(INBOX.c.at < ticks(self.now - WINDOW)))
        return super()._new_in_inbox(ids)


class RandomIds(WatchedBatch):
    def _event(self, each: Input, *more: Any) -> Record:
        drawn = str(uuid.UUID(int=random.getrandbits(128), version=4))
        return super()._event(each._replace(id=drawn), *more)


class VersionNotChecked(WatchedBatch):
    def _write_cases(self) -> None:
        for request_id, each in self.cases.items():
            if each.changed:
                known = sa.select(CASES.c.version).where(CASES.c.request_id == request_id)
                version = self.tx.execute(known).scalar() or 0
                self.cases[request_id] = replace(each, version=version)
        super()._write_cases()


class AlarmNotCancelled(WatchedBatch):
    def _write_alarms(self) -> None:
        self.alarms = {key: wanted for key, wanted in self.alarms.items() if wanted[0] is not None}
        super()._write_alarms()


class OutboxApart(WatchedBatch):
    """Leaves the outbox to whoever comes after the commit."""

    def _write_outbox(self) -> list[Outgoing]:
        return []


class OutboxAfterwards(WatchedKernel):
    def step(self, arrivals: Sequence[Arrival], published: Sequence[int], now: datetime) -> Outcome:
        outcome = super().step(arrivals, published, now)
        with self.store.transaction() as tx:
            apart = WatchedBatch(self, tx, now)
            apart.outbox, self.latest.outbox = self.latest.outbox, []
            return outcome._replace(publish=outcome.publish + apart._write_outbox())


class OutboxForgetsEarly(WatchedKernel):
    def step(self, arrivals: Sequence[Arrival], published: Sequence[int], now: datetime) -> Outcome:
        outcome = super().step(arrivals, published, now)
        with self.store.transaction() as tx:
            tx.execute(sa.delete(OUTBOX).where(OUTBOX.c.position.in_([each.position for each in outcome.publish])))
        return outcome


class CaseOutlivesConflict(WatchedKernel):
    """Refused, it learns the version that it had wrong, and keeps the case."""

    def _in_doubt(self, remembered: Remembered) -> None:
        rows = self.store.read(sa.select(CASES.c.request_id, CASES.c.version))
        versions = {row.request_id: row.version for row in rows}
        for request_id, loaded in remembered.among(versions).items():
            if loaded is not None:
                loaded.version = versions[request_id]


def forget_the_inbox(stepper: Any) -> None:
    with stepper.store.transaction() as tx:
        tx.execute(sa.delete(INBOX))
