"""What was read from the topics, laid out: records by their place, transactions in order, events by their id."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from contracts.flow import BY_NAME, DECIDING, JOURNALS, topic_name
from contracts.journal import Decided, Transaction
from contracts.rights import source_of
from contracts.words import whole_number
from runtime.envelope import Record, Unreadable, decode
from runtime.kernel.arrivals import Consumed
from runtime.kernel.journal import ID, POSITION

REDRIVE = "x-redrive-"
SOURCES = {topic_name(each.writes): source_of(each.name).encode() for each in DECIDING}
COLUMNS = "topic, part, place, ms, key, value, headers"
TABLES = f"""
create table records ({COLUMNS}, primary key (topic, part, place)) without rowid;
create table journal (service, id, part, position, value, primary key (service, id, part)) without rowid;
create table said (topic, id, digest, part, place, primary key (topic, id, digest)) without rowid;
create table again (topic, id, digest, primary key (topic, id)) without rowid;
"""
ONLY_AGAIN = """select id from again where topic = ?1 and not exists
    (select 1 from said where said.topic = ?1 and said.id = again.id and said.digest = again.digest) order by id"""
ONLY_SAID = """select id, part, place from said where topic = ?1 and not exists
    (select 1 from again where again.topic = ?1 and again.id = said.id and again.digest = said.digest) order by id"""


class Archive:
    """In memory, or in a file where there may be more than memory holds."""

    def __init__(self, file: str = ":memory:") -> None:
        self.books = sqlite3.connect(file, isolation_level=None)
        self.books.executescript("pragma journal_mode=off; pragma synchronous=off;" + TABLES)

    def close(self) -> None:
        self.books.close()

    def put(self, records: Iterable[Consumed]) -> None:
        """The same record again changes nothing."""
        self.books.execute("begin")
        for each in records:
            if each.record.topic in JOURNALS:
                self._keep_transaction(each)
            else:
                self._keep_record(each)
        self.books.execute("commit")

    def _keep_transaction(self, each: Consumed) -> None:
        headers = {name: value.decode("utf-8", "replace") for name, value in each.record.headers if value}
        position = whole_number(headers.get(POSITION, ""), most_digits=18)
        try:
            told = Transaction.model_validate_json(each.record.value or b"")
        except ValidationError:
            return
        if ID not in headers or position is None:
            return  # not ours; where it should have been, something will be missing
        first = (headers[ID], told.part, position, _alone(told))
        more = [(further.id, further.part, further.position, _alone(further)) for further in told.more]
        rows = [(JOURNALS[each.record.topic], *row) for row in (first, *more)]
        self.books.executemany("insert or ignore into journal values (?, ?, ?, ?, ?)", rows)

    def _keep_record(self, each: Consumed) -> None:
        topic, key, value, headers = each.record
        place = (topic, each.partition, each.offset)
        packed = orjson.dumps([[name, None if text is None else text.decode("latin-1")] for name, text in headers])
        row = (*place, each.timestamp_ms, key, value, packed)
        self.books.execute("insert or ignore into records values (?, ?, ?, ?, ?, ?, ?)", row)
        found = dict(headers)
        if topic in SOURCES and found.get("ce_source") == SOURCES[topic] and found.get("ce_id"):
            said = (topic, found["ce_id"].decode("utf-8", "replace"), digest(each.record), *place[1:])
            self.books.execute("insert or ignore into said values (?, ?, ?, ?, ?)", said)

    # ---- taking down -----------------------------------------------------------------------------------------------

    def record(self, topic: str, partition: int, offset: int, group: str) -> Consumed | None:
        found = self.books.execute(
            "select * from records where topic = ? and part = ? and place = ?", (topic, partition, offset)
        ).fetchone()
        return _consumed(found, group) if found else None

    def in_time(self, topics: Sequence[str], group: str) -> Iterator[Consumed]:
        """All of them as the broker got them: each partition in its own order, whatever its producers' clocks said."""
        marks = ", ".join("?" * len(topics))
        reached = "max(ms) over (partition by topic, part order by place) as reached"
        those = f"select *, {reached} from records where topic in ({marks})"
        wanted = f"select {COLUMNS} from ({those}) order by reached, topic, part, place"
        yield from (_consumed(row, group) for row in self.books.execute(wanted, topics))

    def count(self, topics: Sequence[str]) -> int:
        marks = ", ".join("?" * len(topics))
        return int(self.books.execute(f"select count(*) from records where topic in ({marks})", topics).fetchone()[0])

    def transactions(self, service: str) -> list[tuple[int, str]]:
        """Position and id of each, in an order in which they can be done again."""
        found = self.books.execute(
            "select max(position), id from journal where service = ? group by id order by 1", (service,)
        )
        return list(found)

    def transaction(self, service: str, own: str) -> Transaction | None:
        """None: a part of it is missing."""
        wanted = "select value from journal where service = ? and id = ? order by part"
        parts = [Transaction.model_validate_json(row[0]) for row in self.books.execute(wanted, (service, own))]
        if len(parts) < parts[0].parts:
            return None
        inputs = tuple(each for part in parts for each in part.inputs)
        return parts[0].model_copy(update={"inputs": inputs})

    def knows_transaction(self, service: str, own: str) -> bool:
        wanted = "select 1 from journal where service = ? and id = ?"
        return self.books.execute(wanted, (service, own)).fetchone() is not None

    # ---- what was said, and is said again --------------------------------------------------------------------------

    def begin_again(self, service: str) -> None:
        self.books.execute("delete from again where topic = ?", (topic_name(BY_NAME[service].writes),))

    def say_again(self, own: str, record: Record) -> bool:
        """True when it lies on its topic, byte for byte."""
        row = (record.topic, own, digest(record))
        self.books.execute("insert or ignore into again values (?, ?, ?)", row)
        wanted = "select 1 from said where topic = ? and id = ? and digest = ?"
        return self.books.execute(wanted, row).fetchone() is not None

    def only_said_again(self, service: str) -> list[str]:
        return [row[0] for row in self.books.execute(ONLY_AGAIN, (topic_name(BY_NAME[service].writes),))]

    def only_on_the_topic(self, service: str) -> list[str]:
        """Bytes that break the contract are nobody's event, whatever they call themselves."""
        topic = topic_name(BY_NAME[service].writes)
        rows = self.books.execute(ONLY_SAID, (topic,)).fetchall()
        return [row[0] for row in rows if self._is_an_event(topic, row[1], row[2])]

    def _is_an_event(self, topic: str, partition: int, offset: int) -> bool:
        found = self.record(topic, partition, offset, "")
        try:
            return found is not None and bool(decode(found.record))
        except Unreadable:
            return False


def _alone(told: Decided) -> bytes:
    """A transaction as if it had a record to itself."""
    return told.model_dump_json(exclude={"id", "position", "more"}).encode()


def digest(record: Record) -> bytes:
    """The same for what an operator sent again: it is the same event."""
    headers = [tuple(each) for each in record.headers if not each[0].startswith(REDRIVE)]
    whole = repr((record.key, record.value, headers))
    return hashlib.blake2b(whole.encode(), digest_size=16).digest()


def _consumed(row: tuple[str, int, int, int, bytes | None, bytes | None, bytes], group: str) -> Consumed:
    topic, partition, offset, ms, key, value, packed = row
    headers: list[tuple[str, Any]] = [
        (name, text if text is None else text.encode("latin-1")) for name, text in orjson.loads(packed)
    ]
    return Consumed(Record(topic, key, value, headers), partition, offset, ms, group)
