"""I12 by the very code of `tuiding replay`: every service once more, from what lies in the log alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from policies.editions import of
from runtime.kernel.arrivals import Consumed
from runtime.kernel.batch import Batch
from runtime.kernel.store import Store
from runtime.replay.archive import Archive
from runtime.replay.rebuilt import project
from runtime.replay.replay import Astray, Replay, wiring_of
from runtime.replay.store_diff import Compared, decided, rows
from services.console.app import SHOWN
from tests.simulation.stage import emptied
from tests.simulation.watched import batches

if TYPE_CHECKING:
    from tests.simulation.world import World

State = dict[tuple[str, str], str]


def rebuild(world: "World") -> tuple[State, State | None]:
    """The live state and the rebuilt one: rows by (service and table, key), and what was said by its id.

    None where a closed case was forgotten by age: by then its topics have lost their beginnings, too.
    """
    archive = Archive()
    archive.put(Consumed(each.record, each.partition, each.offset, each.at_ms, "") for each in world.log.order)
    live, again = State(), State()
    for service, workers in world.workers.items():
        store, fresh = workers[0].stepper.store, emptied(service, "again")
        if service == "console":
            list(project(service, archive, fresh, world.pack))
        else:
            wiring = world.seams.wiring(wiring_of(service))
            again |= _rebuilt(Replay(wiring, archive, fresh, lambda _: of(world.pack)))
            live |= {(f"{service} said {own}", ""): "these words" for own in archive.only_on_the_topic(service)}
        tables = SHOWN if service == "console" else decided()
        live |= _state(service, tables, store)
        again |= _state(service, tables, fresh)
    archive.close()
    return live, None if world.forgotten else again


def _rebuilt(replay: Replay) -> State:
    try:
        with batches(Batch):  # production's own, whatever bug the run was planted with
            list(replay.run())
    except Astray as astray:
        return {(f"{replay.service}'s journal", ""): str(astray)}
    said = replay.archive.only_said_again(replay.service)
    return {(f"{replay.service} said {own}", ""): "other words" for own in said}


def _state(service: str, tables: Sequence[Compared], store: Store) -> State:
    with store.engine.connect().execution_options(reading=True) as connection:
        return {
            (f"{service} {each.table.name}", "/".join(map(str, row[: len(each.key)]))): str(row[len(each.key) :])
            for each in tables
            for row in rows(each, connection)
        }
