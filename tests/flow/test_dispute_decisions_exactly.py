"""What billing decides about a fee that is argued about: whole decisions, by state, outcome and what was paid."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.messages.billing import DisputeOpened, QuoteIssued
from contracts.words import Money, Ruling
from runtime.decision import Alarm, Decision
from services.billing import disputes, records
from services.billing.case import PAYMENT_DEADLINE, QUOTE_DEADLINE, BillingCase, Dispute, move_money
from tests.flow.arguing import LINES, MICRO, OUTCOMES, ZERO, about, no, resolved, rules, says, with_lines
from tests.flow.at_billing import Desk, answered, in_state, settled

WHATEVER_THE_PACKS_MONEY = True


@pytest.mark.parametrize(
    ("state", "held"), [("quoted", True), ("declined", True), ("charging", False), ("settled", False)]
)
@pytest.mark.parametrize(("named", "lines", "minor"), [((), ("one", "two"), 1800), (("two",), ("two",), 1200)])
def test_what_is_argued_about_is_held_out_until_it_is_charged(
    desk: Desk, state: str, held: bool, named: tuple[str, ...], lines: tuple[str, ...], minor: int
) -> None:
    case = in_state(with_lines(desk.quoted, *LINES), state)
    dispute = about(case, desk, minor, *lines, held=held)
    event = DisputeOpened(request_id=case.request_id, audience=case.to_whom, **dispute.as_opened())
    opened = case.model_copy(update={"dispute": dispute, "open": True})
    expected = Decision(opened, (event,), alarms=(Alarm("dispute-answer", dispute.answer_due),))
    assert disputes.open_dispute(case, says(case, *named), desk.now, desk.pack) == expected


def test_the_second_look_is_at_what_the_first_has_left(desk: Desk) -> None:
    case = with_lines(settled(desk, open=False), *LINES)
    first = about(case, desk, 1800, "one", "two", outcome=Ruling.LOWERED, owed=Money(minor=900), ground="wrong")
    case = case.model_copy(update={"dispute": first, "resolved": (first,)})
    decision = disputes.open_dispute(case, says(case), desk.now, desk.pack)
    dispute = about(case, desk, 900, "one", "two", held=False)
    event = DisputeOpened(request_id=case.request_id, audience=case.to_whom, again=True, **dispute.as_opened())
    opened = case.model_copy(update={"dispute": dispute, "open": True})
    assert decision == Decision(opened, (event,), alarms=(Alarm("dispute-answer", dispute.answer_due),))
    waived = first.model_copy(update={"owed": Money(minor=600)})
    case = case.model_copy(update={"dispute": waived, "resolved": (waived,)})
    opened_again = disputes.open_dispute(case, says(case), desk.now, desk.pack).case
    assert isinstance(opened_again, BillingCase) and opened_again.dispute is not None
    assert (opened_again.dispute.lines, opened_again.dispute.amount) == (("one",), Money(minor=600))


@pytest.mark.parametrize(
    ("change", "named", "code"),
    [
        (None, (), "nothing-to-dispute"),
        ({"quote": None}, (), "nothing-to-dispute"),
        ({"state": "ended"}, (), "nothing-to-dispute"),
        ({"revived": True}, (), "nothing-to-dispute"),
        ({}, ("gone",), "nothing-to-dispute"),
        ({}, ("free",), "nothing-to-dispute"),
        ({}, ("one", "gone"), "nothing-to-dispute"),
    ],
)
def test_what_was_never_asked_cannot_be_argued_about(
    desk: Desk, change: dict[str, Any] | None, named: tuple[str, ...], code: str
) -> None:
    case = with_lines(settled(desk), *LINES)
    known = None if change is None else case.model_copy(update=change)
    assert disputes.open_dispute(known, says(case, *named), desk.now, desk.pack) == no(case, desk, code)


@pytest.mark.parametrize(("late", "code"), [(timedelta(0), ""), (MICRO, "dispute-window-over")])
def test_a_fee_is_argued_about_to_the_last_moment_of_its_window(desk: Desk, late: timedelta, code: str) -> None:
    case = with_lines(settled(desk), *LINES)
    last = desk.pack.due(desk.now, desk.pack.clocks.dispute_window)
    decision = disputes.open_dispute(case, says(case), last + late, desk.pack)
    assert decision == no(case, desk, code) if code else isinstance(decision.events[0], DisputeOpened)


@pytest.mark.parametrize(
    ("open_now", "grounds", "code"),
    [
        (True, (), "already-disputed"),
        (False, ("wrong",), ""),
        (False, ("too-high",), "dispute-same-ground"),
        (False, ("wrong", "other"), "disputed-twice"),
    ],
)
def test_a_fee_is_looked_at_twice_and_on_two_grounds(
    desk: Desk, open_now: bool, grounds: tuple[str, ...], code: str
) -> None:
    case = with_lines(settled(desk), *LINES)
    earlier = tuple(
        about(case, desk, 600, "one", ground=ground, outcome=Ruling.UPHELD, owed=Money(minor=600)) for ground in grounds
    )
    last = about(case, desk, 600, "one") if open_now else earlier[-1]
    case = case.model_copy(update={"resolved": earlier, "dispute": last})
    decision = disputes.open_dispute(case, says(case), desk.now, desk.pack)
    assert decision == no(case, desk, code) if code else isinstance(decision.events[0], DisputeOpened)


def argued(case: BillingCase, desk: Desk, held: bool, **more: Any) -> BillingCase:
    dispute = about(case, desk, 1800, "one", "two", held=held)
    return with_lines(case, *LINES).model_copy(update={"dispute": dispute} | more)


def outcome(case: BillingCase, ruling: Ruling, owed: int, **more: Any) -> Dispute:
    assert case.dispute is not None
    told = {"outcome": ruling, "owed": Money(minor=owed), "operator": "op-1", "reason": "checked"}
    return case.dispute.model_copy(update=told | more)


STOP = Alarm("dispute-answer", None)


@pytest.mark.parametrize("state", ["quoted", "declined"])
@pytest.mark.parametrize(("ruling", "said", "owed"), OUTCOMES)
def test_decided_before_the_charge_it_is_a_new_quote(
    desk: Desk, state: str, ruling: Ruling, said: int | None, owed: int
) -> None:
    case = argued(in_state(desk.quoted, state, retry_until=desk.now), desk, held=True)
    decided = outcome(case, ruling, owed)
    decision = disputes.decide_dispute(case, rules(case, ruling, said), desk.now, desk.pack)
    left = (min(owed, 600), max(0, owed - 600))
    net = {0: (0, 0), 100: (83, 17), 1200: (1000, 200)}[left[1]]
    taxed = {"net": Money(minor=net[0]), "tax": Money(minor=net[1])}
    lines = (
        LINES[0].model_copy(update={"amount": Money(minor=left[0])}),
        LINES[1],
        LINES[2].model_copy(update={"amount": Money(minor=left[1])} | taxed),
    )
    until = desk.pack.due(desk.now, desk.pack.clocks.quote_validity)
    offer = case.offered.model_copy(
        update={"version": 2, "lines": lines, "total": Money(minor=owed), "valid_until": until}
    )
    over = decided.model_copy(update={"held": False})
    changes = {"quote": offer, "dispute": over, "resolved": (over,), "confirmation": None, "retry_until": None}
    fresh = case.model_copy(update=changes)
    told, quote = decision.events
    assert decision.case == in_state(fresh, "quoted") and decision.calls == ()
    assert decision.alarms == (Alarm(QUOTE_DEADLINE, until), STOP, Alarm(PAYMENT_DEADLINE, None))
    assert told == resolved(fresh, decided, 0, 0, desk)
    assert isinstance(quote, QuoteIssued) and quote.quote == offer
    assert quote.decision == records.reassessed(case.offered, fresh, decided, desk.now, desk.pack)


@pytest.mark.parametrize(("ruling", "said", "owed"), OUTCOMES)
@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("overcharged", [True, False])
def test_decided_after_the_settlement_what_was_held_is_charged_and_what_was_too_much_comes_back(
    desk: Desk, held: bool, overcharged: bool, ruling: Ruling, said: int | None, owed: int
) -> None:
    case = argued(settled(desk), desk, held, paid=Money(minor=5000))
    decided = outcome(case, ruling, owed, overcharged=overcharged)
    message = rules(case, ruling, said, overcharged=overcharged)
    decision = disputes.decide_dispute(case, message, desk.now, desk.pack)
    known = case.model_copy(update={"dispute": decided})
    wrong = 0 if held else 1800 - owed
    moved = owed if held else wrong * (2 if overcharged else 1)
    if not moved:
        done = known.model_copy(update={"resolved": (decided,)})
        assert decision == Decision(done, (resolved(known, decided, 0, 0, desk),), alarms=(STOP,))
        return
    call = move_money(case, "charge" if held else "refund", Money(minor=moved), "dispute")
    paid = known.model_copy(update={"paid": Money(minor=5000 - wrong)})
    assert decision == Decision(paid, calls=(call,), alarms=(STOP,))


@pytest.mark.parametrize(("held", "again"), [(True, 0), (False, 700)])
def test_of_a_contract_that_goes_on_only_what_is_more_than_its_fee_moves(desk: Desk, held: bool, again: int) -> None:
    case = argued(settled(desk, revived=True), desk, held, paid=ZERO)
    decided = outcome(case, Ruling.LOWERED, 1100, overcharged=True)
    message = rules(case, Ruling.LOWERED, 1100, overcharged=True)
    decision = disputes.decide_dispute(case, message, desk.now, desk.pack)
    known = case.model_copy(update={"dispute": decided})
    if again:
        call = move_money(case, "refund", Money(minor=again), "dispute")
        assert decision == Decision(known, calls=(call,), alarms=(STOP,))
        return
    done = known.model_copy(update={"resolved": (decided,)})
    assert decision == Decision(done, (resolved(known, decided, 0, 0, desk),), alarms=(STOP,))


@pytest.mark.parametrize(("owed", "currency"), [(1801, "CNY"), (-1, "CNY"), (700, "USD"), (None, "CNY")])
@pytest.mark.parametrize("which", ["quote", "final-account"])
def test_an_owed_amount_that_is_no_part_of_what_is_argued_about_is_refused(
    desk: Desk, which: Any, owed: int | None, currency: str
) -> None:
    case = argued(settled(desk), desk, held=True)
    case = case.model_copy(update={"account_dispute": about(case, desk, 1800, "usage/u-1", about="final-account")})
    message = rules(case, Ruling.LOWERED, about=which)
    message = message.model_copy(update={"owed": None if owed is None else Money(minor=owed, currency=currency)})
    expected = no(case, desk, "owed-out-of-range", "dispute.decided.v1")
    assert disputes.decide_dispute(case, message, desk.now, desk.pack) == expected


@pytest.mark.parametrize(
    ("quotes", "accounts", "about_", "decides"),
    [
        ("open", "open", None, "quote"),
        ("open", "open", "quote", "quote"),
        ("open", "open", "final-account", "account"),
        ("decided", "open", None, "account"),
        ("none", "open", None, "account"),
        ("none", "open", "quote", ""),
        ("decided", "open", "quote", ""),
        ("open", "decided", "final-account", ""),
        ("open", "none", "final-account", ""),
        ("none", "none", None, ""),
        ("decided", "decided", None, ""),
    ],
)
def test_the_quotes_dispute_is_decided_first_unless_the_operator_says_which(
    desk: Desk, quotes: str, accounts: str, about_: Any, decides: str
) -> None:
    case = argued(settled(desk), desk, held=True)
    other = about(case, desk, 500, "usage/u-1", about="final-account")
    over = {"outcome": Ruling.UPHELD, "owed": ZERO}
    one = {"open": case.dispute, "decided": case.dispute and case.dispute.model_copy(update=over), "none": None}
    two = {"open": other, "decided": other.model_copy(update=over), "none": None}
    case = case.model_copy(update={"dispute": one[quotes], "account_dispute": two[accounts]})
    decision = disputes.decide_dispute(case, rules(case, Ruling.UPHELD, about=about_), desk.now, desk.pack)
    asked = [call.note for call in decision.calls]
    assert asked == {"quote": ["dispute"], "account": ["account-dispute"], "": []}[decides]
    if not decides:
        assert decision == no(case, desk, "no-open-dispute", "dispute.decided.v1")


@pytest.mark.parametrize("state", ["charging", "ended", None])
def test_nothing_is_decided_while_a_payment_is_under_way_or_after_the_end(desk: Desk, state: str | None) -> None:
    case = argued(in_state(desk.quoted, state or "quoted"), desk, held=True)
    known = case if state else None
    expected = no(case, desk, "no-open-dispute", "dispute.decided.v1")
    assert disputes.decide_dispute(known, rules(case, Ruling.UPHELD), desk.now, desk.pack) == expected


@pytest.mark.parametrize("operation", ["charge", "refund"])
@pytest.mark.parametrize(("change", "goes_back"), [({}, False), ({"state": "ended"}, True), ({"revived": True}, True)])
def test_it_is_resolved_when_the_money_has_moved(
    desk: Desk, operation: str, change: dict[str, Any], goes_back: bool
) -> None:
    case = argued(settled(desk), desk, held=operation == "charge", paid=Money(minor=5000), **change)
    decided = outcome(case, Ruling.LOWERED, 700)
    case = case.model_copy(update={"dispute": decided})
    answer = answered(case, move_money(case, operation, Money(minor=700), "dispute"))
    decision = disputes.money_moved(case, answer, desk.now, desk.pack)
    charged, refunded = (700, 0) if operation == "charge" else (0, 700)
    event = resolved(case, decided, charged, refunded, desk)
    done = case.model_copy(update={"resolved": (decided,)})
    if goes_back and charged:
        back = move_money(case, "refund", Money(minor=700), "dispute")
        assert decision == Decision(done, (event,), calls=(back,))
    else:
        assert decision == Decision(done.model_copy(update={"paid": Money(minor=5000 + charged)}), (event,))
