"""A number that moves to another carrier: a porting code is issued, and once it has expired the line is checked.

Nobody tells us that a number has left, so the carrier is asked when the code can no longer be used.
"""

from datetime import datetime

from contracts.carrier.asks import PortCode, SubscriptionAsk
from contracts.carrier.subscriptions import Subscription
from contracts.messages.ops import ElsewhereGround, ElsewhereNoted, RetryOrdered
from contracts.messages.shared import AttentionRequired, AttentionResolved
from contracts.messages.termination import NumberPorted, PortCodeExpired, PortCodeIssued
from contracts.refusals import refused
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Answered, Call, Decision, Refused
from services.termination.case import PORT_CODE, TerminationCase, resolved, when_done

CODE_OVER = "port-code-over"  # the alarm
LOOK_UP = "look-up"  # what the carrier is asked
INCIDENT = "port-look-up"
PROMISE = "promise"  # the alarm of the promised end


def code_issued(case: TerminationCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    """The code is the end of the request; what becomes of number and account is told when the code is over."""
    answer: PortCode = message.answer
    event = PortCodeIssued(
        request_id=case.request_id,
        audience=case.to_whom,
        valid_until=answer.valid_until,
        reference=answer.reference,
    )
    return _issued(case, event, now)


def code_elsewhere(case: TerminationCase | None, message: ElsewhereNoted, now: datetime) -> Decision:
    """No code is to be had here: the request ends as with one that is over, and the carrier says whether it left."""
    waits = case is not None and case.state == "running" and case.waits_for_a_person(PORT_CODE)
    if case is None or not waits or message.ground is not ElsewhereGround.OFF:
        return Decision(events=(refused(message.request_id, message.type, "not-done-elsewhere"),))
    event = PortCodeIssued(
        request_id=case.request_id, audience=case.to_whom, valid_until=now, reference=message.evidence, elsewhere=True
    )
    return _issued(case, event, now)


def _issued(case: TerminationCase, event: PortCodeIssued, now: datetime) -> Decision:
    solved = (resolved(case, PORT_CODE),) if case.refused else ()
    changes = {
        "state": "done",
        "refused": (),
        "asked_again": (),
        "code_issued_at": now,
        "code_until": event.valid_until,
    }
    alarms = (Alarm(PROMISE, None), Alarm(CODE_OVER, event.valid_until))
    return Decision(case.model_copy(update=changes), (*solved, event), alarms=alarms)


def code_over(case: TerminationCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    return Decision(case, calls=(_look_up(case),)) if case.code_until is not None else NOTHING


def _look_up(case: TerminationCase) -> Call:
    return Call(LOOK_UP, SubscriptionAsk(subscription=case.to_whom.subscription))


def looked_up(case: TerminationCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    known: Subscription = message.answer
    if case.code_until is None or case.code_issued_at is None:
        return NOTHING
    over = case.model_copy(update={"open": False})
    if known.status != "closed":
        event = PortCodeExpired(request_id=case.request_id, audience=case.to_whom, valid_until=case.code_until)
        return Decision(over, (event,))
    left = case.code_issued_at  # where nobody knows, the customer is charged no longer than that
    if known.closed_at is not None:
        left = when_done(known.closed_at, left, now)
    dates = case.when.model_copy(update={"effective": left, "service_end": left, "charge_end": left})
    return Decision(over, (NumberPorted(request_id=case.request_id, audience=case.to_whom, dates=dates, left_at=left),))


def look_up_refused(case: TerminationCase, message: Refused, now: datetime, pack: Pack) -> Decision:
    event = AttentionRequired(
        request_id=case.request_id,
        incident=INCIDENT,
        operation=LOOK_UP,
        code=message.code,
        detail=message.detail,
    )
    return Decision(case.model_copy(update={"look_up_refused": True}), (event,))


def retry(case: TerminationCase, message: RetryOrdered) -> Decision:
    if not case.look_up_refused:
        return NOTHING
    solved = AttentionResolved(request_id=case.request_id, incident=INCIDENT)
    return Decision(case.model_copy(update={"look_up_refused": False}), (solved,), calls=(_look_up(case),))
