"""One step of a kernel, and what can be seen of it afterwards."""

from collections.abc import Callable
from uuid import uuid5

import sqlalchemy as sa

from policies.pack import load
from runtime.envelope import NAMESPACE, Record, decode
from runtime.kernel.arrivals import Arrival, Outcome
from runtime.kernel.kernel import Kernel
from runtime.kernel.tables import CASES
from runtime.worker.engine import Engine
from tests.kernel.tally import NOW, REQUEST, Tally

OTHER = str(uuid5(NAMESPACE, "another request"))
PACK = load("demo")


def step(kernel: Kernel, *arrivals: object, published: Outcome | None = None) -> Outcome:
    positions = [each.position for each in published.publish] if published else []
    return kernel.step(arrivals, positions, NOW)  # type: ignore[arg-type]


async def arrived(engine: Engine, arrival: Arrival | None, acknowledge: Callable[[], object] | None = None) -> None:
    """As a batch of its own; none for a record that nobody wants."""
    await engine.arrived_together([] if arrival is None else [arrival], acknowledge)


def case(kernel: Kernel) -> Tally:
    rows = kernel.store.read(sa.select(CASES.c.body).where(CASES.c.request_id == REQUEST))
    return Tally.model_validate_json(rows[0].body)


def policy(record: Record) -> str:
    return dict(record.headers)["ce_policyversion"].decode()


def ids(outcome: Outcome) -> list[str]:
    return [decode(each).id for each in said(outcome)]


def said(outcome: Outcome) -> list[Record]:
    """What others hear: without the journal."""
    return [each.record for each in outcome.publish if not each.record.topic.endswith(".journal")]
