"""What a carrier changes in a line while its end is under way, and of which nobody tells us."""

from collections.abc import Callable
from datetime import date
from typing import Any

from contracts.words import Value
from demo.carrier.books import Books
from demo.carrier.customer import add_on, charge, contract
from demo.carrier.desk import keep, line_of

Snapshot = dict[str, Any]
Change = Callable[[Snapshot, date], None]  # from that day on, where it has one
BEFORE = charge("fee-1", "period-fee", "月费", "Monthly fee", 9900)


def as_told(value: Value) -> Snapshot:
    return value.model_dump(mode="json")


def renewed_dearer(line: Snapshot, day: date) -> None:
    if contract := line["items"][0]["contract"]:
        contract |= {
            "full_fee": {"minor": 99_900, "currency": "CNY"},
            "end": str(day.replace(year=day.year + 3, day=1)),
        }


def contract_over(line: Snapshot, day: date) -> None:
    line["items"][0]["contract"] = None


def switched_off_there(line: Snapshot, day: date) -> None:
    line["items"][-1]["active"] = False


def dearer_from_soon(line: Snapshot, day: date) -> None:
    line["items"][0]["price_changes"] = [{"from_day": str(day), "monthly_fee": {"minor": 29_900, "currency": "CNY"}}]


def plan_change_ordered(line: Snapshot, day: date) -> None:
    line["items"][0]["change_from"] = line["items"][-1]["change_from"] = str(day)


def another_item(line: Snapshot, day: date) -> None:
    bound = contract(day, days_in=200, days_left=167, full_fee_minor=5000, lock_in=True)
    line["items"].append(as_told(add_on("extra-pack", "新包", "Extra", 3000, bound)))


def new_debt(line: Snapshot, day: date) -> None:
    line["charges"] += [as_told(charge("bill-9", "arrears", "旧账单", "Old bill", 7700, days_overdue=40))]


def dearer_month(line: Snapshot, day: date) -> None:
    line["charges"] = [as_told(BEFORE) | {"amount": {"minor": 29_900, "currency": "CNY"}}]


def replaced(line: Snapshot, day: date) -> None:
    """The carrier knows no such item any more."""
    line["items"] = line["items"][:-1] or line["items"]


CHANGES: tuple[Change, ...] = (
    renewed_dearer,
    contract_over,
    switched_off_there,
    dearer_from_soon,
    plan_change_ordered,
    another_item,
    new_debt,
    dearer_month,
)


def change(books: Books, subscription: str, act: Change, day: date) -> None:
    with books._transaction() as database:
        line = line_of(database, subscription)
        act(line.snapshot, day)
        keep(database, line)
