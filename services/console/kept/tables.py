"""What the console keeps: every event, one row a request, what is due, the dead letters, the money by kind."""

from typing import Any

import sqlalchemy as sa

from contracts.flow import BY_NAME, topic_name
from runtime.kernel.packing import Packed

METADATA = sa.MetaData()
EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("request_id", sa.String, nullable=False, index=True),
    sa.Column("type", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("partition", sa.Integer, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),  # microseconds UTC, as everywhere in the stores
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),  # of this request at this source; 0: not given
    sa.Column("cause", sa.String, nullable=False),
    sa.Column("root", sa.String, nullable=False),
    sa.Column("body", Packed, nullable=False),
)
# Written out, not bound: a database takes a partial index only where it can see that the condition is the index's.
ORDERED = EVENTS.c.topic == sa.literal_column(f"'{topic_name(BY_NAME['console'].writes)}'")
sa.Index("events_ordered", EVENTS.c.at, sqlite_where=ORDERED, postgresql_where=ORDERED)
REQUESTS = sa.Table(
    "requests",
    METADATA,
    sa.Column("request_id", sa.String, primary_key=True),
    sa.Column("subscription", sa.String, nullable=False, index=True),
    sa.Column("masked_number", sa.String, nullable=False),
    sa.Column("channel", sa.String, nullable=False),  # where it began
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("stage", sa.String, nullable=False),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("root", sa.String, nullable=False),
    sa.Column("first_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("last_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("end", sa.String, nullable=False),  # empty while it goes on
    sa.Column("attention", sa.Integer, nullable=False),  # how many incidents wait for a person
    sa.Column("incidents", sa.Text, nullable=False),  # their names, as JSON
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("last_digits", sa.String, nullable=False, index=True),  # of the number, as an operator hears it
    sa.Column("reason", sa.String, nullable=False),  # why the customer leaves
    sa.Column("ended_at", sa.BigInteger, nullable=False, index=True),  # 0 while it goes on
    sa.Index("requests_on_the_board", "stage", "channel", "first_at"),
    sa.Index("requests_by_reason", "reason", "first_at"),
    sa.Index("requests_by_channel", "channel", "first_at"),
)
READ_MODEL = sa.Table("read_model", METADATA, sa.Column("version", sa.Integer, primary_key=True))
MADE_AGAIN = 4  # raised whenever what is kept below the events changes: it is then made again from them
WAITS = REQUESTS.c.attention > sa.literal_column("0")
OPEN, LATE = REQUESTS.c.end == sa.literal_column("''"), REQUESTS.c.late.is_(True)
# Their own condition stands in them as well: SQLite counts by an index alone only where it finds all it asks of in it.
_ON_THE_ROAD = (REQUESTS.c.stage, REQUESTS.c.channel, REQUESTS.c.first_at)
PARTS: tuple[tuple[str, sa.ColumnElement[bool], tuple[sa.Column[Any], ...]], ...] = (
    ("requests_under_way", OPEN, (REQUESTS.c.first_at, REQUESTS.c.end)),
    ("requests_under_way_by_stage", OPEN, (*_ON_THE_ROAD, REQUESTS.c.end)),
    ("requests_overdue", LATE, (REQUESTS.c.first_at, REQUESTS.c.late)),
    ("requests_for_a_person", WAITS, (REQUESTS.c.first_at, REQUESTS.c.attention)),
    ("requests_asked_of_a_person", WAITS, (REQUESTS.c.incidents, REQUESTS.c.last_at, REQUESTS.c.attention)),
)
for _name, _which, _columns in PARTS:
    sa.Index(_name, *_columns, sqlite_where=_which, postgresql_where=_which)
BEFORE = ("requests_open", "requests_open_by_stage", "requests_late", "requests_waiting", "ix_events_cause")
DEADLINES = sa.Table(
    "deadlines",
    METADATA,
    sa.Column("request_id", sa.String, primary_key=True),
    sa.Column("clocks", sa.Text, nullable=False),  # what runs and what was stopped, as JSON
    sa.Column("next_due", sa.BigInteger, index=True),  # empty: nothing runs
)
DEAD_LETTERS = sa.Table(
    "dead_letters",
    METADATA,
    sa.Column("place", sa.String, primary_key=True),  # topic[partition]@offset of the dead letter itself
    sa.Column("letter", sa.String, nullable=False, unique=True),  # published twice after a crash, it is still one
    sa.Column("service", sa.String, nullable=False),
    sa.Column("code", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("request_id", sa.String, nullable=False, index=True),
    sa.Column("key", sa.LargeBinary),
    sa.Column("value", sa.LargeBinary),
    sa.Column("headers", sa.LargeBinary, nullable=False),
    sa.Column("original_topic", sa.String, nullable=False),
    sa.Column("original_partition", sa.Integer, nullable=False),
    sa.Column("original_offset", sa.BigInteger, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),  # open, redriven, discarded
    sa.Column("operator", sa.String, nullable=False),
    sa.Column("decision", sa.String, nullable=False),  # the operator's reason
    sa.Column("decided_at", sa.BigInteger),
)
MONEY = sa.Table(
    "money",
    METADATA,
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("currency", sa.String, primary_key=True),
    sa.Column("minor", sa.BigInteger, nullable=False),
    sa.Column("moves", sa.BigInteger, nullable=False),
)
