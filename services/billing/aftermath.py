"""Money after the service has ended: the final bill is asked for; what a delay or a mistake cost comes back unasked."""

from datetime import datetime, timedelta
from typing import Literal

from contracts.carrier import FinalBillAsk
from contracts.messages.billing import FeeWaived
from contracts.messages.termination import NumberPorted, ServiceTerminated, TerminationReprocessed
from contracts.words import Kind, Money
from policies.conditions import targets
from policies.pack import Pack
from runtime.decision import NOTHING, Answered, Call, Decision
from services.billing import records
from services.billing.case import BillingCase, move_money
from services.billing.fees import delay_cost


def after_termination(case: BillingCase | None, message: ServiceTerminated, now: datetime, pack: Pack) -> Decision:
    """A closed line gets its final bill; a late end gets back what the delay cost (R34, CN-15)."""
    if case is None or case.application is None or case.paid is None:  # nothing ends before we settled it
        return NOTHING
    if case.switched_off:  # said twice, it would be billed and waived twice
        return NOTHING
    case = case.model_copy(update={"switched_off": True})
    calls: list[Call] = []
    if message.late and (cost := _cost_of_delay(case, message, pack)).minor > 0:
        calls.append(move_money(case, "waive", cost, "delay"))
        case = case.model_copy(update={"late": message.dates})
    if message.kind is Kind.LINE:
        assert message.dates.charge_end is not None
        calls.append(_final_bill(case, message.dates.charge_end))
    return Decision(case, calls=tuple(calls))


def after_porting(case: BillingCase | None, message: NumberPorted, now: datetime, pack: Pack) -> Decision:
    """The number is gone: its account is settled as that of a closed line, to the day it left."""
    if case is None or not _goes_elsewhere(case) or case.left_at is not None:
        return NOTHING
    gone = case.model_copy(update={"left_at": message.left_at})
    return Decision(gone, calls=(_final_bill(case, message.left_at),))


def _goes_elsewhere(case: BillingCase) -> bool:
    return case.application is not None and case.application.kind is Kind.PORT_OUT and case.paid is not None


def _final_bill(case: BillingCase, charge_end: datetime) -> Call:
    ask = FinalBillAsk(request_id=case.request_id, subscription=case.to_whom.subscription, charge_end=charge_end)
    return Call("final-bill", ask)


def _cost_of_delay(case: BillingCase, message: ServiceTerminated, pack: Pack) -> Money:
    promised, effective = message.dates.promised, message.dates.effective
    assert promised is not None and effective is not None
    days = max(pack.delay.least_days, -((promised - effective) // timedelta(days=1)))
    return _daily(case, days, pack)


def _daily(case: BillingCase, days: int, pack: Pack) -> Money:
    assert case.application is not None and case.subscription is not None
    items = targets(case.application.kind, case.application.items, case.subscription)
    return delay_cost(items, days, pack.currency)


def after_repair(case: BillingCase | None, message: TerminationReprocessed, now: datetime, pack: Pack) -> Decision:
    if case is None or case.subscription is None or case.paid is None:
        return NOTHING
    wronged = tuple(item for item in case.subscription.items if item.item in message.restored)
    cost = delay_cost(wronged, pack.delay.least_days, pack.currency) + _daily(case, pack.delay.least_days, pack)
    if cost.minor == 0:
        return NOTHING
    wronged_case = case.model_copy(update={"wronged": message.restored})
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
