"""A checker that was never red proves nothing: each invariant is fed a history that breaks it, and a sound one."""

from datetime import timedelta

import pytest

from contracts.meaning import OUT_OF_TURN
from tests.proof.ends import nothing_true_is_doubted
from tests.proof.history import Commit, History, Letter, Raw, Waiting
from tests.proof.invariants import INVARIANTS, check
from tests.proof.privacy import disguises
from tests.simulation.histories import (
    AT,
    DAY,
    FEE,
    REQUEST,
    alarm,
    broken,
    closed,
    confirmed,
    done,
    line,
    quoted,
    settled,
    sound,
    submitted,
    told,
)

OTHER = "22222222-2222-4333-8444-555555555555"


def test_a_sound_history_is_green_for_every_invariant() -> None:
    assert check(sound()) == []


def test_i1_an_accepted_request_that_neither_ended_nor_waits_is_lost() -> None:
    assert "neither ended nor waits" in broken("I1", sound(events=line(submitted(), told("request.accepted.v1"))))


def test_i1_a_2xx_answer_counts_although_no_topic_has_the_command() -> None:
    assert broken("I1", History(accepted=frozenset({REQUEST})))


def test_i1_an_alarm_a_call_or_an_open_incident_is_a_visible_wait() -> None:
    row = Waiting("billing", REQUEST, "alarm", "quote-deadline", AT + DAY)
    attention = told("attention.required.v1", incident="charge:settlement")
    assert INVARIANTS["I1"](History(events=line(submitted()), waiting=[row])) == []
    assert INVARIANTS["I1"](History(events=line(submitted(), attention))) == []
    resolved = told("attention.resolved.v1", incident="charge:settlement")
    assert broken("I1", History(events=line(submitted(), attention, resolved)))


def test_i2_two_ends_are_one_too_many() -> None:
    events = line(submitted(), told("request.accepted.v1"), told("quote.expired.v1"), closed())
    assert broken("I2", sound(events=events)) == "ended 2 times: expired, closed"


def test_i2_an_item_is_in_one_requests_hands_at_a_time() -> None:
    first, again = told("request.accepted.v1"), told("request.accepted.v1", request_id=OTHER)
    events = [*line(submitted(), first), *line(submitted(), again, at_1={"id": "another", "at": AT + DAY})]
    assert "while request 11111111 held it" in broken("I2", sound(events=events))
    over = line(submitted(), first, told("quote.expired.v1"))
    assert INVARIANTS["I2"](sound(events=[*over, events[-1]])) == []


def test_i2_a_clock_that_was_set_back_makes_no_two_holders_of_one_after_the_other() -> None:
    """Seed 601390: by its clock the second began an hour before the first, which was over within minutes."""
    first = line(submitted(), told("request.accepted.v1"), told("request.rejected.v1"))
    again = told("request.accepted.v1", request_id=OTHER)
    hour = timedelta(hours=1)
    second = line(submitted(), again, at_1={"id": "another", "at": AT + timedelta(minutes=5) - hour})
    assert INVARIANTS["I2"](sound(events=[*first, *second], clock_error=hour)) == []
    assert "while request 22222222 held it" in broken("I2", sound(events=[*first, *second]))
    for_ever = [*line(submitted(), told("request.accepted.v1")), *second]
    assert "while request 22222222 held it" in broken("I2", sound(events=for_ever, clock_error=hour))


@pytest.mark.parametrize(("detail", "found"), [("it was settled before", 1), ("its quote still stands", 0)])
def test_where_nobody_makes_anything_up_nothing_is_told_for_made_up(detail: str, found: int) -> None:
    doubt = told("attention.required.v1", code=OUT_OF_TURN, detail=f"settlement.abandoned.v1: {detail}")
    assert len(nothing_true_is_doubted(sound(events=line(submitted(), doubt)))) == found


def test_i2_the_same_end_published_twice_is_one_end() -> None:
    events = list(sound().events)
    assert INVARIANTS["I2"](sound(events=[*events, events[-1]])) == []


@pytest.mark.parametrize(
    ("kind", "what"), [("charge", "settlement"), ("refund", "withdrawal"), ("switch-off", "plan-basic")]
)
def test_i3_nothing_is_carried_out_twice(kind: str, what: str) -> None:
    twice = [done(kind, what, FEE, entry=1), done(kind, what, FEE, entry=2)]
    assert broken("I3", sound(effects=twice)) == f"{kind} {what} was carried out 2 times, 1 allowed"


def test_i3_a_notice_goes_out_as_often_as_it_is_known_to_have_gone_out() -> None:
    more = [*sound().effects, done("send", "line-terminated", entry=4)]
    assert "went out 1 times more" in broken("I3", sound(effects=more))


def test_i3_a_notice_that_went_out_unknown_is_on_an_operators_list() -> None:
    """Seed 601928: the carrier sent it and answered nonsense five times, until the operators gave up retrying."""
    more = [*sound().effects, done("send", "request-accepted", entry=4)]
    asked = told("attention.required.v1", incident="notice:request-accepted")
    resolved = told("attention.resolved.v1", incident="notice:request-accepted")
    of_another = told("attention.required.v1", incident="notice:quote-issued")
    assert INVARIANTS["I3"](sound(effects=more, events=line(submitted(), asked, closed()))) == []
    for story in ([asked, resolved], [of_another]):
        unknown = sound(effects=more, events=line(submitted(), *story, closed()))
        assert broken("I3", unknown) == "the notice request-accepted went out 1 times more than is known"


def test_i3_one_event_is_told_once() -> None:
    events = list(sound().events)
    again = events[-1]._replace(id="another", offset=9)
    assert "told twice of one event" in broken("I3", sound(events=[*events, again]))


def test_i3_a_reported_problem_allows_one_more_switch_off() -> None:
    events = [*line(submitted(), told("problem.reported.v1"))]
    twice = [done("switch-off", "plan-basic", entry=1), done("switch-off", "plan-basic", entry=2)]
    assert INVARIANTS["I3"](sound(events=events, effects=twice)) == []


@pytest.mark.parametrize("looks", [1, 2])
def test_i3_each_look_at_a_disputed_fee_moves_money_once(looks: int) -> None:
    opened = [told("dispute.opened.v1", about="quote", again=look > 0) for look in range(looks)]
    refunds = [done("refund", "dispute", FEE, entry=entry) for entry in range(looks + 1)]
    events = line(submitted(), *opened, told("dispute.opened.v1", about="final-account"))
    assert INVARIANTS["I3"](sound(events=events, effects=refunds[:looks])) == []
    assert f"{looks + 1} times, {looks} allowed" in broken("I3", sound(events=events, effects=refunds))


def test_i4_no_switch_off_without_a_confirmation() -> None:
    events = line(submitted(), told("request.accepted.v1"), quoted(), settled())
    assert "without a confirmation that stood" in broken("I4", sound(events=events))


def test_i4_a_yes_after_the_quote_expired_does_not_count() -> None:
    events = line(submitted(), told("request.accepted.v1"), quoted(), confirmed(AT + 8 * DAY), settled())
    assert broken("I4", sound(events=events))


def test_i4_a_yes_to_another_version_does_not_count() -> None:
    events = line(submitted(), told("request.accepted.v1"), quoted(), confirmed(version=2), settled())
    assert broken("I4", sound(events=events))


def test_i4_nothing_is_switched_off_after_a_withdrawal() -> None:
    events = line(submitted(), quoted(), confirmed(), settled(), told("request.withdrawn.v1"))
    assert "withdrawn" in broken("I4", sound(events=events))


def test_i4_nothing_is_switched_off_before_the_end_that_was_settled() -> None:
    paid = settled()
    later = paid.dates.model_copy(update={"service_end": AT + DAY})  # type: ignore[attr-defined]
    events = line(submitted(), quoted(), confirmed(), paid.model_copy(update={"dates": later}))
    assert "promised until" in broken("I4", sound(events=events))


def test_i5_no_switch_off_before_the_settlement() -> None:
    early = [done("switch-off", "plan-basic", at=timedelta(minutes=1))]
    assert "before it was settled" in broken("I5", sound(effects=early))
    never = sound(events=line(submitted(), quoted(), confirmed()))
    assert broken("I5", never) == "was switched off and never settled"


@pytest.mark.parametrize("numbers", [(1, 3), (2, 1), (1, 1)])
def test_i8_versions_have_no_gap_and_no_step_back(numbers: tuple[int, int]) -> None:
    changes = {f"at_{index}": {"sequence": number} for index, number in enumerate(numbers, 1)}
    events = line(submitted(), told("request.accepted.v1"), told("request.returned.v1"), **changes)
    assert broken("I8", sound(events=events)).startswith("/tuiding/intake was heard as")


def test_i9_a_cause_that_nobody_said_is_found() -> None:
    events = line(submitted(), told("request.accepted.v1"), at_1={"cause": "nobody"})
    assert "a cause that nobody said" in broken("I9", sound(events=events))


def test_i9_causes_do_not_go_in_a_circle() -> None:
    events = line(submitted(), told("request.accepted.v1"), quoted(), at_1={"cause": "event-2"})
    assert "in a circle" in broken("I9", sound(events=events))


def test_i9_a_request_has_one_root() -> None:
    events = line(submitted(), told("request.accepted.v1"), quoted(), at_2={"root": "another"})
    assert broken("I9", sound(events=events)) == "has 2 roots"


def test_i10_an_alarm_is_never_early() -> None:
    facts = [alarm("armed", AT + DAY), alarm("rang", AT + DAY, AT)]
    assert "due" in broken("I10", sound(alarms=facts))


def test_i10_an_alarm_rings_once_and_not_after_it_was_cancelled() -> None:
    rang = alarm("rang", AT, AT + DAY)
    assert INVARIANTS["I10"](sound(alarms=[alarm("armed", AT), rang])) == []
    assert broken("I10", sound(alarms=[alarm("armed", AT), rang, rang]))
    assert broken("I10", sound(alarms=[alarm("armed", AT), alarm("cancelled", None), rang]))


def letter(**changes: object) -> Letter:
    return Letter("tuiding-intake", "empty-value", "t[0]@1", b"k", b"v", (("h", b"1"),))._replace(**changes)  # type: ignore[arg-type]


def test_i11_a_dead_letter_is_its_original_to_the_byte() -> None:
    raw = {"t[0]@1": Raw(b"k", b"v", (("h", b"1"),))}
    assert INVARIANTS["I11"](History(letters=[letter()], raw=raw)) == []
    assert "is not its original" in broken("I11", History(letters=[letter(value=b"w")], raw=raw))


def test_i11_what_could_not_be_read_is_kept_by_each_reader() -> None:
    unreadable = frozenset({("tuiding-intake", "t[0]@1"), ("tuiding-notify", "t[0]@1")})
    assert "tuiding-notify" in broken("I11", History(letters=[letter()], unreadable=unreadable))


def test_i11_under_one_id_of_a_channel_one_content_counts_and_the_others_are_set_aside() -> None:
    (first,) = line(submitted())
    same, odd = first._replace(offset=1), first._replace(offset=2, message=told("complaint.escalate.v1"))
    aside = letter(code="same-id-other-content", original=odd.place)
    sound_one = History(events=[first, same, odd], letters=[aside])
    assert INVARIANTS["I11"](sound_one) == []
    assert "2 contents of /channels/app" in broken("I11", History(events=[first, same, odd]))
    both = [aside, aside._replace(original=first.place), aside._replace(original=same.place)]
    assert "0 contents of" in broken("I11", History(events=sound_one.events, letters=both))
    assert "came again" in broken("I11", History(events=sound_one.events, letters=both[:2]))


def test_i11_a_sound_record_among_the_dead_letters_is_a_bug_of_ours() -> None:
    failed = letter(code="decision-failed")
    assert "a decision" in broken("I11", History(letters=[failed]))
    assert INVARIANTS["I11"](History(letters=[failed], mended=frozenset({("tuiding-intake", "t[0]@1")}))) == []


def test_i12_rebuilt_state_is_live_state() -> None:
    live = {("billing", REQUEST): '{"state":"settled"}'}
    assert INVARIANTS["I12"](History(live=live, rebuilt=dict(live))) == []
    other = {("billing", REQUEST): '{"state":"quoted"}'}
    assert "rebuilt as" in broken("I12", History(live=live, rebuilt=other))
    assert "only in" in broken("I12", History(live=live, rebuilt={}))


def test_i12_reading_everything_again_says_nothing() -> None:
    assert broken("I12", History(spoke_again=["billing said 3 things"])).endswith("billing said 3 things")


def test_i13_everything_moves_again_by_itself() -> None:
    assert broken("I13", History(lag={"tuiding-intake/t[0]": 2}))
    assert broken("I13", History(longest_still_seconds=10.5))
    assert broken("I13", History(manual_steps=["a worker was restarted by hand"]))
    assert broken("I13", History(waiting=[Waiting("intake", REQUEST, "outbox", "t", AT)]))


def test_i14_an_offset_never_passes_unfinished_work() -> None:
    assert INVARIANTS["I14"](History(commits=[Commit("g", "t", 0, 5, 5)])) == []
    assert "3 is open" in broken("I14", History(commits=[Commit("g", "t", 0, 5, 3)]))


@pytest.mark.parametrize("form", ["plain", "base64", "hex", "URL-encoded", "escaped"])
def test_i15_personal_data_is_found_in_every_disguise(form: str) -> None:
    forms = [disguised for name, disguised in disguises("金丝雀BCDF") if name == form]
    assert forms, f"nobody sings {form}"
    for disguised in forms:
        found = History(personal=["金丝雀BCDF"], texts={"a topic": b"before " + disguised + b" after"})
        assert form in broken("I15", found)
    assert INVARIANTS["I15"](History(personal=["金丝雀BCDF"], texts={"a topic": b"nothing"})) == []


def test_every_invariant_is_a_function_with_its_sentence() -> None:
    assert list(INVARIANTS) == [f"I{number}" for number in range(1, 18)]
    assert all((function.__doc__ or "").startswith(f"{name}:") for name, function in INVARIANTS.items())
