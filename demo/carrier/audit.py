"""What the carrier's auditor can ask: the ledger, its sums, effects carried out twice, accounts that do not balance."""

from sqlite3 import Connection
from threading import RLock
from typing import Any

from demo.carrier.desk import snapshot_of

LEDGER = """select entry, kind, key, request_id, subscription, what, amount_minor, effect_minor, at from ledger
    where (:subscription is null or subscription = :subscription)
    and (:request_id is null or request_id = :request_id) and entry > :after order by entry limit :limit"""
BY_KIND = "select kind, count(*) as count, sum(amount_minor) as amount_minor from ledger group by kind order by kind"
DOUBLED = """select request_id, subscription, kind, what, count(*) as times,
    count(distinct coalesce(content, amount_minor)) as different, group_concat(key) as keys
    from ledger where request_id != '' group by request_id, kind, what having count(*) > 1"""
TAKEN_BACK = "select count(*) as times from ledger where request_id = ? and kind = ? and ? in (what, '')"
TAKEN_BACK_BY = {"switch-off": "restore", "final-bill": "restore", "restore": "switch-off", "charge": "refund"}
BALANCED = """select account, opening_minor, coalesce(charges, 0) as charges_minor,
    coalesce(refunds, 0) as refunds_minor,
    coalesce(waivers, 0) as waivers_minor, closing_minor from accounts left join (
        select subscription, sum(case when kind = 'charge' then effect_minor else 0 end) as charges,
        -sum(case when kind = 'refund' then effect_minor else 0 end) as refunds,
        -sum(case when kind = 'waive' then effect_minor else 0 end) as waivers from ledger group by subscription
    ) on account = subscription"""
OF_CUSTOMERS = "from ({}) where account not like 'carrier:%'"
UNBALANCED = f"""select *,
    closing_minor - (opening_minor + charges_minor - refunds_minor - waivers_minor) as off_by_minor
    {OF_CUSTOMERS.format(BALANCED)} and off_by_minor != 0 order by account"""
TOTALS = f"""select sum(opening_minor) as opening_minor, sum(charges_minor) as charges_minor,
    sum(refunds_minor) as refunds_minor, sum(waivers_minor) as waivers_minor, sum(closing_minor) as closing_minor
    {OF_CUSTOMERS.format(BALANCED)}"""
CREATED = "select coalesce(sum(closing_minor - opening_minor), 0) as created_minor from accounts"
CUSTOMERS = "select subscription, journey, story from lines where journey != 'bench' order by subscription"
INBOX = "select at, kind, what, content from ledger where subscription = ? and content is not null order by entry"
Row = dict[str, Any]


class Auditor:
    """Reads the books, changes nothing; shares the clerk's lock."""

    def __init__(self, database: Connection, lock: RLock) -> None:
        self._database = database
        self._lock = lock

    def ledger(
        self,
        *,
        subscription: str | None = None,
        request_id: str | None = None,
        after: int = 0,
        limit: int = 10_000,
    ) -> list[Row]:
        """Everything carried out, in order; page on with the last `entry` as `after`."""
        chosen = {"subscription": subscription, "request_id": request_id, "after": after, "limit": limit}
        return self._rows(LEDGER, chosen)

    def summary(self) -> Row:
        """`created_minor` is money that came from nowhere: zero as long as every movement has two sides."""
        return {
            "by_kind": {row.pop("kind"): row for row in self._rows(BY_KIND)},
            "doubled": [row for row in self._rows(DOUBLED) if self._is_doubled(row)],
            "unbalanced": self._rows(UNBALANCED),
            "totals": self._rows(TOTALS)[0],
            "created_minor": self._rows(CREATED)[0]["created_minor"],
        }

    def customers(self) -> list[Row]:
        """References and stories, without the benchmark's crowd and without a name or a number."""
        return self._rows(CUSTOMERS)

    def inbox(self, subscription: str) -> list[Row]:
        """What the customer was told, oldest first: the only place where a porting code can be read."""
        with self._lock:
            snapshot_of(self._database, subscription)  # refuses a stranger
        return self._rows(INBOX, (subscription,))

    def canaries(self) -> list[str]:
        """Every name, number and address in these books."""
        return [part for row in self._rows("select name, number, email from people") for part in row.values()]

    def _is_doubled(self, row: Row) -> bool:
        """What was taken back in between may be done once more: a switch, a line's closing, a reopening's fee."""
        kind, what = row["kind"], row["what"]
        if kind not in TAKEN_BACK_BY or (kind == "charge" and what != "reopening"):
            return True
        back = self._rows(TAKEN_BACK, (row["request_id"], TAKEN_BACK_BY[kind], what))[0]["times"]
        return bool(row["times"] > back + (kind != "restore"))

    def _rows(self, query: str, chosen: Any = ()) -> list[Row]:
        with self._lock:
            cursor = self._database.execute(query, chosen)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]
