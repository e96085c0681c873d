"""What happens next to a request and by when, from the clocks of the pack and the dates it was told. Pure."""

from datetime import datetime

from contracts.words import Moment, Text, Value
from policies.pack import Pack
from policies.second_look import over
from services.intake.case import WAITING, IntakeCase, Stage
from services.intake.door.stage_words import COMPLAINT_OPEN, DISPUTABLE, DISPUTE_OPEN, PORT_CODE, WORDS

REVIEWED_IN_TIME = {Stage.CHECKING, Stage.IN_REVIEW}
UNTIL_SERVICE_END = {Stage.SETTLED, Stage.SCHEDULED}
UNTIL_PROMISE = {Stage.CONFIRMED, Stage.SWITCHING_OFF}


class Next(Value):
    """What happens next, and by when where there is a date."""

    what: Text
    by: Moment | None


def next_step(case: IntakeCase, words: str, now: datetime, pack: Pack) -> Next:
    """Of an ended request: what is still being answered, or until when its fee can be disputed."""
    if words == PORT_CODE:
        return Next(what=WORDS[words].next, by=case.port_code_until)
    if case.ended:
        return _afterwards(case, now, pack) or Next(what=WORDS[words].next, by=None)
    return Next(what=WORDS[words].next, by=_by_when(case, pack))


def _afterwards(case: IntakeCase, now: datetime, pack: Pack) -> Next | None:
    if due := [each.answer_due for each in case.disputes if not each.outcome]:
        return Next(what=DISPUTE_OPEN, by=min(due))
    if case.complaint and not case.complaint.answered:
        return Next(what=COMPLAINT_OPEN, by=case.complaint.answer_due)
    charged = case.quote is not None and case.quote.total.minor > 0
    if case.stage is not Stage.CLOSED or case.settled_at is None or not charged or over(case.settled_at, now, pack):
        return None
    return Next(what=DISPUTABLE, by=pack.due(case.settled_at, pack.clocks.dispute_window))


def _by_when(case: IntakeCase, pack: Pack) -> datetime | None:
    """None where no date is promised: a promise that has passed is not said again."""
    if case.stage in REVIEWED_IN_TIME and case.submit is not None:
        return pack.due(case.received_at, pack.clocks.review_decision)
    if case.stage in WAITING:
        return case.due
    if case.stage is Stage.QUOTED and case.quote:
        return case.quote.valid_until
    if case.stage in UNTIL_SERVICE_END:
        return case.dates.service_end if case.dates else None
    return case.dates.promised if case.dates and case.stage in UNTIL_PROMISE else None
