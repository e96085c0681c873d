"""A whole system in one process and the console that looks on, with everything that they write."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from runtime.kernel.arrivals import Consumed
from runtime.kernel.packing import PACKED
from runtime.kernel.store import Store
from runtime.settings import Settings
from services.console.app import READS, projection
from tests.console.conftest import FakeHost
from tests.flow.system import System


def cells(store: Store) -> Iterator[tuple[str, bytes]]:
    """Everything that it holds, with its table, as it was before it was packed."""
    for table in sa.inspect(store.engine).get_table_names():
        for row in store.read(sa.text(f'select * from "{table}"')):
            for cell in row:
                kept = cell if isinstance(cell, bytes) else str(cell).encode()
                yield table, zlib.decompress(kept) if kept.startswith(PACKED) else kept


@dataclass
class Run:
    folder: Path
    system: System = field(default_factory=System)
    logs: list[Any] = field(default_factory=list)
    read: int = 0

    def __post_init__(self) -> None:
        self.store = Store("memory:", "console")
        self.projection = projection(self.store, self.system.pack, "1")
        settings = Settings.model_validate({"kafka": "nowhere:9092", "data": str(self.folder)})
        self.host = FakeHost(self.store, self.system.pack, settings)
        self.shown: dict[str, int] = {}

    def show(self) -> None:
        """The console reads all that is new on its topics."""
        for topic in READS:
            fresh = self.system.log[topic][self.shown.get(topic, 0) :]
            at = self.shown.get(topic, 0)
            ms = int(self.system.now.timestamp() * 1000)
            each = [Consumed(record, 0, at + n, ms, "tuiding-console") for n, record in enumerate(fresh)]
            self.projection.step(each, (), self.system.now)
            self.shown[topic] = at + len(fresh)

    def published(self) -> None:
        """What the console said goes to its topic."""
        for record in self.host.published:
            self.system.log[record.topic].append(record)
        self.host.published.clear()
        self.system.settle()
        self.show()

    def close(self) -> None:
        self.system.close()
        self.store.close()
