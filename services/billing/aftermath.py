"""Money after the service has ended: the final bill is asked for; what a delay or a mistake cost comes back unasked."""

from datetime import datetime, timedelta
from typing import Literal

from contracts.carrier.asks import FinalBillAsk
from contracts.messages.billing import FeeWaived
from contracts.messages.commands import ProblemKind
from contracts.messages.intake import ProblemReported
from contracts.messages.termination import NumberPorted, ServiceTerminated, TerminationReprocessed
from contracts.words import Dates, Kind, Money
from policies.conditions import targets
from policies.customers_word import MOST_HELD, lies_ahead
from policies.pack import Pack
from runtime.decision import NOTHING, Answered, Call, Decision
from services.billing import incidents, records
from services.billing.case import BillingCase, move_money
from services.billing.days_of_service import delay_cost
from services.billing.settling import settled_dates

FINAL_BILL = "final-bill:"  # the incident of one that the carrier refused


def after_termination(case: BillingCase | None, message: ServiceTerminated, now: datetime, pack: Pack) -> Decision:
    """A closed line gets its final bill; a late end gets back what the delay cost (R34, CN-15).

    Termination's word is only that it is off: when it was to be, and what of it is made good, we know ourselves.
    """
    if case is None or case.application is None or case.settled_at is None or case.state != "settled":
        return NOTHING  # nothing ends before we settled it
    own = settled_dates(case, case.settled_at, pack)
    if case.application.kind is Kind.PORT_OUT or lies_ahead(own.service_end, now):
        return NOTHING
    credited = _delay_credited(case, own, message, now, pack)
    if case.application.kind is not Kind.LINE or own.charge_end is None:
        return credited
    return _billed(credited, case, own.charge_end, again=case.switched_off)


def _delay_credited(case: BillingCase, own: Dates, message: ServiceTerminated, now: datetime, pack: Pack) -> Decision:
    """To the end that is told, never beyond today; of an end that is told twice, only what is more."""
    off = case.model_copy(update={"switched_off": True})
    ended = own.model_copy(update={"effective": min(message.dates.effective or now, now)})
    if not message.late or lies_ahead(own.promised, now):
        return Decision(off)
    before = _cost_of_delay(case, case.late, pack) if case.late else pack.money(0)
    more = _cost_of_delay(case, ended, pack) - before
    if more.minor <= 0:
        return Decision(off)
    return Decision(off.model_copy(update={"late": ended}), calls=(move_money(case, "waive", more, "delay"),))


def _billed(decision: Decision, case: BillingCase, charge_end: datetime, again: bool) -> Decision:
    """Once; what the carrier refused, as of a line that is still on, is asked for again when the end is told again."""
    if again:
        return incidents.once_more(decision, FINAL_BILL)
    ask = FinalBillAsk(request_id=case.request_id, subscription=case.to_whom.subscription, charge_end=charge_end)
    return decision._replace(calls=(*decision.calls, Call("final-bill", ask)))


def after_porting(case: BillingCase | None, message: NumberPorted, now: datetime, pack: Pack) -> Decision:
    """The number is gone: its account is settled as that of a closed line, to the day it left."""
    if case is None or not goes_elsewhere(case) or lies_ahead(message.left_at, now):
        return NOTHING
    known = case.left_at or message.left_at
    return _billed(Decision(case.model_copy(update={"left_at": known})), case, known, again=case.left_at is not None)


def goes_elsewhere(case: BillingCase) -> bool:
    return case.application is not None and case.application.kind is Kind.PORT_OUT and case.paid is not None


def _cost_of_delay(case: BillingCase, dates: Dates, pack: Pack) -> Money:
    assert dates.promised is not None
    assert dates.effective is not None
    days = max(pack.delay.least_days, -((dates.promised - dates.effective) // timedelta(days=1)))
    return _daily(case, days, dates.promised, pack)


def _daily(case: BillingCase, days: int, begun: datetime, pack: Pack) -> Money:
    assert case.application is not None
    assert case.subscription is not None
    items = targets(case.application.kind, case.application.items, case.subscription)
    return delay_cost(items, days, pack.currency, begun.astimezone(pack.zone).date())


def reported(case: BillingCase | None, message: ProblemReported, now: datetime, pack: Pack) -> Decision:
    """Under the number of the report, as long as nothing was made good for it; of too many, the first."""
    if case is None or case.application is None or case.subscription is None:
        return NOTHING
    ends = {item.item for item in targets(case.application.kind, case.application.items, case.subscription)}
    wrong = message.items if message.problem is ProblemKind.WRONG_ITEM else ()
    known = case.reported | {case.said.get("problem", 0) + 1: tuple(item for item in wrong if item not in ends)}
    left = sorted(each for each in known.items() if each[0] > case.used.get("problem", 0))
    return Decision(case.model_copy(update={"reported": dict(left[:MOST_HELD])}))


def report_of(case: BillingCase, message: TerminationReprocessed) -> int:
    """The first report that this repair fits and for which nothing was made good; else just the first of those."""
    following = case.used.get("problem", 0) + 1
    fits = (number for number, items in case.reported.items() if {*items} == {*message.restored})
    return next((number for number in fits if number >= following), following)


def after_repair(case: BillingCase | None, message: TerminationReprocessed, now: datetime, pack: Pack) -> Decision:
    """What the customer reported is made good, whatever a repair says of itself."""
    if case is None or case.subscription is None or case.paid is None:
        return NOTHING
    restored = case.reported.get(report_of(case, message), message.restored)
    wronged = tuple(item for item in case.subscription.items if item.item in restored)
    days = pack.delay.least_days
    cost = delay_cost(wronged, days, pack.currency, now.astimezone(pack.zone).date()) + _daily(case, days, now, pack)
    if cost.minor == 0:
        return NOTHING
    wronged_case = case.model_copy(update={"wronged": restored})
    return Decision(wronged_case, calls=(move_money(case, "waive", cost, "wrong-switch-off"),))


def waived(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    cause: Literal["delay", "wrong-switch-off"] = "delay" if message.note == "delay" else "wrong-switch-off"
    event = FeeWaived(
        request_id=case.request_id,
        audience=case.to_whom,
        amount=message.answer.amount,
        cause=cause,
        reference=message.answer.reference,
        clauses=(pack.delay.clause,),
        decision=records.waived(case, cause, message.answer.amount, pack),
    )
    return Decision(case, (event,))
