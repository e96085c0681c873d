"""Leaving a contract free, or for less, on a ground that was found: a move, bad service (TKG 57 and 60, RGC 37)."""

from collections.abc import Iterable
from datetime import date, datetime, time

from contracts.carrier.commitments import Contract, FreeExit
from contracts.carrier.subscriptions import Item
from policies.account_terms import ExitGround
from policies.early_end import ground_named
from policies.pack import Pack
from policies.spans import Length


def ground_of(contract: Contract, pack: Pack) -> ExitGround | None:
    """Raises `RuleError` where the pack has no such ground: nobody guesses what it would let off."""
    if contract.free_exit is None:
        return None
    return ground_named(contract.free_exit.ground, pack, f"contracts/{contract.contract}/free_exit/ground")


def holding_on(found: FreeExit, end: date) -> str | None:
    """The ground, where the contract ends on `end`, the first day that is not served."""
    return found.ground if found.from_day is None or end >= found.from_day else None


def days_after_worse_terms(changed: date, pack: Pack) -> int:
    """How many days leaving is free after worse terms were announced that day."""
    assert pack.free_exit is not None
    if pack.free_exit.days is not None:
        return pack.free_exit.days
    assert pack.free_exit.within is not None
    begun = datetime.combine(changed, time(12), pack.zone)
    return (pack.due(begun, pack.free_exit.within).astimezone(pack.zone).date() - changed).days


def notice_of(running: Iterable[Item], usual: Length, now: datetime, pack: Pack) -> Length:
    """The longest that any of them still needs; a contract that may be left on a ground has the ground's own."""
    spans = [
        _notice(item.contract, usual, pack) if item.contract and item.contract.free_exit else usual for item in running
    ]
    return max(spans, key=lambda span: pack.due(now, span)) if len({*spans}) > 1 else spans[0]


def _notice(contract: Contract, usual: Length, pack: Pack) -> Length:
    ground = ground_of(contract, pack)
    return usual if ground is None or ground.notice is None else ground.notice
