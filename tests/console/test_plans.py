"""Whatever a page or a list asks of the store is found by an index: no table that grows is read from end to end."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from runtime.kernel.store import Store, ticks
from services.console.kept.search import ORDERS
from services.console.kept.tables import DEAD_LETTERS, EVENTS, REQUESTS
from tests.console.conftest import NOW, ORDER, REQUEST, UNKNOWN, Visit
from tests.console.test_lists import MANY_LIKE_ONE

pytestmark = pytest.mark.asyncio

GROW = {table.name for table in (REQUESTS, EVENTS, DEAD_LETTERS)}
SEARCHES = (
    *({"order": order} for order in ORDERS),
    *({"q": q} for q in ("sub-00000007", "1234", "13800001234", "0000000a", UNKNOWN, "nobody")),
    *({"waits": waits} for waits in ("person", "review", "dispute", "complaint", "messaging")),
    {"stage": "open"},
    {"stage": "quoted", "channel": "app"},
    {"channel": "none"},
    {"late": "yes"},
    {"reason": "price"},
    {"since": "2026-10-01", "until": "2026-10-02"},
    {"after": f"7.{UNKNOWN}"},
)
PAGES = (
    "/",
    *(f"/requests?{urlencode(each)}" for each in SEARCHES),
    f"/requests/{REQUEST}",
    "/topics",
    "/dead-letters",
    "/work",
    "/carrier",
    "/workers",
    ORDER,
    "/v1/requests",
    "/v1/attention",
    "/v1/clocks",
    "/v1/dead-letters",
)


@pytest.fixture
def asked(store: Store, story: None) -> Iterator[set[tuple[str, tuple[object, ...]]]]:
    """Every question to the store from here on; a thousand requests are in it."""
    with store.transaction() as tx:
        tx.execute(sa.text(MANY_LIKE_ONE), {"most": 1_000, "at": ticks(NOW)})
    found = set[tuple[str, tuple[object, ...]]]()

    def note(connection: object, cursor: object, statement: str, values: tuple[object, ...], *_: object) -> None:
        if statement.startswith("SELECT"):
            found.add((statement, values))

    sa.event.listen(store.engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(store.engine, "before_cursor_execute", note)


async def test_no_page_reads_a_whole_table(
    visit: Visit, store: Store, asked: set[tuple[str, tuple[object, ...]]]
) -> None:
    whole = list[str]()
    async with visit() as client:
        for path in PAGES:
            asked.clear()
            assert (await client.get(path)).status_code in (200, 303), path
            whole += [f"{path}: {step}" for step in scans(store, asked.copy())]
    assert whole == []


def scans(store: Store, asked: set[tuple[str, tuple[object, ...]]]) -> list[str]:
    with store.engine.connect() as connection:
        steps = [
            (str(step[3]), statement)
            for statement, values in asked
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    return [
        f"{step}: {statement}"
        for step, statement in steps
        if step.startswith("SCAN") and step.split()[1] in GROW and "USING" not in step
    ]
