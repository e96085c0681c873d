"""The same on PostgreSQL, by what it did: no search reads many rows only to throw them away."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from policies.pack import Pack
from runtime.kernel.store import Store, ticks
from services.console.app import projection
from services.console.kept import search
from services.console.kept.search import Wish
from tests.console.conftest import NOW
from tests.console.test_plans import SEARCHES
from tests.postgres import fresh_database

MANY, ONE_IN = 30_000, 1_500
FOR_EACH_FOUND = 20  # rows read in vain: where one in a few fits, going through them in order is the better plan
WAITING = [f"{each:08x}-1111-4111-8111-111111111111" for each in range(0, MANY, ONE_IN)]
MANY_OF_ALL_KINDS = sa.text("""
INSERT INTO requests (request_id, subscription, masked_number, last_digits, channel, kind, stage, language, root,
  first_at, last_at, "end", attention, incidents, late, reason, ended_at)
SELECT lpad(to_hex(n), 8, '0') || '-1111-4111-8111-111111111111', 'sub-' || lpad(n::text, 8, '0'), '138****1234',
  lpad((n % 10000)::text, 4, '0'), CASE WHEN n % :one = 0 THEN '' ELSE (ARRAY['web', 'app', 'hotline'])[n % 3 + 1] END,
  'line', (ARRAY['quoted', 'review', 'closed', 'closed', 'closed'])[n % 5 + 1], 'zh', 'root',
  :at + n, :at + n, CASE WHEN n % 5 < 2 THEN '' ELSE 'done' END, CASE WHEN n % :one = 0 THEN 1 ELSE 0 END,
  CASE WHEN n % :one = 0 THEN '["review"]' ELSE '[]' END, n % :one = 0,
  (ARRAY['price', 'moving', 'service'])[n % 3 + 1], 0 FROM generate_series(1, :most) AS n
""")


@pytest.fixture(scope="module")
def store(postgresql_url: str, pack: Pack) -> Iterator[Store]:
    with fresh_database(postgresql_url) as url:
        store = Store(url, "console")
        projection(store, pack, "1")
        with store.transaction() as tx:
            tx.execute(MANY_OF_ALL_KINDS, {"most": MANY, "one": ONE_IN, "at": ticks(NOW)})
            tx.execute(sa.text("ANALYZE requests"))
        yield store
        store.close()


@pytest.mark.parametrize("wish", [Wish(**each) for each in SEARCHES], ids=str)
def test_no_search_throws_away_what_it_read(store: Store, wish: Wish) -> None:
    asked = list[tuple[str, Any]]()

    def note(_c: object, _u: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    sa.event.listen(store.engine, "before_cursor_execute", note)
    search.find(store, wish, WAITING)
    sa.event.remove(store.engine, "before_cursor_execute", note)
    assert {name: count for statement, values in asked for name, count in thrown_away(store, statement, values)} == {}


def thrown_away(store: Store, statement: str, values: Any) -> Iterator[tuple[str, int]]:
    with store.engine.connect() as connection:
        explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
        steps = [connection.exec_driver_sql(explained, values).scalar_one()[0]["Plan"]]
    for step in steps:
        steps += step.get("Plans", [])
        lost = step.get("Rows Removed by Filter", 0) * step["Actual Loops"]
        if lost > FOR_EACH_FOUND * max(step["Actual Rows"] * step["Actual Loops"], search.PAGE):
            yield f"{step['Node Type']} {step.get('Filter')}: {statement}", lost
