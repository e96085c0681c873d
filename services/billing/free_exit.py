"""Leaving a contract free of charge on a ground that was found to hold: a move, bad service (TKG 57 and 60, RGC 37)."""

from collections.abc import Iterable
from datetime import date, datetime, time

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item
from contracts.words import Text
from policies.account_terms import ExitGround
from policies.pack import Pack
from policies.rules.core import RuleError
from policies.rules.words import said
from policies.spans import Length


def ground_of(contract: Contract, pack: Pack) -> ExitGround | None:
    """Raises `RuleError` where the pack has no such ground: nobody guesses what it would let off."""
    if contract.free_exit is None:
        return None
    ground, known = contract.free_exit.ground, ", ".join(pack.exit_grounds) or "none"
    if ground not in pack.exit_grounds:
        place = f"contracts/{contract.contract}/free_exit/ground"
        raise RuleError(f"{place}: the pack has no exit ground {ground!r}; its grounds are: {known}")
    return pack.exit_grounds[ground]


def holding_on(contract: Contract, end: date, pack: Pack) -> ExitGround | None:
    """The ground that lets this contract go free when it ends on `end`, the first day that is not served."""
    ground = ground_of(contract, pack)
    assert ground is None or contract.free_exit is not None
    begins = contract.free_exit.from_day if contract.free_exit else None
    return ground if begins is None or end >= begins else None


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


def because(ground: ExitGround) -> Text:
    return said(f"理由：{ground.name.zh}", f"the ground: {ground.name.en}")
