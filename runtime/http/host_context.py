"""What a worker lends to the HTTP door of the service it hosts."""

from typing import Protocol

from prometheus_client.registry import Collector

from policies.pack import Pack
from runtime.envelope import Record
from runtime.kernel.store import Store
from runtime.settings import Settings
from runtime.signatures import Signatures


class HostContext(Protocol):
    @property
    def settings(self) -> Settings: ...

    @property
    def store(self) -> Store: ...

    @property
    def pack(self) -> Pack:
        """The edition in force now."""
        ...

    @property
    def signatures(self) -> Signatures:
        """Whom the service believes."""
        ...

    def pack_of(self, policy: str) -> Pack:
        """The edition of that id; the one in force where it is not here."""
        ...

    def measure(self, collector: Collector) -> None:
        """Its metrics are served with the worker's own."""
        ...

    async def publish(self, record: Record) -> None:
        """Returns once the broker has the record; raises `BrokerTrouble` when it is not certain."""
        ...
