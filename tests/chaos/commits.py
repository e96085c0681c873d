"""Looks from outside whether a committed offset ever passed a message that is not stored yet (I14)."""

import sqlalchemy as sa
from kafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import group_id
from contracts.rights import OURS
from runtime.envelope import Record, derived_id
from runtime.kafka.connect import BrokerTrouble
from runtime.kafka.lag import lag
from runtime.kernel.arrivals import Consumed
from runtime.kernel.dead_letters import letter_id
from runtime.kernel.tables import INBOX
from tests.chaos.ear import Ear
from tests.chaos.place import Place
from tests.proof.gathering import deciding, reads, sets_aside, wants
from tests.proof.history import Commit


class Commits:
    """`look` takes the commits first and the inbox after them, so whatever is below a commit must be in it."""

    def __init__(self, place: Place, ear: Ear, poisoned: dict[str, object]) -> None:
        self.place, self.ear, self.poisoned = place, ear, poisoned
        self.found: list[Commit] = []
        self.looks = 0
        self._checked: dict[tuple[str, str, int], int] = {}

    def look(self) -> None:
        try:
            behind = lag(self.place.bootstrap)
            known = {each: self._inbox(each) for each in deciding()}
        except (BrokerTrouble, KafkaError, sa.exc.SQLAlchemyError):
            return  # it is away just now
        for service in deciding():
            for each in behind:
                if each.group == group_id(service) and each.topic in reads(service) and each.committed:
                    self._judge(service, each.topic, each.partition, each.committed, known[service])
        self.looks += 1

    def _inbox(self, service: str) -> set[str]:
        return {row[0] for row in self.place.stores[service].read(sa.select(INBOX.c.id))}

    def _judge(self, service: str, topic: str, partition: int, offset: int, inbox: set[str]) -> None:
        records = self.ear.records[topic, partition]
        reached = min(offset, len(records))
        first = min(self._checked.get((service, topic, partition), 0), reached)
        self._checked[service, topic, partition] = reached
        for at in range(first, reached):
            own = self._inbox_id(service, records[at], partition, at)
            if own and own not in inbox:
                self.found.append(Commit(group_id(service), topic, partition, offset, at))
                return

    def _inbox_id(self, service: str, record: Record, partition: int, offset: int) -> str:
        """Empty for what this service leaves alone."""
        if not wants(service, record):
            return ""
        place = f"{record.topic}[{partition}]@{offset}"
        if place in self.poisoned:
            if not sets_aside(service, record):
                return ""
            stamp = self.ear.stamps[record.topic, partition][offset]
            return letter_id(Consumed(record, partition, offset, stamp, group_id(service)))
        named = dict(record.headers)
        own, source = ((named.get(name) or b"").decode() for name in ("ce_id", "ce_source"))
        return own if not own or source.startswith(OURS) else derived_id(source, own)
