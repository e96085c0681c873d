"""Keeps the public status up to date with the events of the other services."""

from datetime import datetime
from typing import Any

from contracts.messages import Message
from contracts.messages.billing import DisputeOpened, DisputeResolved, FeeSettled, QuoteIssued, SettlementFailed
from contracts.messages.commands import (
    ConfirmQuote,
    ReopenLine,
    RetryPayment,
    SupplyInformation,
    WithdrawCancellation,
)
from contracts.messages.review import InformationRequired, ReviewReferred
from contracts.messages.shared import CommandRefused
from contracts.messages.termination import (
    ItemTerminated,
    PortCodeIssued,
    ServiceTerminated,
    TerminationLate,
    TerminationScheduled,
)
from contracts.words import Dates, Kind
from policies.customers_word import MOST_HELD, lies_ahead
from policies.pack import Pack
from runtime.decision import NOTHING, Decision
from services.intake import ends
from services.intake.case import DisputeSeen, IntakeCase, Stage

BEFORE_MONEY = (
    Stage.CHECKING,
    Stage.IN_REVIEW,
    Stage.INFORMATION_REQUIRED,
    Stage.REFERRED,
    Stage.QUOTED,
    Stage.CONFIRMED,
)


def _moved(case: IntakeCase | None, stage: Stage, **changes: Any) -> Decision:
    """An end absorbs; news that comes late from another topic does not bring a request back."""
    if case is None or case.ended:
        return NOTHING
    return Decision(case.model_copy(update={"stage": stage, **changes}))


def information_required(case: IntakeCase | None, message: InformationRequired, now: datetime, pack: Pack) -> Decision:
    return _waits(case, message, Stage.INFORMATION_REQUIRED, message.answer_due, now, grounds=message.questions)


def referred(case: IntakeCase | None, message: ReviewReferred, now: datetime, pack: Pack) -> Decision:
    return _waits(case, message, Stage.REFERRED, message.decide_by, now, grounds=message.grounds)


def _waits(
    case: IntakeCase | None, message: Message, stage: Stage, until: datetime, now: datetime, **changes: Any
) -> Decision:
    """For the customer or for a person, until a moment that was told; what review asked is past once it is quoted."""
    if case is not None and case.submit is None:
        return ends.never_submitted(case, message)
    if case is not None and case.quote is not None and stage is not Stage.PAYMENT_FAILED:
        return NOTHING
    return _over_meanwhile(_moved(case, stage, due=until, due_of=stage, given=False, **changes), now)


def quoted(case: IntakeCase | None, message: QuoteIssued, now: datetime, pack: Pack) -> Decision:
    """A customer quick as a machine may have confirmed before this arrived: then it stays confirmed."""
    if case is None:
        return NOTHING
    if case.submit is None:
        return ends.never_submitted(case, message)
    if settled_before := _settled_before(case, message):
        return settled_before
    same = case.confirmed_version == message.quote.version
    stage = case.stage if same else Stage.QUOTED
    confirmed = case.confirmed_version if same else None
    moved = _moved(case, stage, quote=message.quote, dates=message.dates, grounds=(), confirmed_version=confirmed)
    return _over_meanwhile(moved, now)


def _over_meanwhile(moved: Decision, now: datetime) -> Decision:
    case = moved.case
    said = isinstance(case, IntakeCase) and (case.expired_version or case.lapsed)
    return ends.over_by_now(case, now) if said and isinstance(case, IntakeCase) else moved


def refused_elsewhere(case: IntakeCase | None, message: CommandRefused, now: datetime, pack: Pack) -> Decision:
    """Billing or termination said no: what intake had noted as given is not."""
    if case is not None and message.command == ReopenLine.type and case.reopening == "requested":
        return Decision(case.model_copy(update={"reopening": ""}))
    if case is None or case.ended:
        return NOTHING
    if message.command == ConfirmQuote.type and case.confirmed_version is not None and case.stage in BEFORE_MONEY:
        waits = Stage.IN_REVIEW if case.stage is Stage.CONFIRMED else case.stage  # news of review came after the yes
        back = _moved(case, Stage.QUOTED if case.quote else waits, confirmed_version=None)
        return _over_meanwhile(back, now)
    if message.command in (SupplyInformation.type, RetryPayment.type) and case.given:
        return _over_meanwhile(_moved(case, case.stage, given=False), now)
    if message.command == WithdrawCancellation.type:
        return _moved(case, case.stage, withdrawing=False)
    return NOTHING


def payment_failed(case: IntakeCase | None, message: SettlementFailed, now: datetime, pack: Pack) -> Decision:
    early = _without_a_yes(case, message) or _settled_before(case, message)
    return early or _waits(case, message, Stage.PAYMENT_FAILED, message.retry_until, now)


def _settled_before(case: IntakeCase | None, message: Message) -> Decision | None:
    """Billing says all of these in order on one topic, and settles once."""
    if case is None or case.ended or not case.settled_at:
        return None
    return ends.looked_at(case, message.type, ends.SETTLED)


def settled(case: IntakeCase | None, message: FeeSettled, now: datetime, pack: Pack) -> Decision:
    if settled_before := _settled_before(case, message):
        return settled_before
    if case is not None and not case.said_yes_to(message.quote_version):
        return ends.looked_at(case, message.type, "the customer has not said yes to that quote")
    ahead = lies_ahead(message.dates.service_end, now)
    if case is not None and case.switched_off and not ahead:  # its end came first, from another topic
        return _over(case, settled_at=now)
    return _moved(case, _later(case, Stage.SETTLED), dates=message.dates, settled_at=now, switched_off=False)


def dispute_opened(case: IntakeCase | None, message: DisputeOpened, now: datetime, pack: Pack) -> Decision:
    """Also after the request has ended: a fee can be disputed for months. Of what is argued about only one is open."""
    kept = [each for each in case.disputes if each.outcome or each.about != message.about] if case else []
    if case is None or len(kept) >= MOST_HELD:
        return NOTHING
    alike = [each for each in kept if each.about == message.about and _at_the_carrier(each) == _at_the_carrier(message)]
    most = 1 if _at_the_carrier(message) else case.disputed
    if most is not None and len(alike) >= most:  # one word may be about both
        return ends.looked_at(case, message.type, "the customer has not disputed it")
    seen = {name: getattr(message, name) for name in ("about", "lines", "ground", "amount", "held", "answer_due")}
    return Decision(case.model_copy(update={"disputes": (*kept, DisputeSeen(**seen))}))


def _at_the_carrier(dispute: DisputeOpened | DisputeSeen) -> bool:
    """Argued about there before the line closed; what the customer says of a final account comes after its charge."""
    return dispute.about == "final-account" and dispute.held


def dispute_resolved(case: IntakeCase | None, message: DisputeResolved, now: datetime, pack: Pack) -> Decision:
    """The fee's dispute and the final account's may both be open; of each, only the latest."""
    if case is None:
        return NOTHING
    decided = {name: getattr(message, name) for name in ("outcome", "owed", "reason")}
    disputes = tuple(
        each.model_copy(update=decided) if each.about == message.about and not each.outcome else each
        for each in case.disputes
    )
    return Decision(case.model_copy(update={"disputes": disputes}))


def scheduled(case: IntakeCase | None, message: TerminationScheduled, now: datetime, pack: Pack) -> Decision:
    dates = case.dates if case and case.settled_at else message.dates  # billing's word counts more
    return _without_a_yes(case, message) or _moved(case, _later(case, Stage.SCHEDULED), dates=dates)


def _without_a_yes(case: IntakeCase | None, message: Message) -> Decision | None:
    """Nothing is paid, waited for or switched off before the customer has said yes to something, as we know first."""
    if case is None or case.ended or case.said_yes:
        return None
    return ends.looked_at(case, message.type, ends.NO_YES)


def item_terminated(case: IntakeCase | None, message: ItemTerminated, now: datetime, pack: Pack) -> Decision:
    return _before_its_time(case, message, now) or _moved(case, _later(case, Stage.SWITCHING_OFF))


def late(case: IntakeCase | None, message: TerminationLate, now: datetime, pack: Pack) -> Decision:
    promised = case.dates.promised if case and case.dates else None
    return _before(promised, case, message, now) or _moved(case, _later(case, Stage.LATE))


def terminated(case: IntakeCase | None, message: ServiceTerminated, now: datetime, pack: Pack) -> Decision:
    early = _before_its_time(case, message, now)
    return early or _over(case, dates=message.dates, number_free_from=message.number_free_from)


def _before_its_time(case: IntakeCase | None, message: Message, now: datetime) -> Decision | None:
    """Nothing is off before the end that billing disclosed: until then the customer can still withdraw."""
    return _before(case.dates.service_end if case and case.dates else None, case, message, now)


def _before(end: datetime | None, case: IntakeCase | None, message: Message, now: datetime) -> Decision | None:
    if no_yes := _without_a_yes(case, message):
        return no_yes
    if case is None or case.ended or not lies_ahead(end, now):
        return None
    return ends.looked_at(case, message.type, "the end that was disclosed is still to come")


def port_code_issued(case: IntakeCase | None, message: PortCodeIssued, now: datetime, pack: Pack) -> Decision:
    if case is not None and (case.application is None or case.application.kind is not Kind.PORT_OUT):
        return ends.looked_at(case, message.type, "no number is to go elsewhere")
    dates = case.dates.model_copy(update={"effective": now}) if case and case.dates else None
    return _before_its_time(case, message, now) or _over(
        case, dates=dates or Dates(requested=now, effective=now), port_code_until=message.valid_until
    )


def _over(case: IntakeCase | None, **changes: Any) -> Decision:
    """Termination's word alone ends nothing: that it was settled comes from billing, before or after."""
    moved = _moved(case, Stage.TERMINATED, switched_off=True, **changes).case
    if case is None or not isinstance(moved, IntakeCase):
        return NOTHING
    return ends.arrived(moved) if moved.settled_at else Decision(moved.model_copy(update={"stage": case.stage}))


def _later(case: IntakeCase | None, stage: Stage) -> Stage:
    """Topics are not ordered against each other: never step back along the road."""
    order = list(Stage)
    return stage if case is None or order.index(case.stage) < order.index(stage) else case.stage
