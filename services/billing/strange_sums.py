"""Sums of a carrier's with which nothing can be worked out, named by where they stand in its answer."""

from contracts.words import Money
from policies.pack import Pack
from policies.rules.core import LARGEST


def refuse_another_currency(place: str, amount: Money, pack: Pack) -> None:
    """Raises `ValueError`."""
    if amount.currency != pack.currency:
        raise ValueError(f"{place}: is in {amount.currency}, the pack's currency is {pack.currency}")


def refuse_too_much(place: str, amount: Money) -> None:
    """Raises `ValueError`."""
    if amount.minor > LARGEST:
        raise ValueError(f"{place}: {amount.minor} is above {LARGEST}; more is a slip of the pen")
