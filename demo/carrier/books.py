"""The carrier itself, without HTTP: every operation once per key, the customer's own acts, and a lock around it all."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from threading import RLock

import orjson

from contracts.carrier.asks import (
    Ask,
    Delivered,
    FinalBill,
    FinalBillAsk,
    MessageAsk,
    MoneyAsk,
    PortCode,
    Receipt,
    SwitchAsk,
    Switched,
)
from contracts.carrier.operations import CarrierProblem
from contracts.carrier.subscriptions import Subscription
from demo.carrier.audit import Auditor
from demo.carrier.customer import Customer
from demo.carrier.customers import seeded
from demo.carrier.desk import CURRENCY, enrol, keep, line_of, open_database, snapshot_of, transaction
from demo.carrier.problems import Refused
from demo.carrier.work import WORK, Act, Done

LONGEST_KEY = 200
RECORD = """insert into ledger (key, fingerprint, answer, kind, request_id, subscription, what, amount_minor,
    effect_minor, content, at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

KNOWN = """select fingerprint, answer, null from ledger where key = ?
    union all select fingerprint, null, problem from refusals where key = ?"""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Books:
    """`Books(":memory:")` for a test, a simulation or a benchmark; a file for the server."""

    def __init__(self, path: Path | str, *, clock: Callable[[], datetime] = utc_now, currency: str = CURRENCY) -> None:
        self._clock, self._currency = clock, currency
        self._lock = RLock()
        self._database = open_database(path)
        self.audit = Auditor(self._database, self._lock)
        self.enrol(seeded(clock().date()))

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def enrol(self, customers: Iterable[Customer]) -> None:
        with self._transaction() as database:
            enrol(database, customers, self._currency)

    def look_up(self, subscription: str) -> Subscription:
        return Subscription.model_validate_json(self.snapshot(subscription))

    def charge(self, key: str, ask: MoneyAsk) -> Receipt:
        return Receipt.model_validate_json(self.carry_out("charge", key, ask))

    def refund(self, key: str, ask: MoneyAsk) -> Receipt:
        return Receipt.model_validate_json(self.carry_out("refund", key, ask))

    def waive(self, key: str, ask: MoneyAsk) -> Receipt:
        return Receipt.model_validate_json(self.carry_out("waive", key, ask))

    def final_bill(self, key: str, ask: FinalBillAsk) -> FinalBill:
        return FinalBill.model_validate_json(self.carry_out("final-bill", key, ask))

    def switch_off(self, key: str, ask: SwitchAsk) -> Switched:
        return Switched.model_validate_json(self.carry_out("switch-off", key, ask))

    def restore(self, key: str, ask: SwitchAsk) -> Switched:
        return Switched.model_validate_json(self.carry_out("restore", key, ask))

    def port_code(self, key: str, ask: Ask) -> PortCode:
        return PortCode.model_validate_json(self.carry_out("port-code", key, ask))

    def send(self, key: str, ask: MessageAsk) -> Delivered:
        return Delivered.model_validate_json(self.carry_out("send", key, ask))

    def snapshot(self, subscription: str) -> bytes:
        """The look-up's answer, as it goes over the wire."""
        with self._lock:
            return snapshot_of(self._database, subscription)

    def carry_out(self, name: str, key: str, ask: Ask) -> bytes:
        """The answer as it goes over the wire; the same bytes for the same key, however often and from wherever.

        A refusal is such an answer: its key is used up, and whoever tries again does so under a new one.
        """
        fingerprint = _fingerprint(name, key, ask)
        return self._once(key, fingerprint, lambda: self._carry_out_new(name, key, ask, fingerprint))

    def refuse(self, name: str, key: str, ask: Ask, no: Refused) -> bytes:
        """For a fault: `no` is the answer under this key, unless there was one before."""

        def work() -> bytes:
            raise no

        return self._once(key, _fingerprint(name, key, ask), work)

    def _once(self, key: str, fingerprint: str, work: Callable[[], bytes]) -> bytes:
        if not 0 < len(key) <= LONGEST_KEY:
            raise Refused("idempotency-key-missing", f"a key has 1 to {LONGEST_KEY} characters")
        with self._transaction() as database:
            if before := database.execute(KNOWN, (key, key)).fetchone():
                return _replay(before, fingerprint)
            try:
                return work()
            except Refused as no:
                if no.for_good:
                    row = (key, fingerprint, no.problem.model_dump_json())
                    database.execute("insert into refusals values (?, ?, ?)", row)
                raise

    def pay_arrears(self, subscription: str) -> None:
        """The customer pays what they owe: an old bill, kept apart from the account's movements."""
        with self._transaction() as database:
            line = line_of(database, subscription)
            owed, line.snapshot["arrears"]["minor"] = line.snapshot["arrears"]["minor"], 0
            keep(database, line)
            self._note("arrears-paid", subscription, amount_minor=owed)

    def port_away(self, subscription: str) -> None:
        """The customer uses the code: the number leaves, and its account waits for the final bill."""
        with self._transaction() as database:
            line = line_of(database, subscription)
            line.snapshot["status"], line.snapshot["closed_at"] = "closed", self._clock().isoformat()
            line.quirks["ported"] = ["unbilled"]
            keep(database, line)
            self._note("number-left", subscription, amount_minor=0)

    def payment_method(self, subscription: str, *, works: bool) -> None:
        with self._transaction() as database:
            line = line_of(database, subscription)
            line.quirks["payment"] = [] if works else ["always-decline"]
            keep(database, line)

    def fix_item(self, subscription: str, item: str) -> None:
        """What the operator's colleagues at provisioning do: the next switch of this item works."""
        with self._transaction() as database:
            line = line_of(database, subscription)
            line.item(item)
            line.quirks.pop(f"item:{item}", None)
            line.quirks.pop(f"restore:{item}", None)
            keep(database, line)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, transaction(self._database):
            yield self._database

    def _carry_out_new(self, name: str, key: str, ask: Ask, fingerprint: str) -> bytes:
        at = self._clock()
        done = WORK[name](Act(self._database, f"{name}-{fingerprint}", at), ask)
        answer = orjson.dumps(done.answer.model_dump(mode="json"))
        self._record(key, fingerprint, answer, done, at)
        return answer

    def _record(self, key: str, fingerprint: str, answer: bytes, done: Done, at: datetime) -> None:
        about = (done.answer.request_id, done.answer.subscription)
        money = (done.what, done.amount_minor, done.effect_minor)
        row = (key, fingerprint, answer, done.kind, *about, *money, done.content, at.isoformat())
        self._database.execute(RECORD, row)

    def _note(self, kind: str, subscription: str, *, amount_minor: int) -> None:
        at = self._clock().isoformat()
        row = (f"{kind}:{subscription}:{at}", "", b"", kind, "", subscription, "", amount_minor, 0, None, at)
        self._database.execute(RECORD, row)


def _fingerprint(name: str, key: str, ask: Ask) -> str:
    """Of the ask as we understood it, so that the order of its fields does not matter."""
    return blake2b(f"{name} {key} {ask.model_dump_json()}".encode(), digest_size=8).hexdigest()


def _replay(before: tuple[str, bytes, None] | tuple[str, None, str], fingerprint: str) -> bytes:
    known, answer, problem = before
    if known != fingerprint:
        raise Refused("idempotency-key-reused", "take a new key for a new ask")
    if answer is not None:
        return answer
    no = CarrierProblem.model_validate_json(problem or "")
    raise Refused(no.code, no.detail, status=no.status)
