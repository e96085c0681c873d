"""The case of a request that has ended is kept packed; what an earlier build left as a text is the same case."""

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.messages import commands
from policies.pack import Pack, load
from runtime.decision import Decision
from runtime.kernel.kernel import Kernel
from runtime.kernel.packing import unpacked
from runtime.kernel.store import Store
from runtime.kernel.tables import CASES
from runtime.replay.store_diff import decided, differences
from runtime.wiring import hears
from tests.kernel.steps import case, step
from tests.kernel.tally import REQUEST, WIRING, Tally, paid, pay, withdraw


def ended(case: Tally | None, message: commands.WithdrawCancellation, now: datetime, pack: Pack) -> Decision:
    return Decision((case or Tally(request_id=message.request_id)).model_copy(update={"open": False}))


ENDING = WIRING._replace(on=(hears(commands.RetryPayment, paid), hears(commands.WithdrawCancellation, ended)))
AS_KEPT = sa.text("select body from cases")


def of_one_that_ended(database: str) -> Kernel:
    kernel = Kernel(ENDING, Store(database, "intake"), load("demo"))
    step(kernel, pay(1))
    step(kernel, withdraw(2))
    return kernel


def test_what_has_ended_is_packed_and_goes_on_from_there(database: str) -> None:
    kernel = of_one_that_ended(database)
    kept = kernel.store.read(AS_KEPT)[0][0]
    assert isinstance(kept, bytes) == (kernel.store.dialect == "sqlite")
    assert Tally.model_validate_json(unpacked(kept)) == Tally(request_id=REQUEST, open=False, heard=1)
    kernel.partitions_came()  # it is read again
    step(kernel, pay(3))
    assert (case(kernel).heard, case(kernel).open) == (2, False)
    kernel.store.close()


@pytest.mark.parametrize("written_by", ["an earlier build", "this one"])
def test_both_ways_it_is_the_same_case_to_whoever_compares(written_by: str, tmp_path: Path) -> None:
    live, rebuilt = (of_one_that_ended(str(tmp_path / name)) for name in ("live", "rebuilt"))
    if written_by == "an earlier build":
        with live.store.transaction() as tx:
            tx.execute(sa.update(CASES).values(body=case(live).model_dump_json()))
        assert isinstance(live.store.read(AS_KEPT)[0][0], str)
    with live.store.transaction() as one, rebuilt.store.transaction() as other:
        assert list(differences(decided(read=Tally.model_validate_json), one, other)) == []
    for each in (live, rebuilt):
        each.store.close()
