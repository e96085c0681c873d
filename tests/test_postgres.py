"""The PostgreSQL of the tests is a real one, and every test gets its own database."""

import sqlalchemy as sa

from runtime.kernel.store import Store
from runtime.kernel.tables import CASES


def test_a_store_opens_on_it_and_is_alone_there(fresh_postgresql_url: str, postgresql_url: str) -> None:
    assert fresh_postgresql_url != postgresql_url
    store = Store(fresh_postgresql_url, "intake")
    assert store.read(sa.select(CASES)) == []
    store.close()
