"""A budget for each sender: beyond it junk is told together, exactly, and costs nobody else any time."""

import asyncio
from collections.abc import Iterable
from functools import partial

import pytest

from runtime.envelope import Record, Unreadable
from runtime.kernel.arrivals import Consumed, Folded, Letter
from runtime.kernel.dead_letters import (
    ANY,
    CANNOT_BE_STORED,
    DECISION_FAILED,
    LETTER_ID,
    OFFSETS,
    STANDS_FOR,
    offsets_in,
    spans,
)
from runtime.kernel.kernel import Kernel
from runtime.settings import Settings
from runtime.worker.engine import Engine
from runtime.worker.folding import MOST_RECORDS, Folding
from runtime.worker.giving_up import Flood
from runtime.worker.senders import InTurn, Sender, Senders
from runtime.worker.telemetry import MOST_SOURCES, Meters
from tests.kernel.steps import arrived, said, step
from tests.kernel.tally import buggy, pay
from tests.kernel.test_engine import Broker, nobody, running, until

TOPIC = "cancellation.commands"


def junk(offset: int, source: str = "/channels/web") -> Consumed:
    record = Record(TOPIC, b"k", b"{", [("ce_source", source.encode()), ("ce_type", b"payment.retry.v1")])
    return Consumed(record, 0, offset, 0, "tuiding-intake")


def letter(code: str, source: str = "/channels/web", topic: str = TOPIC) -> Letter:
    return Letter(code, topic, source)


def an_engine(kernel: Kernel, **settings: int) -> Engine:
    return Engine(kernel, Broker().publish, nobody, Settings(**settings), Meters("intake"))  # type: ignore[arg-type]


def told(broker: Broker) -> list[tuple[str, int]]:
    """Of each letter its reason, and how many records it stands for."""
    return [(_header(each, "x-error-code"), len(offsets_of(each))) for each in letters_on(broker)]


def letters_on(broker: Broker) -> list[Record]:
    return [each for each in broker.taken if each.topic.endswith(".dead-letter")]


def offsets_of(letter: Record) -> list[int]:
    return offsets_in(_header(letter, OFFSETS) or _header(letter, "x-original-offset"))


def _header(record: Record, name: str) -> str:
    return dict(record.headers).get(name, b"").decode()


async def test_beyond_the_budget_one_letter_a_second_says_exactly_which_and_nobody_waits_for_it(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.worker.folding.LONGEST_SECONDS", 3600.0)  # so that no second ends while we look
    broker, done = Broker(), list[str]()
    async with running(kernel, broker, junk_per_minute=200, dead_letters_per_minute=3) as engine:
        for offset in range(1, 1001):
            await arrived(engine, junk(offset), lambda: None)
        await until(lambda: len(letters_on(broker)) == 1000 and bool(engine.slowed))
        for offset in range(1001, 3001):
            await arrived(engine, junk(offset), lambda: None)
        await arrived(engine, pay(4000), lambda: done.append("web"))
        await until(engine.meters.handled._value.get)  # its alarm may ring before the next look
        assert len(letters_on(broker)) == 1000, "who pays was decided before what waits to be told together"
        assert done == [], "acknowledged only after all that came before it on its partition"
        monkeypatch.setattr("runtime.worker.folding.LONGEST_SECONDS", 1.0)
        await until(lambda: done == ["web"])
        assert engine.slowed == ("/channels/web on cancellation.commands",)
    every = [offset for letter in letters_on(broker) for offset in offsets_of(letter)]
    assert every == list(range(1, 3001)) and len(letters_on(broker)) <= 1002
    assert engine.meters.dead_letters._value.get() == 3000


async def test_what_is_sound_of_a_sender_beyond_its_budget_is_decided_at_once(kernel: Kernel) -> None:
    async with running(kernel, Broker(), junk_per_minute=3) as engine:
        sound = pay(1)
        own = dict(sound.record.headers)["ce_source"].decode()
        engine.senders.heard([letter("breaks-contract", own, sound.record.topic)] * 100, here())
        assert engine.senders.beyond(sound.record)
        await arrived(engine, sound, lambda: None)
        await until(engine.meters.handled._value.get)  # its alarm may ring before the next look
        assert not len(engine.folding)


def here() -> float:
    return asyncio.get_running_loop().time()


def many(offsets: Iterable[int], code: str = "headers-missing") -> Folded:
    listed = list(offsets)
    return Folded(
        junk(listed[0]), Unreadable(code, "missing ce_id"), "/channels/web", tuple((each, 0) for each in listed)
    )


def test_what_comes_again_after_a_crash_is_counted_once_however_it_is_cut_and_alone_or_among_many(
    kernel: Kernel,
) -> None:
    broker = Broker()
    steps = ([junk(5)], [many(range(4, 8))], [many(range(1, 5))], [junk(2), many((7, 9))], [many(range(1, 10))])
    outcomes = [step(kernel, *arrivals) for arrivals in steps]
    broker.taken = [record for outcome in outcomes for record in said(outcome)]
    once = list({_header(each, LETTER_ID): each for each in letters_on(broker)}.values())
    assert sorted(offset for letter in once for offset in offsets_of(letter)) == list(range(1, 10))
    assert sum(outcome.dead_letters for outcome in outcomes) == 9


def test_the_letter_of_many_holds_the_first_one_untouched_and_how_many_there_are(kernel: Kernel) -> None:
    (record,) = said(step(kernel, many((3, 4, 5, 9))))
    assert (record.key, record.value) == (b"k", b"{")
    named = {name: _header(record, name) for name in ("x-original-offset", STANDS_FOR, OFFSETS, "x-error-code")}
    assert named == {
        "x-original-offset": "3",
        STANDS_FOR: "4",
        OFFSETS: "3-5,9",
        "x-error-code": "headers-missing",
    }


@pytest.mark.parametrize("offsets", [[], [7], [1, 2, 3], [9, 1, 2, 5], [0, 2, 4]])
def test_offsets_are_written_short_and_read_back(offsets: list[int]) -> None:
    assert offsets_in(spans(offsets)) == sorted(offsets)


def test_many_are_gathered_by_sender_partition_and_reason_for_a_second_or_until_it_is_full() -> None:
    folding, sender, acknowledged = Folding(), Sender(TOPIC, "/channels/web"), list[int]()
    for number in range(6):
        place = junk(number)._replace(partition=number % 2)
        folding.add(sender, place, Unreadable("ab"[number // 3], ""), partial(acknowledged.append, number), 10.0)
    assert folding.due(10.9) == [] and len(folding) == 6
    due = folding.due(11.0)
    assert [(each.first.partition, each.error.code, each.places) for each, _ in due] == [
        (0, "a", ((0, 0), (2, 0))),
        (1, "a", ((1, 0),)),
        (1, "b", ((3, 0), (5, 0))),
        (0, "b", ((4, 0),)),
    ]
    assert acknowledged == [] and not len(folding)
    for _, done in due:
        done()
    assert sorted(acknowledged) == list(range(6))
    for number in range(MOST_RECORDS):
        folding.add(sender, junk(number), Unreadable("a", ""), None, 20.0)
    assert folding.full and len(folding.due(20.0)) == 1 and not folding.full


async def test_what_we_took_in_and_failed_at_still_stops_the_service_and_says_whose_fault_it_is(kernel: Kernel) -> None:
    engine = an_engine(kernel, dead_letters_per_minute=3)
    for number in range(10):
        await arrived(engine, buggy(number))
    with pytest.raises(Flood, match="decisions of ours failed within a minute: that is us, not them"):
        await engine.run()


@pytest.mark.parametrize(
    "code", ["breaks-contract", "headers-missing", "not-yours-to-say", "unknown-type", "too-large"]
)
def test_a_sender_is_slowed_beyond_its_budget_and_free_again_after_a_quiet_minute(code: str) -> None:
    senders = Senders(3)
    assert senders.heard([letter(code)] * 3, 0.0) == []
    (slowed,) = senders.heard([letter(code)], 1.0)
    assert slowed == (TOPIC, "/channels/web") and senders.heard([letter(code)], 2.0) == []
    assert senders.beyond(junk(1).record) == slowed and not senders.beyond(junk(1, "/channels/app").record)
    assert senders.slowed(61.9) == (slowed,) and senders.slowed(62.1) == ()
    assert not senders.beyond(junk(1).record)


@pytest.mark.parametrize("code", [DECISION_FAILED, CANNOT_BE_STORED])
def test_our_own_faults_are_nobody_elses(code: str) -> None:
    assert Senders(3).heard([letter(code)] * 10, 0.0) == []


def test_a_service_of_ours_is_never_slowed() -> None:
    assert Senders(3).heard([letter("unknown-type", "/tuiding/billing", "cancellation.billing")] * 10, 0.0) == []


def test_a_budget_is_a_minutes() -> None:
    senders = Senders(3)
    assert not any(senders.heard([letter("breaks-contract")], 25.0 * number) for number in range(20))


def test_who_forges_the_name_of_a_service_of_ours_has_a_budget_like_everybody() -> None:
    (slowed, _) = Senders(3).heard([letter("not-yours-to-say", "/tuiding/billing")] * 20, 0.0)
    assert slowed == (TOPIC, "/tuiding/billing")


@pytest.mark.parametrize("names", [400, 2000])
def test_who_changes_the_name_before_its_budget_is_used_up_is_one_sender(names: int) -> None:
    senders = Senders(3)
    for number in range(2000):
        senders.heard([letter("breaks-contract", f"/x/{number % names}")], 0.0)
    assert senders.beyond(junk(1, "/x/never heard of").record) == (TOPIC, ANY) and len(senders._broken) < 600


def test_one_beyond_its_budget_does_not_use_up_that_of_the_others() -> None:
    senders = Senders(3)
    for _ in range(1000):
        senders.heard([letter("breaks-contract")], 0.0)
    assert senders.beyond(junk(1).record) and not senders.beyond(junk(1, "/channels/app").record)


def test_metrics_have_room_for_a_few_sources_only() -> None:
    meters = Meters("intake")
    for number in range(500):
        meters.senders([letter("breaks-contract", f"/x/{number}")], ())
    series = {sample.labels.get("source") for family in meters.letters_of.collect() for sample in family.samples}
    assert len(series) <= MOST_SOURCES + 1 and "others" in series


def test_what_came_is_acknowledged_in_its_order_whichever_is_done_first() -> None:
    turns, told = InTurn(), list[int]()
    first = turns.expect(lambda: told.append(1), records=2)
    second = turns.expect(lambda: told.append(2))
    second()
    first()
    assert told == []
    first()
    assert told == [1, 2]
