"""What becomes of a number counts once its code is over, by our own clock: what is said before waits, and may be lost.

A code that stands can still be used, so nobody can know. What waits gives way to what is said when the code is over.
"""

from datetime import datetime
from typing import Any

from contracts.messages import TYPES
from contracts.messages.termination import NumberPorted, PortCodeExpired, PortCodeIssued
from policies.customers_word import CLOCKS_DIFFER
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Decision
from runtime.wiring import Decide
from services.billing import aftermath, revival
from services.billing.case import BillingCase, Foretold

WAITED_LONG_ENOUGH = "code-over"  # the alarm


def issued(case: BillingCase | None, message: PortCodeIssued, now: datetime, pack: Pack) -> Decision:
    """Of several codes the one that is over last."""
    if (
        case is None
        or not aftermath.goes_elsewhere(case)
        or (case.code_until or message.valid_until) > message.valid_until
    ):
        return NOTHING
    noted = case.model_copy(update={"code_until": message.valid_until})
    return Decision(noted, alarms=_alarm(noted) if noted.foretold else ())


def once_over(decide: Decide) -> Decide:
    def decided(case: BillingCase | None, message: Any, now: datetime, pack: Pack) -> Decision:
        if case is None or not aftermath.goes_elsewhere(case) or not case.code_stands(now):
            return decide(_without(case), message, now, pack)
        held = Foretold(type=message.type, body=message.model_dump_json())
        waits = case.model_copy(update={"foretold": held})
        return Decision(waits, alarms=_alarm(waits))

    return decided


def rang(case: BillingCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    held = case.foretold
    if held is None or case.code_stands(now):
        return NOTHING
    told: Any = TYPES[held.type].model_validate_json(held.body)
    left: Any = _without(case)
    decided = AFTERWARDS[held.type](left, told, now, pack)
    return decided if decided.case else decided._replace(case=left)


def _without(case: BillingCase | None) -> BillingCase | None:
    return case.model_copy(update={"foretold": None}) if case is not None and case.foretold else case


def _alarm(case: BillingCase) -> tuple[Alarm, ...]:
    """So late that whatever is really said when the code is over has come before."""
    return (Alarm(WAITED_LONG_ENOUGH, case.code_until + CLOCKS_DIFFER),) if case.code_until else ()


AFTERWARDS: dict[str, Decide] = {
    NumberPorted.type: aftermath.after_porting,
    PortCodeExpired.type: revival.give_back,
}
