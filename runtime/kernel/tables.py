"""The tables of one service: cases, inbox, outbox, calls, alarms, claims, and what its door answered.

Times are integer microseconds UTC, so both databases compare them alike.
"""

import sqlalchemy as sa

from runtime.kernel.packing import PackedOrNot

METADATA = sa.MetaData()
INBOX = sa.Table(
    "inbox",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sa.Column("content", sa.String),  # of an outsider's command, as a hash: an id of theirs names one content
)
CASES = sa.Table(
    "cases",
    METADATA,
    sa.Column("request_id", sa.String, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("said", sa.BigInteger, nullable=False),  # events said so far: the next one's sequence follows
    sa.Column("root", sa.String, nullable=False),  # the command that began it all
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("body", PackedOrNot, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("policy", sa.String, nullable=False, server_default=""),  # the edition this request keeps
    sa.Column("party", sa.String, nullable=False, server_default=""),  # whom it is about, to find it by
    sa.Column("first_at", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index("cases_of_a_party", "party", "first_at", "request_id"),
)
OUTBOX = sa.Table(
    "outbox",
    METADATA,
    sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("request_id", sa.String, nullable=False, index=True),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("key", sa.LargeBinary),
    sa.Column("value", sa.LargeBinary),
    sa.Column("headers", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,  # a position is never used again: a late twin may still forget it by its number
)
CALLS = sa.Table(
    "calls",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("request_id", sa.String, nullable=False),
    sa.Column("operation", sa.String, nullable=False),
    sa.Column("ask", sa.Text, nullable=False),
    sa.Column("note", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("cause", sa.String, nullable=False),
    sa.Column("root", sa.String, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("due", sa.BigInteger, nullable=False, index=True),  # when anybody may take it (again)
    sa.Column("problem", sa.String, nullable=False, server_default=""),
    sa.Column("policy", sa.String, nullable=False, server_default=""),  # the edition it was asked under
)
ALARMS = sa.Table(
    "alarms",
    METADATA,
    sa.Column("request_id", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("cause", sa.String, nullable=False),
    sa.Column("root", sa.String, nullable=False),
    sa.Column("due", sa.BigInteger, nullable=False, index=True),
)
CLAIMS = sa.Table(
    "claims",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("holder", sa.String, index=True),
    sa.Column("times", sa.BigInteger, nullable=False),  # how often it was let go
    sa.Column("last", sa.String, nullable=False, server_default="", index=True),  # who let it go
)
ERAS = sa.Table(  # until when (by the inbox's own times) an earlier build wrote here
    "eras",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("until", sa.BigInteger, nullable=False),
)
REPLIES = sa.Table(  # what the HTTP door answered, by Idempotency-Key
    "replies",
    METADATA,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("fingerprint", sa.String, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("body", sa.Text),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
)
