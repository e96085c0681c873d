"""What a slowed sender's junk costs between two turns of the event loop: counted, not timed."""

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contracts.messages.commands import RetryPayment
from policies.pack import load
from runtime.attributes import MOST_VALUES
from runtime.envelope import Record, Unreadable, decode
from runtime.kernel.arrivals import Consumed
from runtime.kernel.dead_letters import letter_id, letter_ids
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from runtime.worker.taking import READ_AT_ONCE_BYTES
from runtime.worker.turns import RECORD_BYTES
from tests.kernel.tally import WIRING, record
from tests.kernel.test_engine import Broker, running, until
from tests.kernel.test_senders import junk, letter, many

MOST_AT_ONCE = READ_AT_ONCE_BYTES // RECORD_BYTES


class Watched(Kernel):
    """Writes down after how many turns of the loop each record was judged, and how large it was."""

    turns = 0

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.judged: list[tuple[int, int]] = []

    def fault(self, consumed: Consumed) -> Unreadable | None:
        self.judged.append((self.turns, len(consumed.record.value or b"")))
        return super().fault(consumed)


@pytest.fixture
def watched(database: str) -> Iterator[Watched]:
    store = Store(database, "intake")
    yield Watched(WIRING, store, load("demo"), "1")
    store.close()


async def turning(kernel: Watched) -> None:
    while True:
        await asyncio.sleep(0)
        kernel.turns += 1


@pytest.mark.parametrize(("records", "size"), [(500, 1), (500, 900), (40, 8_000), (12, 200_000)])
async def test_the_loop_goes_round_between_a_few_broken_records_and_the_next(
    watched: Watched, records: int, size: int
) -> None:
    done = list[str]()
    async with running(watched, Broker()) as engine:
        engine.senders.heard([letter("breaks-contract")] * 1000, asyncio.get_running_loop().time())
        turner = asyncio.create_task(turning(watched))
        broken = [junk(at)._replace(record=junk(at).record._replace(value=b"{" * size)) for at in range(records)]
        await engine.arrived_together(broken, lambda: done.append("all"))
        turner.cancel()
        await until(lambda: done == ["all"])
    assert len(watched.judged) == records
    together: dict[int, list[int]] = {}
    for turn, length in watched.judged:
        together.setdefault(turn, []).append(length)
    assert max(map(len, together.values())) <= MOST_AT_ONCE
    assert max(sum(each[:-1]) for each in together.values()) < READ_AT_ONCE_BYTES, "one that is larger is the last"


async def test_whoever_is_within_their_budget_is_not_read_twice(watched: Watched) -> None:
    async with running(watched, Broker()) as engine:
        engine.senders.heard([letter("breaks-contract")] * 1000, asyncio.get_running_loop().time())
        await engine.arrived_together([junk(1, "/channels/app"), junk(2)], lambda: None)
        assert len(watched.judged) == 1


@contextmanager
def calls_counted(into: list[int]) -> Iterator[None]:
    def see(frame: Any, event: str, argument: Any) -> None:
        into[0] += event == "call"

    gc.collect()
    gc.disable()  # what other tests left to be collected may warn, in many calls
    sys.setprofile(see)
    try:
        yield
    finally:
        sys.setprofile(None)
        gc.enable()


@pytest.mark.parametrize("many", [8_000, 30_000])
@pytest.mark.parametrize("value", [(b'{"a":[', b"{},", b"{}]}"), (b"[", b'{"b":1},', b"1]")])
def test_a_large_record_that_breaks_the_contract_is_not_read_object_by_object(
    value: tuple[bytes, bytes, bytes], many: int
) -> None:
    """That is done last, for what is otherwise sound and so has no room for many of them."""
    made: Record = record(_a_wish(), 1).record._replace(value=value[0] + value[1] * many + value[2])
    calls = [0]
    with calls_counted(calls), pytest.raises(Unreadable) as error:
        decode(made)
    code = "breaks-contract" if many < MOST_VALUES else "too-large"
    assert error.value.code == code and calls[0] < 300


def _a_wish() -> Any:
    return RetryPayment(request_id="00000000-0000-4000-8000-00000000abcd", channel="app")


def test_the_letters_of_many_have_the_ids_that_each_would_have_alone() -> None:
    folded = many(range(5, 9))
    alone = [letter_id(folded.first._replace(offset=offset, timestamp_ms=at)) for offset, at in folded.places]
    assert list(letter_ids(folded)) == alone
