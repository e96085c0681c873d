"""What billing keeps until the customer's own word is heard, and what it then decides: whole decisions."""

from typing import Any

import pytest

from contracts.messages import Message
from contracts.messages.intake import ReopeningRequested, WithdrawalRequested, WordRecalled
from contracts.messages.shared import AttentionResolved, RequestWithdrawn
from contracts.messages.termination import ReopeningAccepted, TerminationReprocessed
from contracts.words import Money, Proof
from policies.customers_word import MOST_HELD, missing
from runtime.decision import NOTHING, Alarm, AlarmRang, Decision
from services.billing import aftermath, second_word, withdrawing
from services.billing.app import NEEDS
from services.billing.case import BillingCase, HeldBack, move_money
from tests.flow.at_billing import AT, Desk, settled

PAID = Money(minor=36500)
NO_MORE = Alarm("customers-word", None)


def hear(case: BillingCase | None, message: Message, desk: Desk) -> Decision:
    [decide] = [each.decide for each in second_word.needing(NEEDS) if each.model is type(message)]
    return decide(case, message, desk.now, desk.pack)


def withdrawn(case: BillingCase, stage: str = "termination") -> RequestWithdrawn:
    return RequestWithdrawn(request_id=case.request_id, audience=case.to_whom, stage=stage)


def accepted(case: BillingCase, attempt: int = 1, fee: int = 5000) -> ReopeningAccepted:
    return ReopeningAccepted(request_id=case.request_id, attempt=attempt, fee=Money(minor=fee), number_free_from=AT)


def repaired(case: BillingCase, *items: str) -> TerminationReprocessed:
    return TerminationReprocessed(request_id=case.request_id, audience=case.to_whom, restored=items, ended=())


def held(message: Message, word: Any, told: bool = False) -> HeldBack:
    return HeldBack(word=word, type=message.type, body=message.model_dump_json(), told=told)


def keeping(case: BillingCase, *kept: HeldBack, **more: Any) -> BillingCase:
    return case.model_copy(update={"held_back": kept} | more)


def until(desk: Desk) -> Alarm:
    return Alarm("customers-word", desk.pack.due(desk.now, desk.pack.clocks.awaited_request))


WORDS = [("withdrawal", withdrawn), ("reopening", accepted), ("problem", repaired)]


@pytest.mark.parametrize(("word", "make"), WORDS)
def test_what_is_said_without_the_customer_is_kept_and_a_clock_starts(desk: Desk, word: Any, make: Any) -> None:
    case = settled(desk)
    message = make(case)
    first = hear(case, message, desk)
    assert first == Decision(keeping(case, held(message, word)), alarms=(until(desk),))
    assert isinstance(first.case, BillingCase)
    again = hear(first.case, message, desk)
    assert again == Decision(first.case)


def test_the_last_that_is_said_of_a_word_is_kept_and_a_person_is_not_asked_twice(desk: Desk) -> None:
    case = settled(desk)
    other = held(accepted(case), "reopening")
    before = keeping(case, held(withdrawn(case), "withdrawal", told=True), other)
    message = withdrawn(case, "intake")
    expected = keeping(case, held(message, "withdrawal", told=True), other)
    assert hear(before, message, desk) == Decision(expected)


def test_of_too_many_those_are_kept_whose_word_comes_first(desk: Desk) -> None:
    case: Any = settled(desk)
    numbers = [*range(MOST_HELD + 2, 0, -1)]
    for number in numbers:
        case = hear(case, accepted(case, number), desk).case
    kept = [held(accepted(case, number), "reopening") for number in range(1, MOST_HELD + 1)]
    assert case.held_back == tuple(kept)


@pytest.mark.parametrize(("said", "used", "attempt", "outcome"), [
    (0, 0, 1, "kept"), (1, 0, 1, "decided"), (2, 0, 1, "decided"), (1, 0, 2, "kept"), (1, 1, 1, "done"),
    (2, 1, 2, "decided"), (2, 2, 1, "done"),
])  # fmt: skip
def test_each_attempt_takes_its_own_word_once(desk: Desk, said: int, used: int, attempt: int, outcome: str) -> None:
    case = settled(desk, said={"reopening": said}, used={"reopening": used})
    decision = hear(case, accepted(case, attempt), desk)
    asked = [call.note for call in decision.calls]
    assert asked == (["reopening"] if outcome == "decided" else [])
    if outcome == "done":
        assert decision == NOTHING
    if outcome == "decided":
        assert isinstance(decision.case, BillingCase) and decision.case.used == {"reopening": attempt}
        assert decision.alarms == ()


@pytest.mark.parametrize(("paid", "used"), [(PAID, {"withdrawal": 1}), (None, {})])
def test_a_word_that_moves_money_is_used_up_and_one_that_moves_none_is_not(
    desk: Desk, paid: Money | None, used: dict[str, int]
) -> None:
    case = settled(desk, paid=paid, said={"withdrawal": 1})
    plain = withdrawing.give_back(case, withdrawn(case), desk.now, desk.pack)
    assert isinstance(plain.case, BillingCase)
    expected = plain._replace(case=plain.case.model_copy(update={"used": used}))
    assert hear(case, withdrawn(case), desk) == expected


def test_of_a_request_that_was_never_heard_of_it_is_decided_at_once(desk: Desk) -> None:
    case = settled(desk)
    assert hear(None, withdrawn(case), desk) == NOTHING


def test_a_case_of_before_words_were_counted_remembers_a_withdrawal(desk: Desk) -> None:
    case = settled(desk, withdrawal_wanted=True)
    assert [call.note for call in hear(case, withdrawn(case), desk).calls] == ["withdrawal"]
    assert hear(case, accepted(case), desk).calls == ()


def says(word: str, case: BillingCase) -> Message:
    ids: dict[str, Any] = {"request_id": case.request_id, "audience": case.to_whom}
    if word == "withdrawal":
        return WithdrawalRequested(**ids)
    return ReopeningRequested(**ids, fee=Money(minor=5000), given_at=AT, proof=Proof())


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("others", [False, True])
def test_when_the_word_is_heard_what_waited_for_it_is_decided(desk: Desk, told: bool, others: bool) -> None:
    case = settled(desk)
    waiting, other = held(withdrawn(case), "withdrawal", told), held(accepted(case), "reopening")
    known = keeping(case, waiting, *((other,) if others else ()))
    decide = second_word.saying("withdrawal", NEEDS, withdrawing.withdraw)
    decision = decide(known, says("withdrawal", case), desk.now, desk.pack)
    solved = AttentionResolved(request_id=case.request_id, incident="customers-word:withdrawal")
    left = keeping(
        case,
        *((other,) if others else ()),
        said={"withdrawal": 1},
        used={"withdrawal": 1},
        state="ended",
        open=False,
    )
    back = move_money(case, "refund", PAID, "withdrawal")
    alarms = () if others else (NO_MORE,)
    assert decision == Decision(left, (solved,) if told else (), (back,), alarms)


@pytest.mark.parametrize(("said", "first", "asked"), [({}, 1, [1]), ({}, 2, []), ({"reopening": 1}, 2, [2])])
def test_a_word_frees_what_takes_it_and_leaves_what_takes_a_later_one(
    desk: Desk, said: Any, first: int, asked: list[int]
) -> None:
    case = settled(desk)
    early, late = held(accepted(case, first), "reopening"), held(accepted(case, 5), "reopening")
    known = keeping(case, early, late, said=said)
    decide = second_word.saying("reopening", NEEDS)
    decision = decide(known, says("reopening", case), desk.now, desk.pack)
    assert isinstance(decision.case, BillingCase)
    assert decision.case.held_back == ((late,) if asked else (early, late))
    assert [decision.case.reopening.accepted.attempt] == asked if decision.case.reopening else not asked
    assert decision.case.said == {"reopening": said.get("reopening", 0) + 1}
    assert decision.alarms == ()


def test_of_two_that_wait_for_one_word_the_first_takes_it(desk: Desk) -> None:
    """As two services tell of one end."""
    case = settled(desk)
    two = [held(repaired(case, "video-pack"), "problem"), held(repaired(case), "problem")]
    known = keeping(case, *two, said={"problem": 0})
    decision = second_word.saying("problem", NEEDS)(known, says("withdrawal", case), desk.now, desk.pack)
    [call] = decision.calls
    first = aftermath.after_repair(case, repaired(case, "video-pack"), desk.now, desk.pack)
    assert call == first.calls[0]
    assert isinstance(decision.case, BillingCase)
    assert (decision.case.used, decision.case.held_back) == ({"problem": 1}, ())


@pytest.mark.parametrize("known", [True, False])
def test_a_word_about_nothing_that_waits_is_counted(desk: Desk, known: bool) -> None:
    case = settled(desk)
    decide = second_word.saying("reopening", NEEDS)
    decision = decide(case if known else None, says("reopening", case), desk.now, desk.pack)
    assert decision == Decision(case.model_copy(update={"said": {"reopening": 1}}) if known else None)


@pytest.mark.parametrize(("numbers", "said"), [((1,), 1), ((3, 2), 2), ((), 0)])
def test_a_word_that_is_said_again_is_taken_as_often_as_the_first_that_waits_takes(
    desk: Desk, numbers: tuple[int, ...], said: int
) -> None:
    case = settled(desk)
    other = held(withdrawn(case), "withdrawal")
    known = keeping(case, other, *(held(accepted(case, number), "reopening") for number in numbers))
    message = WordRecalled(request_id=case.request_id, word="reopening")
    decision = second_word.recalling(NEEDS)(known, message, desk.now, desk.pack)
    if not said:
        assert decision == NOTHING
        assert second_word.recalling(NEEDS)(None, message, desk.now, desk.pack) == NOTHING
        return
    assert isinstance(decision.case, BillingCase) and decision.case.reopening is not None
    assert decision.case.said == {"reopening": said} == decision.case.used
    assert decision.case.reopening.accepted.attempt == said
    assert decision.case.held_back[0] == other and len(decision.case.held_back) == len(numbers)


@pytest.mark.parametrize("used", [0, 1])
def test_what_has_no_number_takes_the_first_word_that_has_not_moved_money(desk: Desk, used: int) -> None:
    case = settled(desk, said={"withdrawal": used}, used={"withdrawal": used})
    known = keeping(case, held(withdrawn(case), "withdrawal"))
    message = WordRecalled(request_id=case.request_id, word="withdrawal")
    decision = second_word.recalling(NEEDS)(known, message, desk.now, desk.pack)
    assert [call.note for call in decision.calls] == ["withdrawal"]
    assert isinstance(decision.case, BillingCase)
    assert (decision.case.said, decision.case.held_back) == ({"withdrawal": used + 1}, ())


def test_a_person_is_asked_once_for_each_word_that_is_missing(desk: Desk) -> None:
    case = settled(desk)
    kept = (
        held(accepted(case), "reopening"),
        held(withdrawn(case), "withdrawal"),
        held(accepted(case, 2), "reopening"),
    )
    alarm = AlarmRang(request_id=case.request_id, name="customers-word", at=desk.now)
    decision = second_word.overdue(keeping(case, *kept), alarm, desk.now, desk.pack)
    told = keeping(case, *(each.model_copy(update={"told": True}) for each in kept))
    events = (
        missing(case.request_id, "reopening", "reopening.accepted.v1"),
        missing(case.request_id, "withdrawal", "request.withdrawn.v1"),
    )
    assert decision == Decision(told, events)
    assert second_word.overdue(told, alarm, desk.now, desk.pack) == NOTHING


@pytest.mark.parametrize("way", ["heard after it", "heard before it", "said again"])
def test_whatever_frees_it_it_is_decided_with_its_own_moment_and_pack(desk: Desk, way: str) -> None:
    seen: list[Any] = []

    def decide(*told: Any) -> Decision:
        seen.extend(told[1:])
        return Decision()

    table: Any = {RequestWithdrawn: second_word.Needs("withdrawal", decide)}
    case, later, pack = settled(desk), desk.now.replace(year=2027), desk.pack.model_copy(update={"pack": "another"})
    waiting = keeping(case, held(withdrawn(case), "withdrawal"))
    if way == "heard after it":
        [hears] = second_word.needing(table)
        hears.decide(case.model_copy(update={"said": {"withdrawal": 1}}), withdrawn(case), later, pack)
    elif way == "heard before it":
        second_word.saying("withdrawal", table)(waiting, says("withdrawal", case), later, pack)
    else:
        message = WordRecalled(request_id=case.request_id, word="withdrawal")
        second_word.recalling(table)(waiting, message, later, pack)
    assert seen == [withdrawn(case), later, pack]
