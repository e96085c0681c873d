"""Every promise with a time in it: when it began, stood still, was due, was kept or broken, and what followed."""

from datetime import timedelta

from contracts.messages import commands, ops
from policies.clocks.of_request import clocks_of
from tests.flow.customer import WHO, confirm, decide_dispute, dispute, reopen, submit, withdraw
from tests.flow.system import START, System
from tests.insight.listening import clocks, told

DAY = timedelta(days=1)


def test_a_request_nobody_has_heard_of_has_no_clocks(system: System) -> None:
    assert clocks_of((), system.pack) == ()


def test_a_smooth_request_keeps_every_promise(system: System) -> None:
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    system.advance(31 * DAY)
    found = clocks(system, request)
    kept = ("review-decision", "quote-validity", "notice-period", "termination-promise")
    assert [found[name].met_at is not None for name in kept] == [True] * 4
    assert not any(clock.breached or clock.remedy for clock in found.values())


def test_the_notice_period_runs_from_the_settlement_to_the_end_of_the_service(system: System) -> None:
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    period = clocks(system, request)["notice-period"]
    assert (period.owed_by, period.due - period.started, period.met_at) == ("nobody", 30 * DAY, None)
    system.advance(31 * DAY)
    assert clocks(system, request)["notice-period"].met_by == "time"


def test_review_stands_still_while_the_customer_looks_for_a_paper(system: System) -> None:
    request = submit(system, "sub-norealname01")
    system.advance(4 * DAY)
    waiting = clocks(system, request)["review-decision"]
    assert not waiting.breached and waiting.paused_by[0].ended is None
    answer = commands.SupplyInformation(request_id=request, channel="app", answers={"identity-document": "doc-1"})
    system.say(answer)
    decided = clocks(system, request)["review-decision"]
    assert decided.due == system.pack.due(START + 4 * DAY, system.pack.clocks.review_decision)
    assert (decided.paused_by[0].reason, decided.paused_by[0].ended) == ("information.required.v1", system.now)
    assert decided.met_by == "request.approved.v1" and not decided.breached


def test_papers_that_never_come_break_the_customers_deadline_and_not_reviews_promise(system: System) -> None:
    request = submit(system, "sub-norealname02")
    system.advance(15 * DAY)
    found = clocks(system, request)
    assert found["information-answer"].breached and found["information-answer"].remedy
    assert not found["review-decision"].breached


def test_a_person_who_does_not_decide_breaks_the_promise_until_the_decision_and_for_ever(system: System) -> None:
    request = submit(system, "sub-business01")
    system.advance(2 * DAY)
    late = clocks(system, request)["review-decision"]
    assert late.breached and late.met_at is None and late.remedy
    system.advance(DAY)
    system.say(ops.ReviewDecided(request_id=request, approve=True, **WHO))
    decided = clocks(system, request)["review-decision"]
    assert decided.breached and decided.met_at == system.now


def test_an_unconfirmed_quote_lapses(system: System) -> None:
    request = submit(system, "sub-undecided01")
    system.advance(7 * DAY)
    quote = clocks(system, request)["quote-validity"]
    assert (quote.owed_by, quote.breached, quote.met_at, quote.due) == ("customer", True, None, system.now)


def test_a_second_version_of_the_quote_stops_the_clock_of_the_first(system: System) -> None:
    request = submit(system, "sub-disputewaived01")
    dispute(system, request)
    system.advance(DAY)
    decide_dispute(system, request, "waived")
    quotes = [each for each in clocks_of(told(system, request), system.pack) if each.name == "quote-validity"]
    assert [(each.met_by, each.breached) for each in quotes] == [("quote.issued.v1", False), ("", False)]


def test_a_withdrawal_stops_the_notice_period_and_the_promise(system: System) -> None:
    request = submit(system, "sub-regret01")
    confirm(system, request)
    system.advance(10 * DAY)
    withdraw(system, request)
    system.advance(30 * DAY)
    found = clocks(system, request)
    assert {found[name].met_by for name in ("notice-period", "termination-promise")} == {"request.withdrawn.v1"}
    assert not found["termination-promise"].breached


def test_a_broken_termination_promise_names_what_was_waived_for_it(system: System) -> None:
    request = submit(system, "sub-stuckitem01")
    confirm(system, request)
    system.advance(2 * DAY)
    waiting = clocks(system, request)["termination-promise"]
    assert waiting.breached and waiting.remedy and waiting.remedy.amount is None
    system.carrier_acts("/customers/sub-stuckitem01/fix-item", item="music-pack")
    system.say(ops.RetryOrdered(request_id=request, incident="switch-off:music-pack", **WHO))
    done = clocks(system, request)["termination-promise"]
    assert done.met_at and done.breached and done.remedy
    assert done.remedy.amount and done.remedy.amount.minor > 0 and done.remedy.clauses == (system.pack.delay.clause,)


def test_each_level_of_a_complaint_has_its_own_time_and_the_next_level_takes_over(system: System) -> None:
    request = submit(system, "sub-complaint01")
    for level in ("operator", "association"):
        wish = commands.EscalateComplaint(request_id=request, channel="app", level=level, ground="slow")
        system.say(wish)
    system.say(ops.ComplaintReplied(request_id=request, level="association", answer="letter-1", **WHO))
    found = clocks(system, request)
    first, second = found["complaint-answer:operator"], found["complaint-answer:association"]
    assert (first.due - first.started, first.met_by) == (timedelta(hours=48), "complaint.escalated.v1")
    assert (second.due - second.started, second.met_by) == (15 * DAY, "complaint.answered.v1")


def test_a_complaint_nobody_answers_is_late(system: System) -> None:
    request = submit(system, "sub-complaint01")
    wish = commands.EscalateComplaint(request_id=request, channel="app", level="operator", ground="slow")
    system.say(wish)
    system.advance(2 * DAY)
    assert clocks(system, request)["complaint-answer:operator"].breached


def test_a_settled_fee_can_be_disputed_for_five_months_and_a_closed_lines_number_is_held_for_ninety_days(
    system: System,
) -> None:
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    system.advance(31 * DAY)
    found = clocks(system, request)
    window, held = found["dispute-window"], found["number-quarantine"]
    assert window.due == window.started.replace(
        month=window.started.month + 5
    )  # the settlement is of the first half-year
    kept = held.due.astimezone(system.pack.zone).date() - held.started.astimezone(system.pack.zone).date()
    assert kept == 90 * DAY
    later = {c.name: c for c in clocks_of(told(system, request), system.pack, system.now + 200 * DAY)}
    assert (later["dispute-window"].met_by, later["number-quarantine"].breached) == ("time", False)


def test_a_reopening_stops_the_clock_of_the_quarantine(system: System) -> None:
    request = submit(system, "sub-reopened01")
    confirm(system, request)
    system.advance(40 * DAY)
    reopen(system, request)
    later = {c.name: c for c in clocks_of(told(system, request), system.pack, system.now + 200 * DAY)}
    held = later["number-quarantine"]
    assert (held.met_by, held.breached, held.met_at) == ("line.reopened.v1", False, system.now)


def test_a_product_leaves_no_number_behind_and_a_free_end_nothing_to_dispute(system: System) -> None:
    request = submit(system, "sub-freeaddon01", "video-pack")
    confirm(system, request)
    assert not {"number-quarantine", "dispute-window", "notice-period"} & clocks(system, request).keys()


def test_the_order_in_which_events_are_given_does_not_matter(system: System) -> None:
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    system.advance(31 * DAY)
    events = told(system, request)
    assert clocks_of(reversed(events), system.pack) == clocks_of(events, system.pack)
