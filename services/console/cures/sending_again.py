"""A dead letter as the record it was: what is sent again, who decides it anew, and whether it fails once more."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from kafka.errors import KafkaError

from contracts.flow import TOPICS, group_id
from contracts.words import Text
from runtime.envelope import Record, Unreadable, decode
from runtime.exits import clean
from runtime.http.problems import Problem
from runtime.kafka.connect import BrokerTrouble
from runtime.kafka.record_times import Place
from runtime.kernel.dead_letters import (
    KEEPS_ID,
    LONGEST_REASON,
    NO_VALUE,
    OFFSETS,
    OTHER_CONTENT,
    REDRIVE_COUNT,
    REDRIVE_GROUP,
    SAME_ID_OTHER_CONTENT,
    TAKEN_IN,
    Header,
    for_another,
    offsets_in,
    parted,
    times_sent_again,
)
from runtime.signatures import NOT_SIGNED, Signatures
from services.console.kept.rows import DEAD_LETTERS_OF, UNREADABLE, unpacked
from services.console.watched.broker import Broker

MOST_AT_ONCE = 500  # records read from a topic together
OURS = {topic.name for topic in TOPICS} - DEAD_LETTERS_OF.keys()


def original(letter: sa.Row[Any]) -> Record:
    """The record as it first came, and how often it has been sent again."""
    if letter.service == UNREADABLE or letter.original_topic not in OURS:
        topic, service = repr(letter.original_topic), letter.service
        told = Text(zh=f"它来自 {topic}，由 {service} 看到。", en=f"It came from {topic}, seen by {service}.")
        raise Problem("not-redrivable", told)
    headers, ours = parted(unpacked(letter.headers))
    value = None if NO_VALUE in ours else letter.value
    return _once_more(Record(letter.original_topic, letter.key, value, headers), letter.code, ours)


def originals(letter: sa.Row[Any], broker: Broker) -> list[Record]:
    """Where a letter stands for many: each of them as it lies on its topic, or none at all."""
    first, offsets = original(letter), stands_for(letter)
    if not offsets:
        return [first]
    _, ours = parted(unpacked(letter.headers))
    try:
        there = _lying_at((letter.original_topic, letter.original_partition), offsets, broker)
    except (BrokerTrouble, KafkaError, OSError) as error:
        raise Problem("broker-away") from error
    if missing := len(offsets) - len(there):
        told = Text(
            zh=f"它代表的 {len(offsets)} 条记录中有 {missing} 条已不存在。",
            en=f"{missing} of the {len(offsets)} records it stands for are no longer there.",
        )
        raise Problem("not-redrivable", told)
    return [_once_more(record, letter.code, ours) for record in there]


def _lying_at(place: Place, offsets: list[int], broker: Broker) -> list[Record]:
    wanted, found = set(offsets), dict[int, Record]()
    start, end = min(offsets), max(offsets)
    while start <= end and (records := broker.records({place: start}, MOST_AT_ONCE)):
        found |= {each.offset: each.record for each in records if each.offset in wanted}
        start = records[-1].offset + 1
    return [found[offset] for offset in offsets if offset in found]


def stands_for(letter: sa.Row[Any]) -> list[int]:
    """The offsets of all the records that were set aside by this one; none where it is only itself."""
    _, ours = parted(unpacked(letter.headers))  # whoever sent it may have written such a header as well
    return next((offsets_in((value or b"").decode("ascii", "replace")) for name, value in ours if name == OFFSETS), [])


def _once_more(record: Record, code: str, ours: Sequence[Header]) -> Record:
    """As it came, with how often it was sent again and for whom."""
    headers = record.headers
    kept = [(name, value) for name, value in headers if name not in (REDRIVE_COUNT, REDRIVE_GROUP, KEEPS_ID)]
    again = [(REDRIVE_COUNT, str(times_sent_again(headers) + 1).encode())]
    again += [(REDRIVE_GROUP, value) for name, value in ours if name == "x-original-group"]
    if code not in TAKEN_IN:  # its id counts as seen there; what nobody took in keeps its id, and counts once
        again.append((KEEPS_ID, b"yes"))
    return record._replace(headers=[*kept, *again])


def decided_by(record: Record) -> list[str]:
    """Whoever set it aside, and nobody else; every reader of its topic where that is not known."""
    readers = next(topic.read_by for topic in TOPICS if topic.name == record.topic)
    return [name for name in readers if not for_another(record, group_id(name))]


def fails_again(record: Record, code: str, signatures: Signatures) -> str:
    """Why today's keys, contract or inbox surely refuse it once more; empty where it is read, then decided anew."""
    if why := signatures.fault(record):
        return clean(f"{NOT_SIGNED}: {why}")[:LONGEST_REASON]
    try:
        decode(record)
    except Unreadable as error:
        return clean(f"{error.code}: {error}")[:LONGEST_REASON]
    return f"{code}: {OTHER_CONTENT}" if code == SAME_ID_OTHER_CONTENT else ""
