"""Which of two commands is heard first is chance: what comes before its request waits for it."""

from datetime import timedelta
from itertools import permutations

import pytest

from contracts.messages import Command, commands, ops
from contracts.messages.intake import (
    CommandAwaited,
    ComplaintAnswered,
    ComplaintEscalated,
    ConfirmationGiven,
    RequestAccepted,
    WithdrawalRequested,
)
from contracts.messages.shared import CommandRefused, RequestWithdrawn
from contracts.words import Channel
from runtime.kernel import due
from services.intake.early import MOST_EARLY
from tests.flow.customer import WHO
from tests.flow.system import System, new_id

ME = {"request_id": new_id("early"), "channel": "app"}
SUBMIT = commands.SubmitCancellation(
    **ME, kind="product", subscription="sub-freeaddon01", items=("video-pack",), reason="price"
)
WITHDRAW = commands.WithdrawCancellation(**ME)
CONFIRM = commands.ConfirmQuote(**ME, quote_version=1, clauses_acknowledged=True)
FOLLOW_UPS: tuple[Command, ...] = (
    WITHDRAW,
    CONFIRM,
    commands.SupplyInformation(**ME, answers={"any": "doc"}),
    commands.RetryPayment(**ME),
    commands.DisputeFee(**ME, ground="too-high"),
    commands.ReportProblem(**ME, problem="late"),
    commands.EscalateComplaint(**ME, level="operator", ground="unfair"),
)
PATIENCE = timedelta(minutes=15)
REQUEST = ME["request_id"]


@pytest.mark.parametrize("command", FOLLOW_UPS, ids=lambda command: command.type)
def test_a_follow_up_that_comes_first_waits_and_is_seen_waiting(system: System, command: Command) -> None:
    system.say(command)
    awaited = system.the(CommandAwaited, REQUEST)
    assert (awaited.command, awaited.until) == (command.type, system.now + PATIENCE)
    assert system.types(REQUEST) == ["command.awaited.v1"] and not system.dead_letters()


@pytest.mark.parametrize("command", FOLLOW_UPS, ids=lambda command: command.type)
def test_if_its_request_never_comes_it_is_refused_as_ever(system: System, command: Command) -> None:
    system.say(command)
    system.advance(PATIENCE - timedelta(seconds=1))
    assert "command.refused.v1" not in system.types(REQUEST)
    system.advance(timedelta(seconds=1))
    no = system.the(CommandRefused, REQUEST)
    assert (no.command, no.code) == (command.type, "unknown-request")
    assert due.next_alarm(system.steppers["intake"].store) is None


def test_a_withdrawal_that_comes_first_withdraws_its_request(system: System) -> None:
    system.say(WITHDRAW)
    system.say(SUBMIT)
    assert system.the(RequestWithdrawn, REQUEST)
    assert [row["kind"] for row in system.ledger(REQUEST) if row["kind"] == "switch-off"] == []
    assert due.next_alarm(system.steppers["intake"].store) is None


def test_a_request_that_comes_after_its_follow_up_was_refused_is_a_request(system: System) -> None:
    system.say(WITHDRAW)
    system.advance(PATIENCE)
    system.say(SUBMIT)
    assert system.stage(REQUEST) == "quoted"


@pytest.mark.parametrize("order", list(permutations((SUBMIT, WITHDRAW, CONFIRM))))
def test_in_every_order_a_withdrawal_is_heard_and_nothing_is_switched_off(
    system: System, order: tuple[Command, ...]
) -> None:
    for command in order:
        system.say(command)
    system.advance(timedelta(days=1))
    asked = [event for event in system.events(REQUEST) if isinstance(event, WithdrawalRequested)]
    off = [row for row in system.ledger(REQUEST) if row["kind"] == "switch-off"]
    late = [event.code for event in system.events(REQUEST) if isinstance(event, CommandRefused)]
    assert (bool(asked) and not off) or (order.index(CONFIRM) < order.index(WITHDRAW) and late)


def test_a_confirmation_that_comes_first_is_judged_as_if_it_had_come_at_once(system: System) -> None:
    system.say(CONFIRM)
    system.say(SUBMIT)
    assert system.the(ConfirmationGiven, REQUEST)


@pytest.mark.parametrize("early", [1, 2])
@pytest.mark.parametrize("then_on", [Channel.APP, Channel.WEB])
def test_a_yes_to_a_quote_that_was_not_there_yet_does_not_stand_in_the_way_of_the_real_one(
    system: System, early: int, then_on: Channel
) -> None:
    for _ in range(early):
        system.say(CONFIRM.model_copy())
    system.say(SUBMIT)
    assert "no-such-quote" in [each.code for each in system.events(REQUEST) if isinstance(each, CommandRefused)]
    assert system.stage(REQUEST) == "quoted"
    system.say(CONFIRM.model_copy(update={"channel": then_on}))
    system.advance(timedelta(days=1))
    assert [row["kind"] for row in system.ledger(REQUEST)].count("switch-off") == 1


def test_what_waits_is_bounded(system: System) -> None:
    for _ in range(MOST_EARLY + 3):
        system.say(commands.WithdrawCancellation(**ME))
    refused = [event for event in system.events(REQUEST) if isinstance(event, CommandRefused)]
    assert len(refused) == 3


@pytest.mark.parametrize("channel", ["app", "web"])
def test_no_number_of_others_takes_the_place_of_a_first_word(system: System, channel: str) -> None:
    for _ in range(MOST_EARLY + 1):
        system.say(commands.ReportProblem(**ME, problem="late"))
        system.say(commands.WithdrawCancellation(request_id=REQUEST, channel="hotline"))
    system.say(commands.WithdrawCancellation(request_id=REQUEST, channel=channel))
    system.say(SUBMIT)
    assert system.the(RequestWithdrawn, REQUEST)
    assert len([each for each in system.events(REQUEST) if isinstance(each, CommandAwaited)]) == MOST_EARLY + 1


def test_a_second_request_for_the_same_item_joins_the_first_and_its_early_word_is_refused(system: System) -> None:
    system.say(SUBMIT)
    second = {"request_id": new_id("second"), "channel": "web"}
    system.say(commands.WithdrawCancellation(**second))
    system.say(commands.SubmitCancellation(**SUBMIT.model_dump() | second))
    assert system.types(second["request_id"])[-2:] == ["submission.joined.v1", "command.refused.v1"]
    assert system.stage(REQUEST) == "quoted"


def test_a_customer_who_cannot_log_in_is_heard_at_once(system: System) -> None:
    system.say(commands.ReportProblem(**ME, problem="cannot-log-in", subscription="sub-freeaddon01"))
    assert "command.awaited.v1" not in system.types(REQUEST) and "account.checked.v1" in system.types(REQUEST)


LOCKED_OUT = commands.ReportProblem(**ME, problem="cannot-log-in", subscription="sub-freeaddon01")
COMPLAINT = commands.EscalateComplaint(**ME, level="operator", ground="unfair")


@pytest.mark.parametrize("words", [*permutations((LOCKED_OUT, WITHDRAW, COMPLAINT, SUBMIT))])
def test_beside_a_login_problem_a_withdrawal_waits_for_the_request_and_a_complaint_does_not(
    system: System, words: tuple[Command, ...]
) -> None:
    for each in words:
        system.say(each)
    assert system.the(RequestWithdrawn, REQUEST) and system.stage(REQUEST) == "withdrawn"
    refused = {each.command for each in system.events(REQUEST) if isinstance(each, CommandRefused)}
    assert "attention.required.v1" not in system.types(REQUEST)
    assert refused <= {LOCKED_OUT.type}, "of what has ended already"
    assert system.the(ComplaintEscalated, REQUEST)
    system.say(ops.ComplaintReplied(request_id=REQUEST, level="operator", answer="letter-1", **WHO))
    assert system.the(ComplaintAnswered, REQUEST)
    assert system.types(REQUEST).count("withdrawal.requested.v1") == 1
    assert due.next_alarm(system.steppers["intake"].store) is None


@pytest.mark.parametrize(
    "command", [each for each in FOLLOW_UPS if each != COMPLAINT], ids=lambda command: command.type
)
@pytest.mark.parametrize("problem_first", [True, False])
def test_nobody_files_after_a_login_problem_what_waited_is_refused_and_the_problem_stays(
    system: System, command: Command, problem_first: bool
) -> None:
    for each in (LOCKED_OUT, command) if problem_first else (command, LOCKED_OUT):
        system.say(each)
    assert system.the(CommandAwaited, REQUEST).command == command.type
    system.advance(PATIENCE)
    no = system.the(CommandRefused, REQUEST)
    assert (no.command, no.code) == (command.type, "unknown-request")
    case = system.case("intake", REQUEST)
    assert case.login_problem is not None and not case.early and not case.open
    system.say(SUBMIT)
    assert system.stage(REQUEST) == "quoted", "what was refused counts no more"


@pytest.mark.parametrize("begun_on", ["commands", "commands.web"])
@pytest.mark.parametrize("first", ["request", "withdrawal"])
def test_the_hotline_withdraws_on_its_own_topic_what_the_web_began(system: System, begun_on: str, first: str) -> None:
    begun, withdrawn = (
        each.model_copy(update={"channel": name}) for each, name in ((SUBMIT, Channel.WEB), (WITHDRAW, Channel.HOTLINE))
    )
    words = [(begun, begun_on), (withdrawn, "commands.hotline")]
    for command, topic in words if first == "request" else reversed(words):
        system.say(command, topic)
    assert system.the(RequestWithdrawn, REQUEST) and not system.dead_letters()


def test_one_command_on_the_shared_topic_and_on_its_own_is_decided_once(system: System) -> None:
    system.say(SUBMIT, "commands.app")
    (record,) = system.log["cancellation.commands.app"]
    system.log["cancellation.commands"].append(record._replace(topic="cancellation.commands"))
    system.settle()
    assert system.the(RequestAccepted, REQUEST)
