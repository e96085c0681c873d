"""The clocks of a request, read from its events: `clocks_of(events, pack)`. Pure, so they can be proved later (N4).

A span is what the pack says: days and hours, calendar months, or working days of its calendar. A deadline that an
event names is taken from the event, never worked out again: what was promised then stands, whatever the pack says now.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from contracts.meaning import INFORMATION_ANSWER, PAYMENT_RETRY, QUOTE_VALIDITY, REVIEW_DECISION
from contracts.messages.billing import QuoteIssued, SettlementFailed
from contracts.messages.intake import InformationSupplied, RequestAccepted
from contracts.messages.review import InformationOverdue, InformationRequired, ReviewReferred
from policies.clocks.after_settlement import LATER
from policies.clocks.clock import Clock, Pause, Remedy, Story, Told, met, stopped, stoppers
from policies.schema import Pack

__all__ = ["Clock", "Pause", "Remedy", "clocks_of"]

DECIDED = stoppers(REVIEW_DECISION)
PAPERS_SETTLED = stoppers(INFORMATION_ANSWER) - {InformationSupplied.type}  # an answer may be a part of it: counted
CONFIRMED = stoppers(QUOTE_VALIDITY)
PAID = stoppers(PAYMENT_RETRY)


def clocks_of(events: Iterable[Told], pack: Pack, now: datetime | None = None) -> tuple[Clock, ...]:
    """In the order in which they started. `events` of one request, as (time, message), in any order; read as of `now`,
    which is the last event's time if left out. No events: no clocks.
    """
    told = tuple(sorted(events, key=lambda each: each[0]))
    if not told:
        return ()
    story = Story(told, pack, now or told[-1][0])
    made = (clock for read in (_review, _information, _quotes, _payment, *LATER) for clock in read(story))
    return tuple(sorted(made, key=lambda clock: clock.started))


def _review(story: Story) -> Iterator[Clock]:
    """Stands still while the customer looks for a paper; once a person decides, the person's deadline counts."""
    for at, _ in story.all(RequestAccepted)[:1]:
        pauses = _waiting_for_papers(story)
        paused = sum(((pause.ended or story.now) - pause.began for pause in pauses), timedelta(0))
        due = story.pack.due(at + paused, story.pack.clocks.review_decision)
        due = max([due, *(referred.decide_by for _, referred in story.all(ReviewReferred))])
        clock = Clock(name=REVIEW_DECISION.fixed, owed_by="carrier", started=at, due=due, paused_by=pauses)
        yield _customer_was_late(clock, story) or stopped(clock, story, DECIDED)


def _customer_was_late(clock: Clock, story: Story) -> Clock | None:
    """The papers never came: review's promise fell away, it was not broken."""
    lapse = story.first(clock.started, (InformationOverdue.type,))
    return met(clock, lapse[0], lapse[1].type, story.now) if lapse else None


def _waiting_for_papers(story: Story) -> tuple[Pause, ...]:
    clock = next(_information(story), None)
    if clock is None:
        return ()
    over = story.first(clock.started, PAPERS_SETTLED)
    ended = clock.met_at or (over[0] if over else None)
    return (Pause(reason=InformationRequired.type, began=clock.started, ended=ended),)


def _information(story: Story) -> Iterator[Clock]:
    """One clock however often review asks: a partial answer narrows the questions, it does not give more time."""
    asked = story.all(InformationRequired)
    if not asked:
        return
    at, first = asked[0]
    clock = Clock(name=INFORMATION_ANSWER.fixed, owed_by="customer", started=at, due=first.answer_due)
    answers = [when for when, _ in story.all(InformationSupplied) if when >= at]
    if len(answers) >= len(asked):
        yield met(clock, answers[len(asked) - 1], InformationSupplied.type, story.now)
    else:
        yield stopped(clock, story, PAPERS_SETTLED)


def _quotes(story: Story) -> Iterator[Clock]:
    """Each version has its own; a newer version stops the older one."""
    issued = story.all(QuoteIssued)
    for (at, event), newer in zip(issued, [*issued, None][1:], strict=True):
        clock = Clock(name=QUOTE_VALIDITY.fixed, owed_by="customer", started=at, due=event.quote.valid_until)
        yield met(clock, newer[0], QuoteIssued.type, story.now) if newer else stopped(clock, story, CONFIRMED)


def _payment(story: Story) -> Iterator[Clock]:
    """The deadline for another try does not move with a second decline."""
    for at, failed in story.all(SettlementFailed)[:1]:
        clock = Clock(name=PAYMENT_RETRY.fixed, owed_by="customer", started=at, due=failed.retry_until)
        yield stopped(clock, story, PAID)
