"""One promise with a time in it: when it began, stood still, was due, was kept or broken, and what follows (N4, N5)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple, TypeVar

from contracts.meaning import Name
from contracts.messages import TYPES, Message
from contracts.messages.billing import QuoteExpired, SettlementAbandoned
from contracts.messages.review import InformationOverdue
from contracts.words import ClauseId, Moment, Money, Text, Value
from policies.schema import Pack

M = TypeVar("M", bound=Message)
Told = tuple[datetime, Message]
LAPSES = (InformationOverdue, QuoteExpired, SettlementAbandoned)  # nobody met it: it rang


class Pause(Value):
    """The clock stands still while somebody else has to act; `ended` is None while it still does."""

    reason: str
    began: Moment
    ended: Moment | None


class Remedy(Value):
    """What a missed deadline leads to by itself; `amount` once money has moved for it."""

    what: Text
    clauses: tuple[ClauseId, ...] = ()
    amount: Money | None = None


class Clock(Value):
    """`owed_by` says whose turn it is; a period merely runs, it is nobody's, and is broken only when it is cut short.

    `met_at` is when it stopped (None: it still runs, or never was met), `met_by` the type of the event that stopped it,
    `time` for a period that ran its whole length. `remedy` is there only where it is `breached`.
    """

    name: str
    owed_by: Literal["carrier", "customer", "nobody"]
    started: Moment
    due: Moment
    paused_by: tuple[Pause, ...] = ()
    met_at: Moment | None = None
    met_by: str = ""
    breached: bool = False
    remedy: Remedy | None = None


class Story(NamedTuple):
    """One request's events in the order of their times, the pack, and the moment as of which the clocks are read."""

    told: tuple[Told, ...]
    pack: Pack
    now: datetime

    def all(self, kind: type[M]) -> list[tuple[datetime, M]]:
        return [(at, message) for at, message in self.told if isinstance(message, kind)]

    def first(self, since: datetime, types: Iterable[str]) -> Told | None:
        """The first of these types not before `since`; services' events of one moment have no order among them."""
        return next(((at, message) for at, message in self.told if at >= since and message.type in types), None)


def stoppers(clock: Name) -> frozenset[str]:
    """The types of the events that declare that they stop it."""
    return frozenset(name for name, model in TYPES.items() if clock in model.stops)


def stopped(clock: Clock, story: Story, types: Iterable[str]) -> Clock:
    """With the first event of these types that stopped it, and whether that was in time."""
    stop = story.first(clock.started, types)
    if stop is None or isinstance(stop[1], LAPSES):
        return judged(clock, story.now)
    return met(clock, stop[0], stop[1].type, story.now)


def met(clock: Clock, at: datetime, by: str, now: datetime) -> Clock:
    return judged(clock.model_copy(update={"met_at": at, "met_by": by}), now)


def judged(clock: Clock, now: datetime) -> Clock:
    """What is due at this very moment and not done is late; a clock that stands still is not."""
    standing = any(pause.ended is None for pause in clock.paused_by)
    late = clock.met_at > clock.due if clock.met_at else now >= clock.due and not standing
    remedy = clock.remedy or Remedy(what=REMEDIES[clock.name.partition(":")[0]])
    return clock.model_copy(update={"breached": late, "remedy": remedy if late else None})


def ran(clock: Clock, story: Story) -> Clock:
    """A period: over when its time is."""
    over = {"met_at": clock.due, "met_by": "time"} if story.now >= clock.due else {}
    return clock.model_copy(update=over)


_VOID = Text(
    zh="申请失效，未收费、未关闭服务；可重新提交。",
    en="The request lapses; nothing was charged or switched off, and it can be submitted again.",
)
_SEEN = Text(zh="运营人员收到提醒，直到处理为止。", en="An operator is called and reminded until it is dealt with.")
REMEDIES = {
    "review-decision": Text(
        zh="告知客户已超时，运营人员收到提醒。", en="The customer is told that it is late, and an operator is called."
    ),
    "information-answer": _VOID,
    "quote-validity": _VOID,
    "payment-retry": _VOID,
    "termination-promise": Text(
        zh="催办；延误期间的费用减免，终止后自动计算。",
        en="It is driven on; what the delay costs is waived, worked out once the service has ended.",
    ),
    "complaint-answer": _SEEN,
    "dispute-answer": _SEEN,
}
