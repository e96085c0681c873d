"""Where a bug can be planted from outside, what a run is made of, and a line of its story."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contracts.words import Value
from runtime.kafka.positions import Positions
from runtime.kernel.batch import Batch
from runtime.wiring import Wiring
from runtime.worker.engine import Engine
from tests.simulation.engine import SimulatedEngine
from tests.simulation.log import Part
from tests.simulation.watched import WatchedBatch, WatchedKernel

if TYPE_CHECKING:
    from tests.simulation.worker import Worker


async def _ask(worker: "Worker", operation: str, ask: Value, key: str) -> Value:
    return await worker.world.carrier.ask(worker, operation, ask, key)


def _earliest(worker: "Worker", part: Part) -> int:
    return worker.world.log.beginning(part)


@dataclass
class Seams:
    """Where a bug can be planted from outside; as it stands, everything is as in production."""

    batch: type[Batch] = WatchedBatch
    kernel: type[WatchedKernel] = WatchedKernel
    engine: Callable[["Worker"], Engine] = SimulatedEngine
    ask: Callable[["Worker", str, Value, str], Any] = _ask
    wiring: Callable[[Wiring], Wiring] = lambda wiring: wiring
    positions: Callable[[], Positions] = Positions
    first_offset: Callable[["Worker", Part], int] = _earliest
    replaying: Callable[[Any], None] = lambda world: None


@dataclass(frozen=True)
class Plan:
    """What a run is made of; a shorter story leaves people and faults out of it."""

    seed: int
    people: tuple[int, ...] | None = None
    without: frozenset[str] = frozenset()  # names of rates


@dataclass
class Line:
    """One line of the story."""

    at: datetime
    request_id: str
    text: str
