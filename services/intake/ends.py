"""A request ends, and lets go of what it held, on an end that our own facts do not contradict; else a person looks."""

from datetime import datetime

from contracts.meaning import OUT_OF_TURN
from contracts.messages import TYPES, Message
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

SETTLED = "it was settled before"
NO_YES = "the customer has not said yes to any quote"
EARLY_CLOSE, QUOTE_OVER, TIME_OVER = "early-close", "quote-over", "time-over"  # the alarms
LAPSES = (QuoteExpired, InformationOverdue, SettlementAbandoned)  # nobody did anything: a moment has come
WAITED_FOR = {InformationOverdue.type: Stage.INFORMATION_REQUIRED, SettlementAbandoned.type: Stage.PAYMENT_FAILED}
NEVER_BEGUN = {
    QuoteExpired.type: "it has no quote",
    InformationOverdue.type: "nothing was asked of the customer",
    SettlementAbandoned.type: "no payment was declined",
}
STILL = {
    QuoteExpired.type: "its quote still stands",
    InformationOverdue.type: "the customer can still answer",
    SettlementAbandoned.type: "it can still be paid",
}


def ended(case: IntakeCase | None, message: Message, now: datetime, pack: Pack) -> Decision:
    """Any event that is a request's end."""
    if case is None or case.ended or message.ends is None:
        return NOTHING
    if case.submit is None:
        return never_submitted(case, message)
    if isinstance(message, RequestClosed) and case.stage is not Stage.TERMINATED:
        return _closing(case, now, pack)
    if why := _contradicted(case, message, now):
        return looked_at(case, message.type, why)
    if isinstance(message, LAPSES) and not _is_over(case, message.type, now):
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
        return SETTLED
    if isinstance(message, SettlementAbandoned) and not case.said_yes:
        return NO_YES
    if isinstance(message, RequestWithdrawn) and not (case.withdrawing or case.withdrawal_asked):
        return "the customer has not withdrawn it"
    return ""


def never_submitted(case: IntakeCase, message: Message) -> Decision:
    """Nobody can have accepted it; what waits for the CRM may be: a store from a backup hears all of it again."""
    nothing_to_say = case.ended or case.awaited
    return NOTHING if nothing_to_say else looked_at(case, message.type, "it was never submitted")


def looked_at(case: IntakeCase, kind: str, why: str) -> Decision:
    """Whatever it was, it changes nothing; said each time, of one incident, so that nobody who watches believes it."""
    incident = f"{OUT_OF_TURN}:{kind}"
    event = AttentionRequired(
        request_id=case.request_id, incident=incident, operation=OUT_OF_TURN, code=OUT_OF_TURN, detail=f"{kind}: {why}"
    )
    told = tuple(dict.fromkeys((*case.out_of_turn, incident)))
    return Decision(case.model_copy(update={"out_of_turn": told}), (event,))


# ---- a moment is said to have come before it has, by our own clock, or after a word that is yet to be judged ---------


def _moment(case: IntakeCase, kind: str) -> datetime | None:
    """Until when the customer can still act, as far as we were told."""
    if kind == QuoteExpired.type:
        return case.quote.valid_until if case.quote else None
    return case.due if case.waits_for is WAITED_FOR[kind] else None


def _is_over(case: IntakeCase, kind: str, now: datetime) -> bool:
    moment = _moment(case, kind)
    acted = case.confirmed_version is not None if kind == QuoteExpired.type else case.given
    return moment is not None and now >= moment and not acted


def _not_yet(case: IntakeCase, message: Message, now: datetime) -> Decision:
    """Kept until our own clock says the same; until then what the customer says is passed on, and judged there."""
    kind, until = message.type, _moment(case, message.type)
    kept = {"expired_version": message.quote_version} if isinstance(message, QuoteExpired) else {"lapsed": kind}
    noted = case.model_copy(update=kept)
    why = NEVER_BEGUN[kind] if until is None else STILL[kind] if lies_ahead(until, now) else ""
    told = looked_at(noted, kind, why) if why else NOTHING
    return told._replace(case=told.case or noted, alarms=(_alarm(kind, until),) if until else ())


def _alarm(kind: str, until: datetime) -> Alarm:
    return Alarm(QUOTE_OVER if kind == QuoteExpired.type else TIME_OVER, until)


def over_by_now(case: IntakeCase, now: datetime) -> Decision:
    """Ends what was said to be over; what is not, by our clock, gets its alarm."""
    kind = _said_to_be_over(case)
    if not kind or case.settled_at or case.ended:
        return Decision(case)
    if _is_over(case, kind, now):
        return _over(case, Stage(TYPES[kind].ends or ""))
    until = _moment(case, kind)
    return Decision(case, alarms=(_alarm(kind, until),) if until else ())


def _said_to_be_over(case: IntakeCase) -> str:
    """Only of what it waits for now: of an earlier quote, or question, it says nothing any more."""
    if case.quote is not None and case.expired_version == case.quote.version:
        return QuoteExpired.type
    return case.lapsed if case.lapsed and case.waits_for is WAITED_FOR[case.lapsed] else ""


def time_over(case: IntakeCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    decision = over_by_now(case, now)
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
    off = case.switched_off
    why = "nobody has said that it was settled" if off else "nobody has said that it was switched off"
    return looked_at(case, RequestClosed.type, why)


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
        "confirmation": case is not None and case.said_yes,
        "withdrawal": case is not None and (case.withdrawing or case.withdrawal_asked),
        "reopening": case is not None and case.asked_to_reopen,
        "problem": case is not None and case.problem_reported,
    }
    if case is None or not said[word]:
        looked = AttentionResolved(request_id=message.request_id, incident=message.incident)
        return Decision(events=(refused(message.request_id, message.type, "never-said"), looked))
    version = (case.confirmed_version or case.yeses[-1]) if word == "confirmation" else None
    return Decision(events=(WordRecalled(request_id=case.request_id, word=word, quote_version=version),))
