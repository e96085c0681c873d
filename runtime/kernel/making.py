"""Makes the tables that a store lacks. Their statements are written out once a process, not once a store."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

DIALECTS: dict[str, Any] = {"postgresql": postgresql, "sqlite": sqlite}


def make(tx: sa.Connection, tables: Iterable[sa.Table]) -> list[sa.Table]:
    """Returns those that were not there. What is there is not touched: its owner may be all that may."""
    there = set(sa.inspect(tx).get_table_names())
    missing = [table for table in tables if table.name not in there]
    for table in missing:
        for statement in _written(tx.dialect.name, table):
            tx.exec_driver_sql(statement)
    return missing


@cache
def _written(dialect: str, table: sa.Table) -> list[str]:
    parts: list[Any] = [sa.schema.CreateTable(table), *(sa.schema.CreateIndex(index) for index in table.indexes)]
    return [str(part.compile(dialect=DIALECTS[dialect].dialect())) for part in parts]
