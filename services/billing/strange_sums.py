"""Sums of a carrier's with which nothing can be worked out, named by where they stand in its answer."""

from contracts.words import Money
from policies.pack import Pack
from policies.rules.core import LARGEST, RuleError


def refuse_another_currency(place: str, amount: Money, pack: Pack) -> None:
    """Nothing is nothing in every currency. Raises `RuleError`."""
    if amount.minor and amount.currency != pack.currency:
        told = f"is in {amount.currency}, the pack's currency is {pack.currency}"
        raise RuleError(f"{place}: {told}; the carrier has to send it in that")


def refuse_too_much(place: str, amount: Money) -> None:
    """Raises `ValueError`."""
    if amount.minor > LARGEST:
        raise ValueError(f"{place}: {amount.minor} is above {LARGEST}; more is a slip of the pen")
