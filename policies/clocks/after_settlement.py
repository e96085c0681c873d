"""The clocks from the settlement on: notice period, promise, complaints, disputes, quarantine."""

from collections.abc import Callable, Iterator

from contracts.meaning import COMPLAINT_ANSWER, DISPUTE_ANSWER, TERMINATION_PROMISE
from contracts.messages.billing import DisputeOpened, DisputeResolved, FeeSettled, FeeWaived
from contracts.messages.intake import ComplaintAnswered, ComplaintEscalated
from contracts.messages.shared import RequestWithdrawn
from contracts.messages.termination import LineReopened, ServiceTerminated
from contracts.words import Kind, Text
from policies.clocks.clock import Clock, Remedy, Story, judged, met, ran, stopped, stoppers
from policies.kept_numbers import number_free_from

KEPT_OR_GONE = stoppers(TERMINATION_PROMISE)


def _notice_period(story: Story) -> Iterator[Clock]:
    """Runs from the settlement to the end of the service; an item switched off before that cuts it short."""
    for at, settled in story.all(FeeSettled)[:1]:
        due = settled.dates.service_end
        if due is None or due <= at:
            return
        clock = Clock(name="notice-period", owed_by="nobody", started=at, due=due)
        if gone := story.first(at, (RequestWithdrawn.type,)):
            yield clock.model_copy(update={"met_at": gone[0], "met_by": RequestWithdrawn.type})
            return
        yield _cut_short(clock, story) or ran(clock, story)


def _cut_short(clock: Clock, story: Story) -> Clock | None:
    for _, ended in story.all(ServiceTerminated)[:1]:
        first = min(item.at for item in ended.ended)
        if first < clock.due:
            early = clock.model_copy(update={"met_at": first, "met_by": ServiceTerminated.type})
            return early.model_copy(update={"breached": True, "remedy": Remedy(what=EARLY)})
    return None


EARLY = Text(
    zh="业务早于约定日期关闭，应予恢复或补偿。", en="It ended before the agreed day: to be restored or made good."
)


def _promise(story: Story) -> Iterator[Clock]:
    """From the end of the service until every item is off; what lateness costs is waived (R34, N5)."""
    for at, settled in story.all(FeeSettled)[:1]:
        dates = settled.dates
        if dates.promised is None:
            return
        started = max(at, dates.service_end or at)
        clock = Clock(name=TERMINATION_PROMISE.fixed, owed_by="carrier", started=started, due=dates.promised)
        clock = clock.model_copy(update={"remedy": _waiver(story)})
        for when, ended in story.all(ServiceTerminated)[:1]:
            yield met(clock, ended.dates.effective or when, ended.type, story.now)
            return
        gone = story.first(at, KEPT_OR_GONE)
        yield met(clock, gone[0], gone[1].type, story.now) if gone else judged(clock, story.now)


def _waiver(story: Story) -> Remedy | None:
    waived = next((event for _, event in story.all(FeeWaived) if event.cause == "delay"), None)
    return Remedy(what=WAIVED, clauses=waived.clauses, amount=waived.amount) if waived else None


WAIVED = Text(zh="延误期间的费用已减免。", en="What the delay cost was waived.")


def _complaints(story: Story) -> Iterator[Clock]:
    """A level a clock: 48 hours, 15 days and so on; the next level takes over from the one below."""
    raised = story.all(ComplaintEscalated)
    for (at, event), higher in zip(raised, [*raised, None][1:], strict=True):
        if event.answer_due is None:
            continue
        clock = Clock(name=COMPLAINT_ANSWER.fixed + event.level, owed_by="carrier", started=at, due=event.answer_due)
        answered = story.all(ComplaintAnswered)
        replies = [when for when, reply in answered if reply.level is event.level and when >= at]
        if replies and not (higher and replies[0] > higher[0]):
            yield met(clock, replies[0], ComplaintAnswered.type, story.now)
        else:
            yield met(clock, higher[0], event.type, story.now) if higher else judged(clock, story.now)


def _disputes(story: Story) -> Iterator[Clock]:
    for at, opened in story.all(DisputeOpened):
        clock = Clock(name=DISPUTE_ANSWER.fixed, owed_by="carrier", started=at, due=opened.answer_due)
        yield stopped(clock, story, (DisputeResolved.type,))


def _dispute_window(story: Story) -> Iterator[Clock]:
    """How long a settled fee can still be disputed; there is none where nothing was charged."""
    for at, settled in story.all(FeeSettled)[:1]:
        if (settled.paid + settled.held).minor > 0:
            due = story.pack.due(at, story.pack.clocks.dispute_window)
            yield ran(Clock(name="dispute-window", owed_by="nobody", started=at, due=due), story)


def _quarantine(story: Story) -> Iterator[Clock]:
    """A closed line's number is held before anybody else may have it (N16); a reopening stops it.

    What was said with the closing counts; older events left it to the pack.
    """
    for when, ended in story.all(ServiceTerminated)[:1]:
        if ended.kind is Kind.LINE:
            at = ended.dates.effective or when
            due = ended.number_free_from or number_free_from(at, story.pack)
            clock = Clock(name="number-quarantine", owed_by="nobody", started=at, due=due)
            back = story.first(at, (LineReopened.type,))
            stop = {"met_at": back[0], "met_by": back[1].type} if back else {}
            yield clock.model_copy(update=stop) if back else ran(clock, story)


LATER: tuple[Callable[[Story], Iterator[Clock]], ...] = (
    _notice_period,
    _promise,
    _complaints,
    _disputes,
    _dispute_window,
    _quarantine,
)
