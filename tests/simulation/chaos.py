"""What can go wrong and how often: every run draws its own mixture, so that rare combinations meet (F1-F10)."""

import random
from collections import Counter
from dataclasses import dataclass, field

from tests.simulation.mortality import AWAITS

FAULTS = {
    "killed": "F1 a service dies",
    "stopped": "F2 a worker stands still while its partitions move",
    "stale view": "F2 a late twin decides on what it read before",
    "late write refused": "F2 the version of a case stops a late twin",
    "broker away": "F3 the broker restarts",
    "record twice": "F4 a record lies in its topic more than once",
    "id used again": "F4 a channel says another command under an id that it has used",
    "late partition": "F4 one partition is read much later than the others",
    "rewound": "F4 a group's offsets are reset to the beginning",
    "publish failed": "F5 a publish fails, some of it may be there",
    "publish lied": "F5 all of it is there, but it is said to have failed",
    "unwanted record": "F5 the broker will not take one record, for a while",
    "commit lost": "F5 an offset commit is lost",
    "carrier error": "F6 5xx",
    "carrier too-many": "F6 429 with Retry-After",
    "carrier delay": "F6 slow",
    "carrier timeout-after-work": "F6 answered after our timeout, although done",
    "carrier wrong-amount": "F6 wrong amount",
    "carrier wrong-shape": "F6 wrong shape",
    "carrier wrong-request": "F6 about another request",
    "carrier refusal": "F6 refused",
    "carrier duplicate": "F6 the ask arrives twice",
    "carrier away": "F6 a whole system is away",
    "asking fails": "F6 a bug of ours on the way to the carrier",
    "changed there": "F6 a line changes at the carrier, or an item goes out of its books",
    "database away": "F7 the database does not answer",
    "database refuses": "F7 it will not take what a build wants to write",
    "database lied": "F7 committed, but the connection was cut before it could say so",
    "older store": "F7 the database goes over to a standby that was behind, and later back",
    "poison": "F8 bytes that break the contract",
    "flood": "F8 one sender breaks it again and again, others are within their budget",
    "topic rests": "F8 more lies on a channels' topic than is decided, and nothing more of it is read for a while",
    "told together": "F8 many of them are told in one dead letter",
    "deadline race": "F9 a customer acts in the very second of a deadline",
    "clock back": "F9 a clock is set back an hour",
    "month end": "F9 something is said on the last day of a month",
    "29 February": "F9 something is said on 29 February",
    "clocks change": "F9 something is said on a day of 23 or 25 hours",
    "bad build": "F11 one of two builds fails on a message, which is redriven later",
    "rebalanced": "F10 partitions change hands",
}
WHERE = ("step", "publish", "offsets", "ask", "postpone", "relay", "alarms", "repeat", "restart", "look", "prune")
WRITTEN = ("step", "show", "postpone", "repeat", "restart", "prune")  # each a transaction; `show` is the console's step
POINTS = (
    *(f"{side} {what}" for what in WHERE for side in ("before", "after")),
    *(f"before the commit of {what}" for what in WRITTEN),
    "between records",
    "between acknowledgements",
    "after the work",
    *AWAITS,
)
CARRIER = tuple(name.removeprefix("carrier ") for name in FAULTS if name.startswith("carrier ") and "away" not in name)


@dataclass
class Rates:
    """Chances, each per occasion. `favourite` is the crash point this run is about."""

    kill: float = 0.0
    stop: float = 0.0
    stale: float = 0.0
    twice: float = 0.0
    late: float = 0.0
    publish: float = 0.0
    offsets: float = 0.0
    unwanted: float = 0.0
    carrier: float = 0.0
    asking: float = 0.0
    database: float = 0.0
    poison: float = 0.0
    reused: float = 0.0  # ids
    writing: float = 0.0  # of the storms: a build whose writing the database refuses
    storms: float = 0.0  # an hour: rebalances, rewinds, broker and carrier systems away, clocks
    favourite: str = ""


CALM = Rates()


RARE = {  # what leads to a place that hardly anybody passes; a run that is about such a place brings it
    "_faults": {"poison": 0.15, "storms": 1.0},
    "_alone": {"writing": 0.8, "storms": 1.0},
    "_last_try": {"writing": 0.8, "storms": 1.0},
    "_one_out": {"unwanted": 0.05},
    "_room": {"twice": 0.2, "stop": 0.01, "storms": 1.0},
    "_slots": {"carrier": 0.25, "stop": 0.01, "storms": 1.0},
    "Outage(briefly": {"asking": 0.1},
    "_patiently: clear_the_shelf": {"database": 0.04, "storms": 1.0},
    "_learn": {"database": 0.04, "storms": 1.0},
    "postpone": {"carrier": 0.25},
}


def drawn(dice: random.Random, number: int) -> Rates:
    """Some faults are left out of each run: where everything fails at once, nothing subtle gets a chance."""

    def chance(most: float) -> float:
        return dice.choice((0.0, 0.25, 1.0)) * most

    favourite = POINTS[number % len(POINTS)]
    rates = Rates(
        kill=chance(0.01),
        stop=chance(0.01),
        stale=chance(0.5),
        twice=chance(0.2),
        late=chance(0.2),
        publish=chance(0.15),
        offsets=chance(0.4),
        unwanted=chance(0.01),
        carrier=chance(0.25),
        asking=chance(0.02),
        database=chance(0.04),
        poison=chance(0.15),
        storms=chance(1.0),
        reused=chance(0.05),
        favourite=favourite,
    )
    for place, needed in RARE.items():
        if place in favourite:
            vars(rates).update(needed)
    return rates


@dataclass
class Seen:
    """What really happened."""

    faults: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)  # crashed there
