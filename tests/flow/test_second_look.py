"""Arguing on: a fee is looked into twice at most, a complaint reopens once a level; then by which clause."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from contracts.carrier.subscriptions import Item
from contracts.messages import billing, commands, intake, ops, shared
from contracts.words import Money
from demo.carrier.customer import add_on, contract, customer, plan
from policies.clocks.of_request import clocks_of
from tests.flow.customer import WHO, confirm, decide_dispute, done, reopen, submit, withdraw
from tests.flow.system import START, System
from tests.insight.listening import told

DAY = timedelta(days=1)
WINDOW_OVER = timedelta(days=160)


def argue(system: System, request: str, ground: str, *lines: str) -> None:
    system.say(commands.DisputeFee(request_id=request, channel="web", ground=ground, lines=lines))


def complain(system: System, request: str, ground: str, level: str = "operator", **more: Any) -> None:
    wish = {"level": level, "ground": ground} | more
    system.say(commands.EscalateComplaint(request_id=request, channel="web", **wish))


def answer(system: System, request: str, level: str = "operator", reason: str = "The fee stands") -> None:
    who = {"operator": WHO["operator"], "reason": reason}
    system.say(ops.ComplaintReplied(request_id=request, level=level, answer=f"letter-{level}", **who))


def refusal(system: System, request: str) -> shared.CommandRefused:
    found = [event for event in system.events(request) if isinstance(event, shared.CommandRefused)]
    return found[-1]


def paid(system: System) -> str:
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    return request


def test_a_fee_is_looked_into_a_second_time_on_a_new_ground_and_from_what_the_first_left(system: System) -> None:
    request = paid(system)
    argue(system, request, "not-disclosed")
    decide_dispute(system, request, "lowered", owed=Money(minor=10000))
    argue(system, request, "moved-away")
    opened = [event for event in system.events(request) if isinstance(event, billing.DisputeOpened)]
    assert [(each.amount.minor, each.again) for each in opened] == [(opened[0].amount.minor, False), (10000, True)]
    decide_dispute(system, request, "waived")
    resolved = [event for event in system.events(request) if isinstance(event, billing.DisputeResolved)]
    fee = system.the(billing.FeeSettled, request).paid.minor
    assert [each.refunded.minor for each in resolved] == [fee - 10000, 10000]


def test_before_the_yes_a_second_look_makes_a_third_version_of_the_quote(system: System) -> None:
    request = submit(system, "sub-linecontract01")
    argue(system, request, "not-disclosed")
    decide_dispute(system, request, "lowered", owed=Money(minor=10000))
    argue(system, request, "moved-away")
    decide_dispute(system, request, "lowered", owed=Money(minor=2500))
    quotes = [event.quote for event in system.events(request) if isinstance(event, billing.QuoteIssued)]
    assert [quote.version for quote in quotes] == [1, 2, 3]
    assert [quote.total.minor for quote in quotes[1:]] == [10000, 2500]
    confirm(system, request, 3)
    assert system.the(billing.FeeSettled, request).paid.minor == 2500


@pytest.mark.parametrize(
    ("grounds", "decided", "code"),
    [
        (("not-disclosed", "moved-away"), (False,), "already-disputed"),
        (("not-disclosed", "not-disclosed"), (True,), "dispute-same-ground"),
        (("one-ground", "two-grounds", "three-grounds"), (True, True), "disputed-twice"),
    ],
)
def test_a_further_look_is_refused(
    system: System, grounds: tuple[str, ...], decided: tuple[bool, ...], code: str
) -> None:
    request = paid(system)
    for ground, decides in zip(grounds, (*decided, False), strict=True):
        argue(system, request, ground)
        if decides:
            decide_dispute(system, request, "upheld")
    assert refusal(system, request).code == code


def two_fees() -> Iterator[Item]:
    yield plan(contract(START.date(), days_in=200, days_left=165, full_fee_minor=24_000))
    care = contract(START.date(), days_in=200, days_left=166, full_fee_minor=3000)
    yield add_on("phone-care", "手机保障", "Phone care", 2000, care)


def test_a_line_that_nobody_looked_at_is_looked_at_on_the_same_ground(system: System) -> None:
    system.books.enrol([customer("sub-twofees01", "J14", "Two fees.", *two_fees())])
    request = submit(system, "sub-twofees01")
    lines = {line.line: line.amount for line in system.the(billing.QuoteIssued, request).quote.lines}
    confirm(system, request)
    for line in lines:
        argue(system, request, "too-high", line)
        decide_dispute(system, request, "waived")
    opened = [event for event in system.events(request) if isinstance(event, billing.DisputeOpened)]
    assert [(each.amount, each.again) for each in opened] == [(amount, False) for amount in lines.values()]
    assert done(system, request, "refund") == [("refund", "dispute", amount.minor) for amount in lines.values()]
    argue(system, request, "another-ground", *lines)
    assert refusal(system, request).code == "nothing-to-dispute"


@pytest.mark.parametrize(
    ("first", "further", "code"),
    [
        ("waived", "another-ground", "nothing-to-dispute"),
        ("upheld", "too-high", "dispute-same-ground"),
        ("lowered", "too-high", "dispute-same-ground"),
        ("lowered", "another-ground", ""),
    ],
)
@pytest.mark.parametrize("held", [True, False])
def test_what_became_of_a_fee_says_whether_it_is_argued_about_again(
    system: System, held: bool, first: str, further: str, code: str
) -> None:
    request = submit(system, "sub-linecontract01")
    if held:
        argue(system, request, "too-high")
    confirm(system, request)
    if not held:
        argue(system, request, "too-high")
    decide_dispute(system, request, first, **({"owed": Money(minor=1000)} if first == "lowered" else {}))
    argue(system, request, further)
    if code:
        assert refusal(system, request).code == code
        return
    decide_dispute(system, request, "lowered", owed=Money(minor=1001))
    assert refusal(system, request).code == "owed-out-of-range", "more than the first look has left"
    decide_dispute(system, request, "waived")
    paid = sum(minor for _, _, minor in done(system, request, "charge"))
    assert paid - sum(minor for _, _, minor in done(system, request, "refund")) == 0


@pytest.mark.parametrize("ended", ["withdrawn", "never paid", "reopened"])
def test_a_fee_that_nobody_owes_any_more_is_not_argued_about(system: System, ended: str) -> None:
    request = submit(system, "sub-linecontract01")
    if ended == "never paid":
        system.books.payment_method("sub-linecontract01", works=False)
    confirm(system, request)
    if ended == "withdrawn":
        withdraw(system, request)
    system.advance(timedelta(days=40))
    if ended == "reopened":
        reopen(system, request)
    argue(system, request, "too-high")
    assert refusal(system, request).code == "nothing-to-dispute"


def test_after_the_window_a_dispute_is_refused_with_the_clause(system: System) -> None:
    request = paid(system)
    system.advance(WINDOW_OVER)
    argue(system, request, "not-disclosed")
    no = refusal(system, request)
    assert (no.code, no.clauses) == ("dispute-window-over", ("CN-14-records", "CN-11"))
    assert "第3.6条" in no.reason.zh and "art. 3.6" in no.reason.en
    assert "申诉" not in no.reason.zh  # an unverified text is never shown as authority


def test_on_the_last_day_of_the_window_it_is_still_taken(system: System) -> None:
    request = paid(system)
    system.advance(timedelta(days=152))  # 10 March to 10 August is 153
    argue(system, request, "not-disclosed")
    assert system.the(billing.DisputeOpened, request).amount.minor > 0


def test_each_level_of_a_complaint_has_what_both_sides_said_below(system: System) -> None:
    request = paid(system)
    complain(system, request, "unfair-fee", words="The clerk never told me about a fee.")
    answer(system, request, reason="It is in the contract, page two")
    complain(system, request, "unfair-fee", "association", words="Nobody showed me page two.", reference="CA-7")
    first, second = (event for event in system.events(request) if isinstance(event, intake.ComplaintEscalated))
    assert first.before == () and first.words.startswith("The clerk")
    (below,) = second.before
    assert (below.level, below.words) == ("operator", "The clerk never told me about a fee.")
    assert (below.answer, below.reason) == ("letter-operator", "It is in the contract, page two")
    (answered,) = (event for event in system.events(request) if isinstance(event, intake.ComplaintAnswered))
    assert answered.reason == "It is in the contract, page two"


def test_an_answered_complaint_reopens_once_on_a_new_ground_with_a_clock_of_its_own(system: System) -> None:
    request = paid(system)
    complain(system, request, "unfair-fee")
    answer(system, request)
    system.advance(DAY)
    complain(system, request, "rude-clerk")
    again = [event for event in system.events(request) if isinstance(event, intake.ComplaintEscalated)][-1]
    assert again.reopened and len(again.before) == 1
    first, second = (c for c in clocks_of(told(system, request), system.pack, system.now) if "complaint" in c.name)
    assert first.met_at is not None and second.met_at is None and second.due == system.now + timedelta(hours=48)
    answer(system, request)
    complain(system, request, "third-ground")
    assert refusal(system, request).code == "complaint-heard-twice"
    complain(system, request, "third-ground", "association")
    climbed = [event for event in system.events(request) if isinstance(event, intake.ComplaintEscalated)]
    assert climbed[-1].level == "association" and len(climbed[-1].before) == 2


@pytest.mark.parametrize(
    ("ground", "wait", "answered", "code"),
    [
        ("rude-clerk", timedelta(0), False, "complaint-not-higher"),
        ("unfair-fee", timedelta(0), True, "complaint-same-ground"),
        ("rude-clerk", WINDOW_OVER, True, "complaint-window-over"),
    ],
)
def test_a_complaint_that_cannot_reopen_is_refused(
    system: System, ground: str, wait: timedelta, answered: bool, code: str
) -> None:
    request = paid(system)
    complain(system, request, "unfair-fee")
    if answered:
        answer(system, request)
    system.advance(wait)
    complain(system, request, ground)
    no = refusal(system, request)
    assert no.code == code
    assert bool(no.clauses) is (code == "complaint-window-over") and ("3.6" in no.reason.en) is bool(no.clauses)


@pytest.mark.parametrize("words", ["call me on 13812345678", "write to a@b.cn", "<b>now</b>", "two\nlines", "x" * 301])
def test_words_of_a_complaint_hold_no_number_no_address_and_no_markup(words: str) -> None:
    with pytest.raises(ValueError, match="words"):
        commands.EscalateComplaint(
            request_id="4a9004b2-16ee-5cf9-9709-1a1eb36a0db8",
            channel="web",
            level="operator",
            ground="any",
            words=words,
        )


def test_two_looks_move_money_exactly_once_each(system: System) -> None:
    request = paid(system)
    for ground, owed in (("one-ground", 9000), ("two-grounds", 4000)):
        argue(system, request, ground)
        decide_dispute(system, request, "lowered", owed=Money(minor=owed))
    fee = system.the(billing.FeeSettled, request).paid.minor
    back = [(what, abs(minor)) for _, what, minor in done(system, request, "refund")]
    assert back == [("dispute", fee - 9000), ("dispute", 5000)]
    withdraw(system, request)
    assert sum(abs(minor) for _, _, minor in done(system, request, "refund")) == fee  # the rest, and no more
