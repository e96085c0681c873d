"""A sender's id names one command: the same once more changes nothing, another under it is its sender's breach."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa

from runtime.kernel.arrivals import Consumed, Letter, Outcome, SetAside
from runtime.kernel.dead_letters import ANY, OFFSETS, offsets_in
from runtime.kernel.inbox import MOST_SOURCES
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import ticks
from runtime.kernel.tables import INBOX
from runtime.worker.senders import Senders
from tests.kernel.conftest import Kernels
from tests.kernel.steps import OTHER, case, step
from tests.kernel.tally import LATER, NOW, REQUEST, buggy, heard, hold, pay, withdraw

CODE = "same-id-other-content"
Change = Callable[[Consumed], Consumed]


def under_the_id_of(first: Consumed, other: Consumed, offset: int = 9) -> Consumed:
    own = dict(first.record.headers)["ce_id"]
    headers = [(name, own if name == "ce_id" else value) for name, value in other.record.headers]
    return other._replace(record=other.record._replace(headers=headers), offset=offset)


def with_value(change: Callable[[Any], bytes]) -> Change:
    return lambda one: one._replace(record=one.record._replace(value=change(orjson.loads(one.record.value or b""))))


def with_header(name: str, value: bytes) -> Change:
    def changed(one: Consumed) -> Consumed:
        kept = [each for each in one.record.headers if each[0] != name]
        return one._replace(record=one.record._replace(headers=[*kept, (name, value)]))

    return changed


def structured(one: Consumed) -> Consumed:
    names = {name.removeprefix("ce_"): value.decode() for name, value in one.record.headers if name.startswith("ce_")}
    value = orjson.dumps(names | {"data": orjson.loads(one.record.value or b"")})
    return one._replace(
        record=one.record._replace(value=value, headers=[("content-type", b"application/cloudevents+json")])
    )


SAYS_THE_SAME: dict[str, Change] = {
    "to the byte": lambda one: one,
    "its fields in another order": with_value(lambda told: orjson.dumps(dict(reversed(told.items())))),
    "with spaces": with_value(lambda told: orjson.dumps(told, option=orjson.OPT_INDENT_2)),
    "said at another time": with_header("ce_time", b"2026-03-10T10:00:00Z"),
    "with another trace": with_header("traceparent", b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01"),
    "its id in capitals": lambda one: with_header("ce_id", dict(one.record.headers)["ce_id"].upper())(one),
    "in structured mode": structured,
    "on another partition": lambda one: one._replace(partition=5),
}
SAYS_ANOTHER: dict[str, Consumed] = {
    "another command": withdraw(2),
    "about another request": pay(2, OTHER),
    "for another channel": with_value(lambda told: orjson.dumps(told | {"channel": "web"}))(pay(2)),
    "one that fails": buggy(2),
    "one that claims": hold(2, REQUEST),
}


@pytest.mark.parametrize("same", SAYS_THE_SAME.values(), ids=SAYS_THE_SAME.keys())
@pytest.mark.parametrize("together", [True, False])
def test_the_same_content_once_more_is_a_silent_duplicate(kernel: Kernel, same: Change, together: bool) -> None:
    once_more = same(pay(1))._replace(offset=9)
    if together:
        outcome = step(kernel, pay(1), once_more)
        assert outcome.handled == 1
    else:
        outcome = step(kernel, once_more, published=step(kernel, pay(1)))
        assert outcome.handled == 0
    assert (outcome.duplicates, outcome.letters) == (1, ())


@pytest.mark.parametrize("other", SAYS_ANOTHER.values(), ids=SAYS_ANOTHER.keys())
@pytest.mark.parametrize("together", [True, False])
def test_other_content_under_a_taken_id_is_a_letter_and_changes_nothing(
    kernel: Kernel, other: Consumed, together: bool
) -> None:
    second = under_the_id_of(pay(1), other)
    first = step(kernel, *((pay(1), second) if together else (pay(1),)))
    outcome = first if together else step(kernel, second, published=first)
    assert outcome.letters == (Letter(CODE, second.record.topic, "/channels/test"),)
    assert (outcome.duplicates, case(kernel).heard, outcome.calls) == (0, 1, [])
    (letter,) = [each.record for each in outcome.publish if each.record.topic.endswith("dead-letter")]
    assert (letter.key, letter.value) == (second.record.key, second.record.value)
    again = step(kernel, second, published=outcome)
    assert (again.letters, again.publish) == ((), []), "told once, however often it is read"


def test_whichever_is_heard_first_counts_and_goes_on_counting(kernel: Kernel) -> None:
    odd = under_the_id_of(pay(1), withdraw(2))
    first = step(kernel, odd, pay(1))
    assert (first.handled, len(first.letters)) == (1, 1)
    later = step(kernel, pay(1)._replace(offset=20), odd._replace(offset=21), published=first)
    assert (later.handled, later.duplicates, len(later.letters)) == (0, 1, 1)


def test_another_source_may_use_the_same_id_for_what_it_likes(kernel: Kernel) -> None:
    theirs = with_header("ce_source", b"/channels/other")(under_the_id_of(pay(1), withdraw(2)))
    assert (outcome := step(kernel, pay(1), theirs)).handled == 2 and outcome.letters == ()


def test_many_of_one_sender_and_partition_are_one_letter_that_says_where_each_lies(kernel: Kernel) -> None:
    many = [under_the_id_of(pay(1), pay(2, str(UUID(int=at, version=4))), offset=at) for at in range(10, 60)]
    elsewhere = many[0]._replace(partition=7)
    outcome = step(kernel, pay(1), *many, elsewhere)
    assert sorted(each.records for each in outcome.letters) == [1, 50] and outcome.handled == 1
    told = [dict(each.record.headers) for each in outcome.publish if each.record.topic.endswith("dead-letter")]
    assert [each.get(OFFSETS) for each in told] == [b"10-59", None]
    assert step(kernel, *many, elsewhere, published=outcome).letters == ()


@pytest.mark.parametrize("names", [1, 2, MOST_SOURCES, MOST_SOURCES + 1, 60])
def test_whoever_makes_up_a_name_for_each_costs_few_letters_that_say_where_each_lies(
    kernel: Kernel, names: int
) -> None:
    sources = [f"/x/{at % names}".encode() for at in range(60)]
    first = step(
        kernel, *(with_header("ce_source", each)(pay(1))._replace(offset=at) for at, each in enumerate(sources))
    )
    odd = [
        with_header("ce_source", each)(under_the_id_of(pay(1), withdraw(2), offset=100 + at))
        for at, each in enumerate(sources)
    ]
    outcome = step(kernel, *odd, published=first)
    assert len(outcome.letters) == min(names, MOST_SOURCES + 1) and outcome.dead_letters == len(odd)
    assert {each.source for each in outcome.letters} >= ({ANY} if names > MOST_SOURCES + 1 else {"/x/0"})
    told = [dict(each.record.headers) for each in outcome.publish if each.record.topic.endswith("dead-letter")]
    places = [at for each in told for at in offsets_in((each.get(OFFSETS) or each["x-original-offset"]).decode())]
    assert sorted(places) == [each.offset for each in odd]
    assert step(kernel, *odd, published=outcome).letters == ()


def test_it_counts_against_its_senders_budget_and_nobody_elses(kernel: Kernel) -> None:
    many = [under_the_id_of(pay(1), withdraw(2), offset=at) for at in range(10, 40)]
    senders = Senders(per_minute=20)
    (slowed,) = senders.heard(step(kernel, pay(1), *many).letters, 0.0)
    assert slowed == (many[0].record.topic, "/channels/test")


def test_what_an_earlier_build_took_in_has_no_content_and_stays_silent(kernel: Kernel, another: Kernels) -> None:
    """Its store has no such column; a worker of it beside us writes rows without one."""
    with kernel.store.transaction() as tx:
        tx.execute(sa.text("alter table inbox drop column content"))
    second = another("2")
    own = next(_known_after(second, pay(1)))
    with second.store.transaction() as tx:
        tx.execute(sa.update(INBOX).values(content=None))
    outcome = step(second, under_the_id_of(pay(1), withdraw(2)))
    assert (outcome.handled, outcome.duplicates, outcome.letters) == (0, 1, ())
    assert _content(second, own) is None


def _known_after(kernel: Kernel, arrival: Consumed) -> Any:
    step(kernel, arrival)
    return (row.id for row in kernel.store.read(sa.select(INBOX)))


def _content(kernel: Kernel, own: str) -> str | None:
    return kernel.store.read(sa.select(INBOX.c.content).where(INBOX.c.id == own))[0][0]  # type: ignore[no-any-return]


def test_what_our_services_say_has_no_content_in_the_inbox(kernel: Kernel) -> None:
    step(kernel, pay(1), heard(2, REQUEST, "demo@1"))
    assert [row.content is None for row in kernel.store.read(sa.select(INBOX).order_by(INBOX.c.content))].count(
        True
    ) == 1


def test_an_id_whose_command_could_not_be_stored_is_taken_as_well(kernel: Kernel) -> None:
    gone = kernel.step([SetAside(pay(1), ValueError("the database refused it"))], (), NOW)
    outcome = step(kernel, under_the_id_of(pay(1), withdraw(2)), published=gone)
    assert [each.code for each in outcome.letters] == [CODE]


def test_what_cannot_be_stored_is_held_against_what_counts_under_its_id(kernel: Kernel) -> None:
    first, refused = step(kernel, pay(1)), ValueError("the database refused it")
    odd = SetAside(under_the_id_of(pay(1), withdraw(2)), refused)
    outcome = kernel.step([odd, SetAside(pay(1)._replace(offset=10), refused)], positions(first), NOW)
    assert [each.code for each in outcome.letters] == [CODE] and outcome.duplicates == 1


def positions(outcome: Outcome) -> list[int]:
    return [each.position for each in outcome.publish]


def test_heard_again_weeks_later_it_is_remembered_with_its_content(kernel: Kernel) -> None:
    first = step(kernel, pay(1))
    kernel.step([pay(1)], positions(first), LATER.replace(month=5))
    (row,) = kernel.store.read(sa.select(INBOX))
    assert row.at == ticks(LATER.replace(month=5)) and row.content


def test_a_letter_sent_again_by_an_operator_is_told_again_and_decided_by_nobody(kernel: Kernel) -> None:
    odd = under_the_id_of(pay(1), withdraw(2))
    first = step(kernel, pay(1), odd)
    redriven = {"x-redrive-count": b"1", "x-redrive-group": b"tuiding-intake", "x-redrive-keeps-id": b"yes"}
    headers = [*odd.record.headers, *redriven.items()]
    again = odd._replace(record=odd.record._replace(headers=headers), offset=30)
    assert [each.code for each in step(kernel, again, published=first).letters] == [CODE]
