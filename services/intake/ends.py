"""A request ends, and lets go of what it held, on an end that our own facts do not contradict; else a person looks."""

from datetime import datetime

from contracts.messages import Message
from contracts.messages.billing import QuoteExpired, SettlementAbandoned
from contracts.messages.intake import WordRecalled
from contracts.messages.notify import RequestClosed
from contracts.messages.ops import RetryOrdered
from contracts.messages.review import InformationOverdue, RequestRejected
from contracts.messages.shared import AttentionRequired, AttentionResolved, RequestWithdrawn
from contracts.refusals import refused
from policies.customers_word import lies_ahead, word_of
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Decision
from services.intake.case import IntakeCase, Stage

OUT_OF_TURN = "out-of-turn"  # the code, and how the incident begins
EARLY_CLOSE, QUOTE_OVER = "early-close", "quote-over"  # the alarms


def ended(case: IntakeCase | None, message: Message, now: datetime, pack: Pack) -> Decision:
    """Any event that is a request's end."""
    if case is None or case.ended or message.ends is None:
        return NOTHING
    if isinstance(message, RequestClosed) and case.stage is not Stage.TERMINATED:
        return _closing(case, now, pack)
    if why := _contradicted(case, message, now):
        return looked_at(case, message.type, why)
    if isinstance(message, QuoteExpired) and not _is_over(case, now):
        return _not_yet(case, message, now)
    grounds = message.grounds if isinstance(message, RequestRejected) else case.grounds
    return _over(case.model_copy(update={"grounds": grounds}), Stage(message.ends))


def _over(case: IntakeCase, stage: Stage) -> Decision:
    return Decision(case.model_copy(update={"stage": stage, "open": False}), release=True)


def _contradicted(case: IntakeCase, message: Message, now: datetime) -> str:
    """Why it cannot be, as far as we know ourselves."""
    if isinstance(message, RequestRejected | InformationOverdue) and case.quote is not None:
        return "it was approved and quoted before"
    if isinstance(message, QuoteExpired | SettlementAbandoned) and case.settled_at is not None:
        return "it was settled before"
    if isinstance(message, SettlementAbandoned) and not (case.yeses or case.confirmed_version):
        return "the customer has not said yes to any quote"
    if isinstance(message, RequestWithdrawn) and not (case.withdrawing or case.withdrawal_asked):
        return "the customer has not withdrawn it"
    return ""


def looked_at(case: IntakeCase, kind: str, why: str) -> Decision:
    """Whatever it was, it changes nothing; a person is told once."""
    incident = f"{OUT_OF_TURN}:{kind}"
    if incident in case.out_of_turn:
        return NOTHING
    event = AttentionRequired(
        request_id=case.request_id, incident=incident, operation=OUT_OF_TURN, code=OUT_OF_TURN, detail=f"{kind}: {why}"
    )
    return Decision(case.model_copy(update={"out_of_turn": (*case.out_of_turn, incident)}), (event,))


# ---- the quote is called expired before it is, by our own clock, or after a yes that billing has yet to judge --------


def _is_over(case: IntakeCase, now: datetime) -> bool:
    return case.quote is not None and now >= case.quote.valid_until and case.confirmed_version is None


def _not_yet(case: IntakeCase, message: QuoteExpired, now: datetime) -> Decision:
    """Kept until our own clock says the same; until then a yes is passed on, and billing judges it."""
    noted = case.model_copy(update={"expired_version": message.quote_version})
    until = case.quote.valid_until if case.quote else None
    why = "it has no quote" if until is None else "its quote still stands" if lies_ahead(until, now) else ""
    told = looked_at(noted, message.type, why) if why else NOTHING
    return told._replace(case=told.case or noted, alarms=(Alarm(QUOTE_OVER, until),) if until else ())


def expired_by_now(case: IntakeCase, now: datetime) -> Decision:
    """Ends what billing has called expired; a quote that still stands gets its alarm."""
    if case.quote is None or case.expired_version != case.quote.version or case.settled_at or case.ended:
        return Decision(case)
    if _is_over(case, now):
        return _over(case, Stage.EXPIRED)
    return Decision(case, alarms=(Alarm(QUOTE_OVER, case.quote.valid_until),))


def quote_over(case: IntakeCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    decision = expired_by_now(case, now)
    return decision if decision.release else NOTHING


# ---- told that it is over, before we know that it is -----------------------------------------------------------------


def _closing(case: IntakeCase, now: datetime, pack: Pack) -> Decision:
    """The customer was told of the end; that it has ended comes on another topic."""
    if case.closing:
        return NOTHING
    until = pack.due(now, pack.clocks.awaited_request)
    return Decision(case.model_copy(update={"closing": True}), alarms=(Alarm(EARLY_CLOSE, until),))


def arrived(case: IntakeCase) -> Decision:
    """It has ended: closed at once where the customer has been told already."""
    if not case.closing:
        return Decision(case)
    return _over(case, Stage.CLOSED)._replace(alarms=(Alarm(EARLY_CLOSE, None),))


def never_arrived(case: IntakeCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    if case.ended or not case.closing:
        return NOTHING
    return looked_at(case, RequestClosed.type, "nobody has said that it was switched off")


# ---- a person looks --------------------------------------------------------------------------------------------------


def seen(case: IntakeCase | None, message: RetryOrdered) -> Decision | None:
    """None: the incident is another one."""
    if case is not None and message.incident in case.out_of_turn:
        left = tuple(each for each in case.out_of_turn if each != message.incident)
        event = AttentionResolved(request_id=case.request_id, incident=message.incident)
        return Decision(case.model_copy(update={"out_of_turn": left}), (event,))
    word = word_of(message.incident)
    if word is None:
        return None
    said = {
        "confirmation": case is not None and (bool(case.yeses) or case.confirmed_version is not None),
        "withdrawal": case is not None and (case.withdrawing or case.withdrawal_asked),
        "reopening": case is not None and bool(case.reopening),
        "problem": case is not None and case.problem_reported,
    }
    if case is None or not said[word]:
        looked = AttentionResolved(request_id=message.request_id, incident=message.incident)
        return Decision(events=(refused(message.request_id, message.type, "never-said"), looked))
    version = (case.confirmed_version or case.yeses[-1]) if word == "confirmation" else None
    return Decision(events=(WordRecalled(request_id=case.request_id, word=word, quote_version=version),))
