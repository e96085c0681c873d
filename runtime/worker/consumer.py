"""Faust's consumer, except that it believes in a commit only when the broker has taken it."""

from collections.abc import Mapping
from typing import Any

from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP


class TruthfulConsumer(Consumer):
    """Faust notes an offset as committed whether or not the commit succeeded, and drops what was acknowledged for it.

    On a quiet partition nothing comes after it that would be committed instead: the group shows a lag for ever. Here a
    commit that failed is tried again, and one during which partitions moved is forgotten, since they are read anew.
    Records are acknowledged in their order here, so an offset that was ready once stays true.
    """

    moves = 0  # how often partitions came, went or were set to what the broker knows

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        self.moves += 1
        await super().on_partitions_revoked(revoked)

    async def perform_seek(self) -> None:
        await super().perform_seek()
        self.moves += 1

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:
        moves = self.moves
        done: bool = await super()._commit_offsets(offsets, start_new_transaction)
        if not done or self.moves != moves:
            for place in offsets:
                self._committed_offset.pop(place, None)  # unknown: the next one is committed whatever it is
        if not done and self.moves == moves:
            for place in offsets.keys() & self.assignment():
                self._acknowledged_again(place, offsets[place] - 1)
        return done

    def _acknowledged_again(self, place: Any, offset: int) -> None:
        if offset not in self._acked_index[place]:
            self._acked_index[place].add(offset)
            self._acked[place].append(offset)
