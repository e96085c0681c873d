"""Every promise with a time in it as a thing of its own: when it began, paused, was due, was kept or broken (N4, N5).

Derived from a request's events, so it can be proved from them later. All spans are calendar days and hours, as the
packs write them; a deadline that an event names is taken from the event, never worked out again.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal, NamedTuple, TypeVar

from contracts.messages import Message
from contracts.messages.base import ForCustomer
from contracts.messages.billing import DisputeOpened, FeeSettled, FeeWaived, QuoteIssued, SettlementFailed
from contracts.messages.intake import ComplaintEscalated, RequestAccepted
from contracts.messages.review import InformationRequired, ReviewReferred
from contracts.messages.termination import ServiceTerminated
from contracts.words import ClauseId, Kind, Moment, Money, Text, Value
from policies import clock_stops as stops
from policies.clock_words import REMEDIES
from policies.schema import Pack

M = TypeVar("M", bound=Message)
Told = tuple[datetime, Message]


class Pause(Value):
    """The clock stands still while somebody else has to act; `ended` is None while it still does."""

    reason: str
    began: Moment
    ended: Moment | None


class Remedy(Value):
    """What a broken promise leads to by itself; `amount` once money has moved for it."""

    what: Text
    clauses: tuple[ClauseId, ...] = ()
    amount: Money | None = None


class Clock(Value):
    """`owed_by` says whose turn it is; a period that merely runs is nobody's and is only broken when cut short.

    `met_at` is when it stopped (None: it still runs, or it never was met), `met_by` the type of the event that did it;
    for a period that ran its whole length `met_by` is `time`.
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
    """One request's events with their times, and the moment as of which the clocks are read."""

    told: tuple[Told, ...]
    pack: Pack
    now: datetime

    def all(self, kind: type[M]) -> list[tuple[datetime, M]]:
        return [(at, message) for at, message in self.told if isinstance(message, kind)]

    def stop(self, since: datetime, types: Iterable[str]) -> Told | None:
        """The first of these types not before `since`: services' events of one moment have no order among them."""
        return next(((at, message) for at, message in self.told if at >= since and message.type in types), None)


def clocks_of(events: Iterable[Told], pack: Pack, now: datetime | None = None) -> tuple[Clock, ...]:
    """In the order in which they started. `events` of one request, in any order; `now` is the last of them if left out.

    Pure. No events: no clocks.
    """
    told = tuple(sorted(events, key=lambda each: each[0]))
    if not told:
        return ()
    story = Story(told, pack, now or told[-1][0])
    made = (clock for read in READINGS for clock in read(story))
    return tuple(sorted(made, key=lambda clock: clock.started))


def _clock(story: Story, clock: Clock, types: Iterable[str]) -> Clock:
    """With what stopped it, whether it was too late, and what follows from that."""
    stop = story.stop(clock.started, types)
    lapsed = stop is not None and stop[1].type in stops.LAPSES
    if stop is None or lapsed:
        return _judged(clock, story.now)
    return _judged(clock.model_copy(update={"met_at": stop[0], "met_by": stop[1].type}), story.now)


def _judged(clock: Clock, now: datetime) -> Clock:
    standing = any(pause.ended is None for pause in clock.paused_by)
    late = clock.met_at > clock.due if clock.met_at else now >= clock.due and not standing
    remedy = clock.remedy or (Remedy(what=REMEDIES[_kind(clock.name)]) if late else None)
    return clock.model_copy(update={"breached": late, "remedy": remedy if late else None})


def _kind(name: str) -> str:
    return "complaint-answer" if name.startswith("complaint-answer") else name


# ---- what the customer and the carrier owe each other before anything ends -------------------------------------------


def _review(story: Story) -> Iterator[Clock]:
    """Stands still while the customer looks for a paper; referred to a person, the person's deadline counts."""
    for at, accepted in story.all(RequestAccepted)[:1]:
        pauses = _waiting_for_papers(story)
        paused = sum(((pause.ended or story.now) - pause.began for pause in pauses), at - at)
        due = at + story.pack.clocks.review_decision + paused
        due = max([due, *(referred.decide_by for _, referred in story.all(ReviewReferred))])
        clock = Clock(name="review-decision", owed_by="carrier", started=at, due=due, paused_by=pauses)
        yield _clock(story, clock, stops.DECIDED)


def _waiting_for_papers(story: Story) -> tuple[Pause, ...]:
    clock = next(_information(story), None)
    if clock is None:
        return ()
    over = story.stop(clock.started, stops.DECIDED)
    return (Pause(reason=InformationRequired.type, began=clock.started, ended=clock.met_at or (over and over[0])),)


def _information(story: Story) -> Iterator[Clock]:
    """One clock however often review asks: a partial answer narrows the questions, it does not give more time."""
    asked = story.all(InformationRequired)
    if not asked:
        return
    at, first = asked[0]
    clock = Clock(name="information-answer", owed_by="customer", started=at, due=first.answer_due)
    answers = [each for each in story.told if each[0] >= at and each[1].type == stops.ANSWER]
    if len(answers) >= len(asked):
        when, answer = answers[len(asked) - 1]
        yield _judged(clock.model_copy(update={"met_at": when, "met_by": answer.type}), story.now)
    else:
        yield _clock(story, clock, stops.DECIDED)


def _quote(story: Story) -> Iterator[Clock]:
    """Each version has its own; a newer version stops the older one."""
    issued = story.all(QuoteIssued)
    for number, (at, event) in enumerate(issued, 1):
        due = event.quote.valid_until
        clock = Clock(name="quote-validity", owed_by="customer", started=at, due=due)
        if number < len(issued):
            newer = issued[number][0]
            yield _judged(clock.model_copy(update={"met_at": newer, "met_by": QuoteIssued.type}), story.now)
        else:
            yield _clock(story, clock, stops.CONFIRMED)


def _payment(story: Story) -> Iterator[Clock]:
    for at, failed in story.all(SettlementFailed)[:1]:
        clock = Clock(name="payment-retry", owed_by="customer", started=at, due=failed.retry_until)
        yield _clock(story, clock, stops.PAID)
