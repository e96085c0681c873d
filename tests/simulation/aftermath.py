"""What a run left behind, as the history that the invariants are asked about."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from demo.carrier.audit import BALANCED
from demo.carrier.customer import canaries
from runtime.kernel.store import moment
from runtime.kernel.tables import ALARMS, CALLS, OUTBOX
from tests.proof.gathering import places_in, sets_aside
from tests.proof.history import Account, Effect, Event, History, Letter, Raw, Waiting
from tests.simulation.building import mended
from tests.simulation.log import Heard
from tests.simulation.process import CLOCK_BACK
from tests.simulation.rebuild import rebuild
from tests.simulation.stage import PATIENCE

if TYPE_CHECKING:
    from tests.simulation.world import World


def history_of(world: "World", spoke_again: list[str]) -> History:
    letters_heard = [heard for heard in world.log.order if heard.record.topic.endswith(".dead-letter")]
    letters = list(dict.fromkeys(map(_letter, letters_heard)))
    live, rebuilt = rebuild(world)
    return History(
        events=[_event(heard) for heard in world.log.order if heard.envelope is not None],
        effects=[_effect(row) for row in world.books.audit.ledger()],
        accounts=[Account(row["account"], row["opening_minor"], row["closing_minor"]) for row in _accounts(world)],
        commits=[commit for group in world.groups for commit in group.commits],
        waiting=list(_waiting(world)),
        alarms=world.alarm_facts,
        letters=letters,
        mended=frozenset(mended(letters, world.decided)),
        raw={heard.place: _raw(heard) for heard in world.log.order},
        unreadable=frozenset(_unreadable(world)),
        live=live,
        rebuilt=rebuilt,
        spoke_again=spoke_again,
        lag={place: n for group in world.groups for place, n in group.lag().items()},
        manual_steps=world.broken,
        erased=world.erased,
        personal=canaries(world.subscriptions()),
        texts=dict(_texts(world, live)),
        clock_error=CLOCK_BACK,
        patience=PATIENCE,
    )


def _event(heard: Heard) -> Event:
    assert heard.envelope is not None
    envelope, headers = heard.envelope, dict(heard.record.headers)
    at = datetime.fromisoformat(headers["ce_time"].decode())
    count = int(headers.get("ce_sequence", b"0"))
    place = (heard.record.topic, heard.partition, heard.offset)
    return Event(
        *place, envelope.id, envelope.source, envelope.message, envelope.correlation, envelope.causation, count, at
    )


def _effect(row: dict[str, Any]) -> Effect:
    return Effect(**(row | {"at": datetime.fromisoformat(row["at"])}))


def _accounts(world: "World") -> list[dict[str, Any]]:
    return world.books.audit._rows(BALANCED)


def _waiting(world: "World") -> Iterator[Waiting]:
    for service, workers in world.workers.items():
        store = workers[0].stepper.store
        for row in store.read(sa.select(CALLS)):
            yield Waiting(service, row.request_id, "call", row.operation, moment(row.due))
        for row in store.read(sa.select(ALARMS)):
            yield Waiting(service, row.request_id, "alarm", row.name, moment(row.due))
        for row in store.read(sa.select(OUTBOX)):
            yield Waiting(service, row.request_id, "outbox", row.topic, moment(row.at))


def _letter(heard: Heard) -> Letter:
    why = dict(heard.record.headers)
    at = (why["x-original-topic"], why["x-original-partition"], why["x-original-offset"])
    place = "{}[{}]@{}".format(*(part.decode() for part in at))
    kept = tuple(
        each for each in heard.record.headers if not each[0].startswith("x-") or each[0].startswith("x-redrive")
    )
    group = why["x-original-group"].decode()
    return Letter(
        group, why["x-error-code"].decode(), place, heard.record.key, heard.record.value, kept, places_in(heard.record)
    )


def _raw(heard: Heard) -> Raw:
    return Raw(heard.record.key, heard.record.value, tuple(heard.record.headers))


def _unreadable(world: "World") -> Iterator[tuple[str, str]]:
    """Whoever would have to decide on it must set it aside; the console shows it without reading."""
    bad = [heard for heard in world.log.order if heard.envelope is None]
    for group, workers in zip(world.groups, world.workers.values(), strict=True):
        stepper = workers[0].stepper
        if hasattr(stepper, "wiring"):
            service = stepper.wiring.service
            theirs = (heard for heard in bad if heard.record.topic in group.topics and stepper.wants(heard.record))
            yield from ((group.name, heard.place) for heard in theirs if sets_aside(service, heard.record))


def _texts(world: "World", live: dict[tuple[str, str], str]) -> Iterator[tuple[str, bytes]]:
    for topic in sorted({topic for topic, _ in world.log.parts}):
        records = [heard.record for heard in world.log.order if heard.record.topic == topic]
        yield topic, b"\n".join((record.value or b"") + repr(record.headers).encode() for record in records)
    yield "the cases", "\n".join(live.values()).encode()
    yield "the story", "\n".join(line.text for line in world.story).encode()
