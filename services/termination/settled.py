"""A settlement counts together with the customer's yes to that very quote; whichever comes first waits for the other.

Billing says the one and intake the other: one of them alone switches nobody off. Only so many settlements are kept for
a yes; where the right one may have been among the rest, billing is asked for it once the yes is there.
"""

from datetime import datetime

from contracts.messages.billing import FeeSettled, SettlementRecalled
from contracts.messages.intake import ConfirmationGiven, WordRecalled
from contracts.messages.ops import RetryOrdered
from contracts.messages.shared import AttentionResolved
from policies.customers_word import AWAITED, MOST_HELD, NOT_KEPT, found, missing, not_kept, of_another
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Decision
from services.termination import domain
from services.termination.case import TerminationCase, Yes


def settled(case: TerminationCase | None, message: FeeSettled, now: datetime, pack: Pack) -> Decision:
    known = case or TerminationCase(request_id=message.request_id, open=False)
    if known.state != "waiting":
        return NOTHING
    if any(_is_to(yes, message) for yes in known.confirmations):
        return _believed(known, message, now)
    if len(known.held) >= MOST_HELD:
        return Decision(known.model_copy(update={"not_all_held": True})) if not known.not_all_held else NOTHING
    holding = known.model_copy(update={"held": (*known.held, message), "open": True})
    until = Alarm(AWAITED, pack.due(now, pack.clocks.awaited_request))
    return Decision(holding, alarms=() if known.held else (until,))


def confirmed(case: TerminationCase | None, message: ConfirmationGiven, now: datetime, pack: Pack) -> Decision:
    shown = message.disclosure.quote_sha256 if message.disclosure else None
    yes = Yes(version=message.quote_version, quote_sha256=shown, given_at=message.given_at)
    return _said(case, message.request_id, yes, now)


def recalled(case: TerminationCase | None, message: WordRecalled, now: datetime, pack: Pack) -> Decision:
    """Puts no word without its moment beside one that was heard: then it was about another settlement, and was seen."""
    if message.word != "confirmation" or message.quote_version is None:
        return NOTHING
    if case and any(yes.version == message.quote_version and yes.given_at for yes in case.confirmations):
        return _seen(case)
    return _said(case, message.request_id, Yes(version=message.quote_version), now)


def _seen(case: TerminationCase) -> Decision:
    if case.state != "waiting" or not case.unconfirmed:
        return NOTHING
    return Decision(case.model_copy(update={"unconfirmed": False}), (found(case.request_id, "confirmation"),))


def said_again(case: TerminationCase | None, message: SettlementRecalled, now: datetime, pack: Pack) -> Decision:
    """Billing was asked, so the yes is known: this one never waits for it."""
    if case is None or case.state != "waiting" or not any(_is_to(yes, message) for yes in case.confirmations):
        return NOTHING
    return _believed(case, message, now)


def retry(case: TerminationCase | None, message: RetryOrdered, now: datetime, pack: Pack) -> Decision:
    """Billing hears the same order, and says again what it settled, if it has settled anything."""
    if case is None or not case.sought:
        return NOTHING
    return Decision(case.model_copy(update={"sought": False}), (_solved(case),))


def _said(case: TerminationCase | None, request_id: str, yes: Yes, now: datetime) -> Decision:
    known = case or TerminationCase(request_id=request_id, open=False)
    if known.state != "waiting":
        return NOTHING
    noted = known.model_copy(update={"confirmations": (*known.confirmations, yes)})
    held = next((each for each in known.held if _is_to(yes, each)), None)
    if held:
        return _believed(noted, held, now)
    if not known.not_all_held:
        return Decision(noted)
    return Decision(noted.model_copy(update={"sought": True}), (not_kept(request_id),))


def _is_to(yes: Yes, settlement: FeeSettled | SettlementRecalled) -> bool:
    """To that quote and no other, as far as intake knew what was shown; settled before it was given is not settled."""
    if yes.version != settlement.quote_version or yes.quote_sha256 not in (None, settlement.quote_sha256):
        return False
    return yes.given_at in (None, settlement.confirmed_at)


def _believed(case: TerminationCase, message: FeeSettled | SettlementRecalled, now: datetime) -> Decision:
    scheduled = TerminationCase(
        request_id=case.request_id,
        state="scheduled",
        audience=message.audience,
        kind=message.application.kind,
        items=message.items,
        dates=message.dates,
        reopening=message.reopening,
    )
    decision = domain.schedule(scheduled, case.withdrawal_wanted, now)
    solved = [found(case.request_id, "confirmation")] if case.unconfirmed else []
    solved += [_solved(case)] if case.sought else []
    alarms = (Alarm(AWAITED, None),) if case.held else ()
    return decision._replace(events=(*solved, *decision.events), alarms=(*alarms, *decision.alarms))


def _solved(case: TerminationCase) -> AttentionResolved:
    return AttentionResolved(request_id=case.request_id, incident=NOT_KEPT)


def unconfirmed(case: TerminationCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    if case.state != "waiting" or not case.held:
        return NOTHING
    tell = of_another if case.confirmations else missing
    event = tell(case.request_id, "confirmation", FeeSettled.type)
    return Decision(case.model_copy(update={"unconfirmed": True}), (event,))
