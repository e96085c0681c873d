"""Turns a record of librdkafka into a record of ours."""

import gc
from typing import Any, NamedTuple

from runtime.envelope import Headers, Record
from runtime.kafka.positions import Marks
from runtime.kernel.arrivals import Consumed


class Handed(NamedTuple):
    """Records of one topic, in the order of its partitions, and what is acknowledged once all of them are done."""

    records: list[Consumed]
    marks: Marks


def consumed(message: Any, group: str) -> Consumed:
    record = Record(message.topic(), message.key(), message.value(), headers_of(message))
    return Consumed(record, message.partition(), message.offset(), message.timestamp()[1] or 0, group)


def headers_of(message: Any) -> Headers:
    """To Kafka the name of a header is bytes, and a channel's client in C or Go can write one that is not UTF-8."""
    try:
        return message.headers() or ()
    except SystemError as error:
        return _spelled(message, error)


def _spelled(message: Any, error: SystemError) -> Headers:
    """Such a name with its foreign bytes spelled out (`caf\\xe9`), the other headers as they are.

    The client leaves a hole where it could not read a name and says only of the first one what it was: of several,
    the others are called by that name too. Nobody asks for any of them.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, UnicodeDecodeError):
        cause = cause.__cause__
    name = cause.object.decode("utf-8", "backslashreplace") if cause else "?"
    return [_whole(pair, name) for pair in message.headers()]


def _whole(pair: tuple[str, bytes], name: str) -> tuple[str, bytes]:
    """Looking at the hole itself would end the process; the collector's view leaves it out."""
    there = gc.get_referents(pair)
    return pair if len(there) == len(pair) else (name, pair[1])
