"""What so many days of service cost: a thirtieth of each monthly fee a day, at the price of that day (FV-40, N1)."""

from datetime import date
from fractions import Fraction

from contracts.carrier.subscriptions import Item
from contracts.words import Money
from policies.rules.core import rounded
from policies.rules.dates import DAY
from policies.rules.prices import in_force

A_MONTH = 30


def price_of(item: Item, day: date) -> int:
    """The monthly fee in force that day, in minor units."""
    return in_force(
        day, item.monthly_fee.minor, [(each.from_day, each.monthly_fee.minor) for each in item.price_changes]
    )


def delay_cost(items: tuple[Item, ...], days: int, currency: str, first: date) -> Money:
    """Of these days from `first` on, half up.

    A fee in another currency is no sum of ours; what is let off the fees is never more than they are.
    """
    ours = [item for item in items if item.monthly_fee.currency == currency]
    if any(item.price_changes for item in ours):
        months = sum(max(0, sum(price_of(item, first + day * DAY) for item in ours)) for day in range(days))
    else:
        months = max(0, sum(item.monthly_fee.minor for item in ours)) * days
    return Money(minor=rounded(Fraction(months, A_MONTH)), currency=currency)
