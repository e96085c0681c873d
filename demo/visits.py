"""Who comes in next: a customer of the crowd, a channel, a wish and a temper, all derived from a seed."""

import random
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from contracts.words import End
from demo.carrier.customer import Customer
from demo.scene import APP, COUNTER, HOTLINE, WEB, By

CHANNELS = (APP, WEB, HOTLINE, COUNTER)
OFTEN = (35, 30, 20, 15)
WISHES: tuple[tuple[str, ...], ...] = (("video-pack",), ("phone-care",), ())  # free, with a fee, the whole line
WISHED = (50, 30, 20)
NEVER, LATE, SORRY_AT_ONCE, SORRY_LATER, STEADY = "never", "late", "sorry-at-once", "sorry-later", "steady"
TEMPERS = (NEVER, LATE, SORRY_AT_ONCE, SORRY_LATER, STEADY)
TEMPERED = (5, 5, 2, 3, 85)
TWICE = 0.10  # press the button a second time


class Visit(NamedTuple):
    """`temper`: never confirms, confirms too late, is sorry before or after the yes, or goes through with it."""

    customer: Customer
    by: By
    items: tuple[str, ...]
    temper: str
    twice: bool

    @property
    def subscription(self) -> str:
        return self.customer.line.subscription

    @property
    def costs(self) -> bool:
        return self.items != WISHES[0]

    @property
    def end(self) -> End:
        """What must become of it."""
        if not self.items and self.customer.line.arrears.minor:
            return End.REJECTED
        if self.temper in (NEVER, LATE):
            return End.EXPIRED
        if self.temper == SORRY_AT_ONCE:
            return End.WITHDRAWN
        if self.costs and "always-decline" in self.customer.quirks.get("payment", ()):
            return End.FAILED
        return End.WITHDRAWN if self.temper == SORRY_LATER else End.CLOSED


def visits(customers: Iterable[Customer], seed: int = 0) -> Iterator[Visit]:
    dice = random.Random(seed)
    for customer in customers:
        (by,), (items,) = dice.choices(CHANNELS, OFTEN), dice.choices(WISHES, WISHED)
        (temper,) = dice.choices(TEMPERS, TEMPERED)
        again = dice.random() < TWICE and not customer.line.arrears.minor  # a rejected wish may be filed anew at once
        yield Visit(customer, by, items, temper, again)
