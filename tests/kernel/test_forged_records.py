"""Whatever a stranger writes to any topic, whoever reads all of them goes on: the replay's archive, the demo's ear."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.flow import TOPICS, journal_topic
from demo.listener import Listener
from runtime.envelope import Record
from runtime.kernel.arrivals import Consumed
from runtime.kernel.dead_letters import MOST_TOGETHER, offsets_in, spans
from runtime.kernel.journal import ID, POSITION
from runtime.replay.archive import Archive
from tests.contracts.poison import ALL
from tests.contracts.sound import record_of

WITHOUT_A_VALUE: list[tuple[str, Any]] = [
    (name, None) for name in ("ce_id", "ce_type", "ce_source", "traceparent", ID, POSITION)
]
TOLD = b'{"pack": "demo@1", "part": 1, "inputs": []}'


def odd() -> Iterator[Record]:
    sound = record_of("quote.issued.v1")
    yield from (poison.record for poison in ALL)
    for name, value in WITHOUT_A_VALUE:
        yield sound._replace(headers=[(name, value), *(each for each in sound.headers if each[0] != name)])
    for value in (b"null", b"[]", b"1", b'"text"', b"{", b"\xff", b""):
        yield sound._replace(value=value)
    positions: tuple[Any, ...] = (b"9" * 30, b"-1", b"x", b"", None, "７".encode())
    yield from (sound._replace(value=TOLD, headers=[(ID, b"i"), (POSITION, each)]) for each in positions)


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS])
def test_what_nobody_of_ours_wrote_stops_no_reader_of_all_topics(topic: str) -> None:
    archive, listener = Archive(), Listener("nowhere:9092", from_the_beginning=True)
    for at, each in enumerate(odd()):
        archive.put([Consumed(each._replace(topic=topic), 0, at, 0, "")])
        listener._hear(topic, SimpleNamespace(headers=each.headers, value=each.value, timestamp=0))
    assert archive.count([topic]) in (0, at + 1)
    assert listener.records[topic] == at + 1
    archive.close()


def test_a_forged_line_of_a_journal_is_no_transaction() -> None:
    archive, topic = Archive(), journal_topic("billing")
    archive.put([Consumed(each._replace(topic=topic), 0, at, 0, "") for at, each in enumerate(odd())])
    assert archive.transactions("billing") == []


@pytest.mark.parametrize("text", ["", "x", "1-", "-1", "1,,2", "7-3-1", "9" * 30, "1-" + "9" * 30, "１", "1\n2", " 1"])
def test_what_is_no_list_of_offsets_is_none(text: str) -> None:
    assert offsets_in(text) == []


@pytest.mark.parametrize("text", ["0-99999999999", "5-1", ",".join(f"{at}-{at + 999_999}" for at in range(50))])
def test_one_letter_stands_for_so_many_records_at_most(text: str) -> None:
    assert len(offsets_in(text)) <= MOST_TOGETHER


def test_what_was_written_is_read() -> None:
    assert offsets_in(spans([3, 1, 2, 9, 7])) == [1, 2, 3, 7, 9]
