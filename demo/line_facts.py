"""What a look-up says of a line, where it can be meant otherwise: asked about, or not as agreed."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item, Subscription
from demo.findings import Finding, released

ONE_DAY = timedelta(days=1)


def facts_of(known: Subscription) -> Iterator[Finding]:
    today = datetime.now(UTC).date()
    yield from _of_the_line(known, today)
    names = [item.item for item in known.items]
    yield _finding("each item is there once", f"there twice: {_listed(_twice(names))}", not _twice(names))
    for item in known.items:
        yield from _item(item, set(names))
        yield from _changes_of(item, today)
        if item.contract:
            yield from _days_of(item.contract, today)


def _of_the_line(known: Subscription, today: date) -> Iterator[Finding]:
    if deposits := released("look-up", known.balances):
        yield deposits
    closed = known.closed_at.date() if known.closed_at else None
    for name, day in (("ported_in_on", known.ported_in_on), ("closed_at", closed)):
        if day:
            told = f"{day} lies ahead: send the day on which it was, or leave {name} out"
            yield _finding(f"{name} is a day that has been", told, day <= today + ONE_DAY)


def _item(item: Item, names: set[str]) -> Iterator[Finding]:
    nameless = not (item.name.zh.strip() and item.name.en.strip())
    told = f"zh {item.name.zh!r}, en {item.name.en!r}: customers read it in letters; send the one you have in both"
    yield _finding(f"{item.item} has a name in both languages", told, not nameless)
    strangers = sorted(set(item.depends_on) - names | set(item.depends_on) & {item.item})
    told = f"{_listed(strangers)}: name other items of the line only"
    yield _finding(f"what {item.item} depends on is another item of the line", told, not strangers)


def _days_of(contract: Contract, today: date) -> Iterator[Finding]:
    """`end` is exclusive: where the last day may have been sent instead, the carrier is asked about it."""
    ends = f"{contract.contract} ends after it starts, and was concluded no later than it ends"
    told = f"start {contract.start}, end {contract.end}, concluded {contract.concluded}: send the first day after"
    in_order = contract.start < contract.end and (contract.concluded or contract.start) < contract.end
    yield _finding(ends, told, in_order)
    free = contract.free_exit
    if free and free.from_day and not contract.start <= free.from_day <= contract.end:
        yield _finding(f"is free_exit/from_day of {contract.contract}, {free.from_day}, a day of its term?")
    changed = contract.terms_changed_on
    if changed and changed > today + ONE_DAY:
        yield _finding(f"is {changed} the day worse terms of {contract.contract} were announced? it lies ahead")
    after = contract.end + ONE_DAY if contract.end < date.max else contract.end
    if after.day == contract.start.day != contract.end.day:
        yield _finding(f"is {contract.end} the last day of {contract.contract}? then send {after}, the first one after")


def _changes_of(item: Item, today: date) -> Iterator[Finding]:
    """What is ordered already lies ahead: once it is carried out the item itself has it."""
    days = [change.from_day for change in item.price_changes]
    once = f"each day in price_changes of {item.item} is there once"
    yield _finding(once, "two prices from one day on: send the one that holds", len(days) == len(set(days)))
    for name, ordered in (("change_from", [item.change_from]), ("price_changes", days)):
        behind = [day for day in ordered if day and day < today - ONE_DAY]  # today is a day later somewhere
        if behind:
            yield _finding(f"is {name} of {item.item}, {behind[0]}, carried out? then leave it out: the item has it")


def _finding(what: str, told: str = "", ok: bool = True) -> Finding:
    """A question is a finding that is fine."""
    return Finding(ok, "look-up", what, "" if ok else told)


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
