"""A dead letter that an operator sends again is decided again: only what was set aside, and once for each time."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from contracts.messages import commands
from policies.pack import Pack
from runtime.decision import Decision
from runtime.kernel.arrivals import Consumed, Outcome, SetAside
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import ticks
from runtime.kernel.tables import ERAS, INBOX
from runtime.wiring import hears
from tests.kernel.conftest import Kernels
from tests.kernel.steps import OTHER, case, step
from tests.kernel.tally import NOW, WIRING, Tally, buggy, heard, pay
from tests.kernel.test_identity import spoken


def mended(case: Tally | None, message: commands.ReportProblem, now: datetime, pack: Pack) -> Decision:
    return Decision((case or Tally(request_id=message.request_id)).model_copy(update={"heard": 1}))


MENDED = WIRING._replace(on=(*WIRING.on[:2], hears(commands.ReportProblem, mended), *WIRING.on[3:]))


def again(consumed: Consumed, times: int | str, group: str = "tuiding-intake", **more: str) -> Consumed:
    headers = {"x-redrive-count": str(times), "x-redrive-group": group} | more
    extra = [(name, value.encode()) for name, value in headers.items()]
    return consumed._replace(record=consumed.record._replace(headers=[*consumed.record.headers, *extra]))


def counted(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.handled, outcome.dead_letters, outcome.duplicates


def test_what_was_set_aside_is_decided_again_once_for_each_time(kernel: Kernel) -> None:
    first = step(kernel, buggy(1))
    second = step(kernel, again(buggy(1), 1), published=first)
    assert counted(second) == (0, 1, 0), "its bug is still there"
    assert counted(step(kernel, again(buggy(1), 1), published=second)) == (0, 0, 1)
    assert counted(step(kernel, again(buggy(1), 2))) == (0, 1, 0)


def test_after_its_bug_is_mended_it_is_decided_and_never_again(another: Kernels) -> None:
    first = step(another(), buggy(1))
    newer = another("2")
    newer.by_type = MENDED.decisions
    assert counted(step(newer, again(buggy(1), 1), published=first)) == (1, 0, 0)
    for forged in (again(buggy(1), times) for times in (1, 2, 3, 9999)):
        assert counted(step(newer, forged)) == (0, 0, 1)
    assert case(newer).heard == 1


def test_what_was_decided_is_not_decided_again_by_whoever_says_that_it_was_set_aside(kernel: Kernel) -> None:
    said = [pay(1), heard(2, OTHER, "demo"), spoken(pay(1), "/channels/web")]
    first = step(kernel, *said)
    forged = [again(each, times) for each in said for times in ("1", "2", "07", "9999", "", "x", "-1", "1 ")]
    assert counted(step(kernel, *forged, published=first)) == (0, 0, len(forged))


def test_what_comes_first_as_sent_again_is_the_message_itself(kernel: Kernel) -> None:
    assert counted(step(kernel, again(pay(1), 1), pay(1))) == (1, 0, 1)
    assert counted(step(kernel, pay(1), again(pay(1), 2))) == (0, 0, 2)


def test_the_letter_of_one_source_lets_no_other_come_again(kernel: Kernel) -> None:
    web, app = spoken(buggy(1), "/channels/web"), spoken(pay(1, OTHER), "/channels/app")
    first = step(kernel, web, app)
    assert counted(first) == (1, 1, 0)
    assert counted(step(kernel, again(web, 1), again(app, 1), published=first)) == (0, 1, 1)


def test_a_letter_of_another_service_is_not_decided_twice_here(kernel: Kernel) -> None:
    step(kernel, pay(1))
    outcome = step(kernel, again(pay(1), 1, "tuiding-notify"))
    assert (outcome.duplicates, case(kernel).heard) == (1, 1)


def test_what_two_services_could_not_read_is_decided_once_though_both_letters_are_sent_again(kernel: Kernel) -> None:
    """Nobody had taken it in: it keeps its id (services/console/cures/sending_again.py)."""
    keeps = {"x-redrive-keeps-id": "yes"}
    outcome = step(kernel, again(buggy(1), 1, **keeps))
    assert counted(outcome) == (0, 1, 0)
    assert counted(step(kernel, again(buggy(1), 2, **keeps), published=outcome)) == (0, 0, 1)
    assert counted(step(kernel, again(buggy(1), 2))) == (0, 1, 0), "since it was taken in, and failed"


def test_what_could_not_be_stored_may_come_again(kernel: Kernel) -> None:
    first = kernel.step([SetAside(pay(1), ValueError("the database would not take it"))], [], NOW)
    assert counted(first)[1] == 1
    assert counted(step(kernel, again(pay(1), 1), published=first)) == (1, 0, 0)


def test_what_an_earlier_build_set_aside_may_come_again(kernel: Kernel, another: Kernels) -> None:
    before, since = heard(1, OTHER, "demo"), heard(2, OTHER, "demo")
    own = dict(before.record.headers)["ce_id"].decode()
    with kernel.store.transaction() as tx:
        tx.execute(sa.delete(ERAS))
        tx.execute(sa.insert(INBOX), [{"id": own, "at": ticks(NOW)}])
    later = another("2")
    with kernel.store.transaction() as tx:  # well after both builds were there side by side
        after = later.store.without_permits_until + 1
        tx.execute(sa.insert(INBOX), [{"id": dict(since.record.headers)["ce_id"].decode(), "at": after}])
    assert counted(step(later, again(before, 1), again(since, 1))) == (1, 0, 1)


# ---- forged, raced, twice at once, and on a store of before --------------------------------------------------------


def redriven(times: int = 1) -> Consumed:
    return again(buggy(1), times)


AT_ONCE: dict[str, tuple[list[Consumed], tuple[int, int, int]]] = {
    "the same twice": ([redriven(), redriven()], (0, 1, 1)),
    "the next one beside it": ([redriven(2), redriven()], (0, 1, 1)),
    "counts that nobody reached before it": ([*map(redriven, (9, 5, 3, 2)), redriven()], (0, 1, 4)),
    "the original beside it": ([buggy(1), redriven()], (0, 1, 1)),
    "the original behind it": ([redriven(), buggy(1)], (0, 1, 1)),
    "for another service": ([again(buggy(1), 1, "tuiding-billing"), redriven()], (0, 1, 1)),
    "keeping its id": ([again(buggy(1), 1, **{"x-redrive-keeps-id": "yes"}), redriven()], (0, 1, 1)),
    "by another source": ([again(spoken(buggy(1), "/channels/evil"), 1), redriven()], (0, 2, 0)),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_of_what_comes_at_once_as_sent_again_one_is_decided(kernel: Kernel, name: str) -> None:
    first = step(kernel, buggy(1))
    together, expected = AT_ONCE[name]
    second = step(kernel, *together, published=first)
    assert counted(second) == expected
    assert counted(step(kernel, redriven(2), redriven(2), published=second)) == (0, 1, 1), "its next time"


@pytest.mark.parametrize("name", AT_ONCE)
def test_and_so_it_is_one_after_the_other_by_two_workers(another: Kernels, name: str) -> None:
    workers = another(), another("2")
    first = step(workers[0], buggy(1))
    together, expected = AT_ONCE[name]
    done = [
        counted(step(workers[at % 2], each, published=first if not at else None)) for at, each in enumerate(together)
    ]
    assert tuple(map(sum, zip(*done, strict=True))) == expected


@pytest.mark.parametrize("order", ["original first", "original last", "all at once"])
def test_on_a_store_from_before_its_letter_it_is_decided_once(another: Kernels, order: str) -> None:
    """As a restored one is: the topics hold what it has forgotten, the original and what an operator sent."""
    newer = another("2")
    newer.by_type = MENDED.decisions
    told = {"original first": [[buggy(1)], [redriven()]], "original last": [[redriven()], [buggy(1)]]}
    for batch in told.get(order, [[redriven(), buggy(1), redriven()]]):
        step(newer, *batch)
    assert case(newer).heard == 1
    assert counted(step(newer, *map(redriven, (1, 2, 3)))) == (0, 0, 3)
