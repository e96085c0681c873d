"""Charges of the final account under dispute: held out of it, or argued about afterwards; then decided (FV-48, N17)."""

from datetime import datetime

from contracts.fee_lines import FeeLine
from contracts.messages.billing import DisputeOpened
from contracts.messages.commands import DisputeFee
from contracts.messages.intake import FeeDisputed
from contracts.messages.ops import DisputeDecided
from contracts.refusals import refused
from policies.pack import Pack
from policies.second_look import basis_for, cannot_dispute, clauses_for, looks_at
from runtime.decision import Alarm, AlarmRang, Answered, Decision
from services.billing.case import BillingCase, Dispute, move_money
from services.billing.outcomes import money_to_move, nobody_decided, reassessed, resolved, what_is_owed, with_outcome
from services.billing.quoting import total_of

ANSWER = "account-dispute-answer"  # the alarm
AT_THE_CARRIER = "disputed-at-the-carrier"  # the ground of what was argued about before the line was closed


def hold(case: BillingCase, now: datetime, pack: Pack) -> Decision:
    """What the carrier says is disputed already stays out until a person here has decided."""
    assert case.account is not None
    lines = tuple(line for line in case.account.lines if line.status == "held" and _of_the_account(line))
    return _opened(case, lines, AT_THE_CARRIER, True, now, pack) if lines else Decision(case)


def is_about(case: BillingCase, message: FeeDisputed) -> bool:
    """Named lines of the account; or no name at all where the quote has nothing to argue about."""
    named = {line.line for line in _charged(case)}
    in_quote = any(line.amount.minor > 0 for line in case.offered.lines)
    return bool(named) and (set(message.lines) <= named if message.lines else not in_quote)


def open_dispute(case: BillingCase, message: FeeDisputed, now: datetime, pack: Pack) -> Decision:
    """What was charged or set off with the final bill: a decision may bring it back."""
    if code := _cannot(case, message, now, pack):
        no = refused(message.request_id, DisputeFee.type, code, clauses_for(code, pack), basis_for(code, pack))
        return Decision(events=(no,))
    lines = tuple(line for line in _charged(case) if not message.lines or line.line in message.lines)
    again = bool(looks_at(message.lines, case.account_resolved))
    return _opened(case, lines, message.ground, False, now, pack, again=again)


def _charged(case: BillingCase) -> tuple[FeeLine, ...]:
    """With what earlier looks have left of each; what was held is charged once it is decided."""
    lines = case.account.lines if case.account else ()
    decided = {name for each in case.account_resolved for name in each.lines}
    for earlier in case.account_resolved:
        lines = reassessed(lines, earlier)
    charged = (line for line in lines if line.status == "due" or line.line in decided - case.elsewhere_lines.keys())
    return tuple(line for line in charged if line.amount.minor > 0 and _of_the_account(line))


def _of_the_account(line: FeeLine) -> bool:
    return line.kind != "early-termination"


def _cannot(case: BillingCase, message: FeeDisputed, now: datetime, pack: Pack) -> str:
    arguing = case.account_dispute is not None and case.account_dispute not in case.account_resolved
    words = (message.lines, message.ground)
    return cannot_dispute(*words, case.account_resolved, arguing, case.billed_at, now, pack)


def _opened(
    case: BillingCase,
    lines: tuple[FeeLine, ...],
    ground: str,
    held: bool,
    now: datetime,
    pack: Pack,
    again: bool = False,
) -> Decision:
    dispute = Dispute(
        lines=tuple(line.line for line in lines),
        amount=total_of(lines, lines[0].amount.nothing),
        held=held,
        ground=ground,
        answer_due=pack.due(now, pack.clocks.dispute_answer),
        about="final-account",
    )
    event = DisputeOpened(request_id=case.request_id, audience=case.to_whom, again=again, **dispute.as_opened())
    kept = case.model_copy(update={"account_dispute": dispute, "open": True})
    return Decision(kept, (event,), alarms=(Alarm(ANSWER, dispute.answer_due),))


def decide(case: BillingCase, dispute: Dispute, message: DisputeDecided, now: datetime, pack: Pack) -> Decision:
    owed = what_is_owed(dispute, message)
    if owed is None:
        return Decision(events=(refused(message.request_id, message.type, "owed-out-of-range"),))
    decided = with_outcome(dispute, message, owed)
    case = case.model_copy(update={"account_dispute": decided})
    operation, amount, _ = money_to_move(decided, pack)
    stop = (Alarm(ANSWER, None),)
    if not amount.minor:
        return Decision(_told(case, decided), (resolved(case, decided, amount, amount, pack),), alarms=stop)
    return Decision(case, calls=(move_money(case, operation, amount, "account-dispute"),), alarms=stop)


def money_moved(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    dispute = case.account_dispute
    assert dispute is not None
    amount = message.answer.amount
    charged, refunded = (amount, amount.nothing) if message.operation == "charge" else (amount.nothing, amount)
    return Decision(_told(case, dispute), (resolved(case, dispute, charged, refunded, pack),))


def _told(case: BillingCase, dispute: Dispute) -> BillingCase:
    return case.model_copy(update={"account_resolved": (*case.account_resolved, dispute)})


def overdue(case: BillingCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    return Decision(case, (nobody_decided(case, case.account_dispute, ANSWER),))
