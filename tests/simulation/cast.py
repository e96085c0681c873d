"""Who plays: the seeded customers with the habits of their journeys (J1-J25), and people from the crowd."""

import random
from typing import NamedTuple

from contracts.words import Kind
from demo.carrier.crowd import crowd_ref


class Role(NamedTuple):
    subscription: str
    kind: Kind
    items: tuple[str, ...]
    habits: frozenset[str]


HABITS = {
    "J6": ("stubborn",),
    "J7": ("answers",),
    "J8": ("stubborn",),
    "J10": ("silent",),
    "J11": ("regrets",),
    "J12": ("regrets-late",),
    "J14": ("disputes",),
    "J17": ("reports",),
    "J18": ("lost", "careful"),
    "J2": ("regrets", "careful"),
    "J19": ("complains",),
    "J20": ("twice",),
    "J23": ("returns",),
    "J24": ("returns",),
}
PRODUCTS = {"J1", "J3", "J15", "J17", "J20", "J21"}  # journeys about items; the others are about the line


def cast(customers: list[dict[str, str]], dice: random.Random, most: int) -> list[Role]:
    """Different people each time; every journey comes up in the course of some runs."""
    chosen = dice.sample(customers, dice.randint(2, most))
    roles = [_role(each, dice) for each in chosen]
    strangers = [crowd_ref(dice.randrange(1, 30)) for _ in range(dice.randint(0, 2))]
    return roles + [_stranger(each, dice) for each in dict.fromkeys(strangers)]


def _role(customer: dict[str, str], dice: random.Random) -> Role:
    journey, subscription = customer["journey"], customer["subscription"]
    habits = frozenset(HABITS.get(journey, ())) if dice.random() < (0.3 if journey == "J2" else 0.8) else frozenset()
    if journey == "J5":
        return Role(subscription, Kind.PORT_OUT, (), habits)
    product = journey in PRODUCTS or dice.random() < 0.15
    items = ("video-pack",) if journey == "J17" or dice.random() < 0.7 else ("video-pack", "music-pack")
    return Role(subscription, Kind.PRODUCT if product else Kind.LINE, items if product else (), habits)


def _stranger(subscription: str, dice: random.Random) -> Role:
    items = dice.choice((("video-pack",), ("phone-care",), ("video-pack", "phone-care")))
    habits = dice.choice(
        ((), ("regrets",), ("regrets",), ("disputes",), ("disputes-later", "regrets"), ("silent",), ("gives-up",))
    )
    return Role(subscription, Kind.PRODUCT, items, frozenset(habits))
