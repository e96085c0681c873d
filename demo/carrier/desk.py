"""The rows behind the counter: lines, people, accounts and the ledger in one SQLite file.

`payouts`: what a closed line's balances still allow to be paid out, by origin; a gift never is.

Money: an account holds what the carrier has of a customer. `opening_minor` is written once; a charge raises
`closing_minor`, a refund or a waiver lowers it, and the same amount leaves or enters the carrier's own account (cash,
goodwill). The ledger writes the effect apart from both, so that
opening + charges - refunds - waivers = closing can be audited
and all accounts together always hold what they held at the start (I6).

A key is kept with the effect it had, in the same row: there is no moment in which one exists without the other. Or with
the refusal it got: an ask that was delayed on its way must not be carried out after its asker was told no.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from contracts.carrier.subscriptions import Subscription
from demo.carrier.customer import Customer, person
from demo.carrier.problems import Refused

CASH, GOODWILL = "carrier:cash", "carrier:goodwill"
CURRENCY = "CNY"  # in which the seeded customers are written
OWN = f'"currency":"{CURRENCY}"'
TABLES = """
create table if not exists lines (
    subscription text primary key, snapshot text not null, quirks text not null, unbilled_minor integer not null,
    story text not null, journey text not null) without rowid;
create table if not exists people (
    subscription text primary key, name text not null, number text not null, email text not null) without rowid;
create table if not exists accounts (
    account text primary key, opening_minor integer not null, closing_minor integer not null) without rowid;
create table if not exists payouts (
    subscription text not null, origin text not null, left_minor integer not null, primary key (subscription, origin)
    ) without rowid;
create table if not exists ledger (
    entry integer primary key, key text not null unique, fingerprint text not null, answer blob not null,
    kind text not null, request_id text not null, subscription text not null, what text not null,
    amount_minor integer not null, effect_minor integer not null, content text, at text not null);
create table if not exists refusals (key text primary key, fingerprint text not null, problem text not null)
    without rowid;
"""


@dataclass(slots=True)
class Line:
    """One line as the systems keep it: the snapshot the CRM answers, and what only the carrier knows."""

    snapshot: dict[str, Any]
    quirks: dict[str, list[str]]
    unbilled_minor: int

    @property
    def currency(self) -> str:
        return str(self.snapshot["arrears"]["currency"])

    @property
    def closed(self) -> bool:
        return bool(self.snapshot["status"] == "closed")

    def item(self, name: str) -> dict[str, Any]:
        for item in self.snapshot["items"]:
            if item["item"] == name:
                found: dict[str, Any] = item
                return found
        raise Refused("unknown-item", f"{self.snapshot['subscription']} has no {name}")

    def empty(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """(charges, balances) as they were: with the last bill both are settled and the account holds nothing."""
        charges, balances = self.snapshot.get("charges", []), self.snapshot["balances"]
        self.snapshot["charges"], self.snapshot["balances"] = [], []
        return charges, balances


def open_database(path: Path | str) -> sqlite3.Connection:
    """One connection for the process; its owner locks. Survives kill -9 of the process, not a power cut."""
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    database.execute("pragma journal_mode = wal")
    database.execute("pragma synchronous = off")
    database.executescript(TABLES)
    database.executemany("insert or ignore into accounts values (?, 0, 0)", [(CASH,), (GOODWILL,)])
    return database


def enrol(database: sqlite3.Connection, customers: Iterable[Customer], currency: str) -> None:
    """Whoever is there already stays as they are; what is written in our own currency is in that of the books."""
    for customer in customers:
        line = customer.line
        held = sum(b.amount.minor for b in line.balances)
        quirks = orjson.dumps(customer.quirks).decode()
        ref, known = line.subscription, (customer.unbilled_minor, customer.story, customer.journey)
        row = (ref, line.model_dump_json().replace(OWN, OWN.replace(CURRENCY, currency)), quirks, *known)
        database.execute("insert or ignore into lines values (?, ?, ?, ?, ?, ?)", row)
        database.execute("insert or ignore into people values (?, ?, ?, ?)", (ref, *person(ref)))
        database.execute("insert or ignore into accounts values (?, ?, ?)", (ref, held, held))


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, but for a refusal: a quirk it used up stays used up, so a second try is a second try."""
    database.execute("begin")
    try:
        yield
    except Refused:
        database.execute("commit")
        raise
    except BaseException:
        database.execute("rollback")
        raise
    database.execute("commit")


def snapshot_of(database: sqlite3.Connection, subscription: str) -> bytes:
    """The stored snapshot is the CRM's answer as it stands, so that a look-up is one read."""
    row = database.execute("select snapshot from lines where subscription = ?", (subscription,)).fetchone()
    if row is None:
        raise Refused("unknown-subscription", f"{subscription} is not a customer")
    return bytes(row[0], "utf-8")


def line_of(database: sqlite3.Connection, subscription: str) -> Line:
    found = "select snapshot, quirks, unbilled_minor from lines where subscription = ?"
    row = database.execute(found, (subscription,)).fetchone()
    if row is None:
        raise Refused("unknown-subscription", f"{subscription} is not a customer")
    return Line(orjson.loads(row[0]), orjson.loads(row[1]), row[2])


def keep(database: sqlite3.Connection, line: Line) -> None:
    snapshot = Subscription.model_validate(line.snapshot)  # a carrier must not contradict its own contract
    database.execute(
        "update lines set snapshot = ?, quirks = ?, unbilled_minor = ? where subscription = ?",
        (snapshot.model_dump_json(), orjson.dumps(line.quirks).decode(), line.unbilled_minor, snapshot.subscription),
    )


def next_quirk(database: sqlite3.Connection, line: Line, thing: str) -> str | None:
    """What goes wrong this time; used up unless it lasts until someone cures it."""
    waiting = line.quirks.get(thing)
    if not waiting:
        return None
    if waiting[0].startswith("always-"):
        return waiting[0].removeprefix("always-")
    happens = waiting.pop(0)
    keep(database, line)
    return happens


def post(database: sqlite3.Connection, account: str, against: str, effect_minor: int) -> None:
    """Both sides of one movement."""
    add = "update accounts set closing_minor = closing_minor + ? where account = ?"
    database.execute(add, (effect_minor, account))
    database.execute(add, (-effect_minor, against))


def set_aside(database: sqlite3.Connection, subscription: str, balances: Iterable[dict[str, Any]]) -> None:
    """From the last bill on, refunds come out of this and out of nothing else."""
    add = """insert into payouts values (?, ?, ?)
        on conflict (subscription, origin) do update set left_minor = left_minor + excluded.left_minor"""
    for balance in balances:
        if balance["origin"] != "gift":
            database.execute(add, (subscription, balance["origin"], balance["amount"]["minor"]))


def pay_out(database: sqlite3.Connection, subscription: str, origins: tuple[str, ...], minor: int) -> None:
    """Raises `Refused` where there is not so much of the customer's, or of third parties', money."""
    look = "select origin, left_minor from payouts where subscription = ?"
    left = {origin: held for origin, held in database.execute(look, (subscription,)) if origin in origins}
    if minor > sum(left.values()):  # before anything is taken: a refusal must leave all as it was
        raise Refused("nothing-to-pay-out", f"{minor - sum(left.values())} minor units more than the balances hold")
    for origin, held in left.items():
        take = "update payouts set left_minor = left_minor - ? where subscription = ? and origin = ?"
        database.execute(take, (min(minor, held), subscription, origin))
        minor -= min(minor, held)
