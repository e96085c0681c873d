"""A hundred subscriptions are to be erased while half of them are under way: those wait, and then nothing is left."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import time_machine

from demo.carrier.crowd import crowd, crowd_ref
from runtime.kernel.store import Store
from services.console.roles import Role
from tests.console.test_second_person import answer, who
from tests.console.test_sign_in import browser
from tests.flow.customer import confirm, submit
from tests.flow.with_console import Run, cells

OVER, QUOTED, CONFIRMED = range(1, 51), range(51, 76), range(76, 101)
LONG = timedelta(days=400)


def test_those_under_way_are_refused_and_nothing_of_them_is_touched_until_they_are_over(run: Run) -> None:
    run.system.books.enrol(crowd(100, run.system.now.date()))
    over, quoted, confirmed = ([crowd_ref(index) for index in some] for some in (OVER, QUOTED, CONFIRMED))
    for each in over:
        confirm(run.system, submit(run.system, each))
    run.system.advance(LONG)
    asked = [submit(run.system, each) for each in (*quoted, *confirmed)]
    for each in asked[len(quoted) :]:
        confirm(run.system, each)
    run.show()
    before = left(run, [*quoted, *confirmed])
    first = order(run, [*over, *quoted, *confirmed], "first")
    assert first == {"confirmed": 50, "is still open": 25, "still has a clock that runs": 25}
    assert left(run, over) == {} and left(run, [*quoted, *confirmed]) == before
    run.system.advance(LONG)
    run.show()
    assert {run.system.stage(each) for each in asked} == {"expired", "closed"}
    assert order(run, [*over, *quoted, *confirmed], "second") == {"nothing-to-erase": 50, "confirmed": 50}
    assert left(run, [*over, *quoted, *confirmed]) == {} and run.system.dead_letters() == []


def order(run: Run, subscriptions: Sequence[str], key: str, between: Callable[[], None] = lambda: None) -> Counter[str]:
    """By two leads, one subscription after the other, `between` whom something happens; then everybody hears of it."""
    with time_machine.travel(run.system.now, tick=False):
        answers = asyncio.run(_order(run, subscriptions, key, between))
    run.published()
    return answers


async def _order(run: Run, subscriptions: Sequence[str], key: str, between: Callable[[], None]) -> Counter[str]:
    answers = Counter[str]()
    async with browser(run.host) as client:
        for each in subscriptions:
            wish = {"subscription": each, "ground": "customers-request", "reason": "in writing"}
            asked = await client.post("/v1/erasures", json=wish, headers=who(run.host, "zhao", Role.LEAD, key=key))
            told = asked.json()
            if asked.status_code == 202:
                await asyncio.to_thread(between)
                told = (await answer(client, run.host, told["proposal"], "qian", role=Role.LEAD)).json()
            faults = [fault["message"].partition(" until")[0] for fault in told.get("errors", ())] or [
                told.get("code") or told["state"]
            ]
            answers.update(faults)
    return answers


def left(run: Run, subscriptions: Sequence[str]) -> dict[str, int]:
    """How many cells of which table name one of them."""
    stores = {name: each.store for name, each in run.system.steppers.items()} | {"console": run.store}
    found = Counter(place for name, store in stores.items() for place in _places(name, store, subscriptions))
    return dict(found)


def _places(name: str, store: Store, subscriptions: Sequence[str]) -> list[str]:
    named = [each.encode() for each in subscriptions]
    return [f"{name} {table}" for table, cell in cells(store) if any(each in cell for each in named)]
