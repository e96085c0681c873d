"""The Idempotency-Key: the same submission is carried out once, however often and on however many channels it comes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.messages import commands
from contracts.words import Channel
from runtime.http.bodies import message_of
from runtime.http.problems import Problem
from runtime.kernel.noted import KEPT
from services.intake.door.bodies import LoginProblem, Submission
from services.intake.door.idempotency import LEASE, Replies, Reply, attempt
from services.intake.door.lookup import SOMEBODY, _ids

PATH = "/v1/cancellations"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
COMPLAINT = {"channel": "app", "level": "operator", "ground": "unfair"}
BODY = LoginProblem(channel=Channel.HOTLINE, subscription="sub-locked01")


def test_a_submission_is_answered_with_its_address_once_the_broker_has_it(doors: Any, wish: Any) -> None:
    answer = doors.post(PATH, wish(), "k-1")
    envelope = doors.published()[0]
    assert answer.status_code == 202
    assert answer.headers["location"] == answer.json()["status"] == f"{PATH}/{envelope.message.request_id}"
    assert (envelope.source, envelope.message.type) == ("/channels/app", "cancellation.submit.v1")


def test_the_same_key_and_body_get_the_same_answer_and_nothing_is_published_twice(doors: Any, wish: Any) -> None:
    first = doors.post(PATH, wish(), "k-1")
    again = doors.post(PATH, dict(reversed(wish().items())), '"k-1"')
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.headers["location"] == again.headers["location"]
    assert len(doors.published()) == 1


@pytest.mark.parametrize("key", [None, "", '""', "  "])
def test_a_submission_without_a_key_is_refused(doors: Any, wish: Any, key: str | None) -> None:
    answer = doors.post(PATH, wish(), key)
    assert (answer.status_code, answer.json()["code"], doors.published()) == (400, "key-missing", [])


def test_a_key_that_is_too_long_or_not_readable_is_refused(doors: Any, wish: Any) -> None:
    for key in ("k" * 201, "a\x7fb"):
        answer = doors.post(PATH, wish(), key)
        assert (answer.status_code, answer.json()["code"]) == (400, "key-malformed")


def test_the_same_key_with_another_body_is_refused(doors: Any, wish: Any) -> None:
    doors.post(PATH, wish(), "k-1")
    answer = doors.post(PATH, wish(items=["plan-basic"]), "k-1")
    assert (answer.status_code, answer.json()["code"], len(doors.published())) == (422, "key-reused", 1)


def test_the_same_key_at_another_address_is_refused(doors: Any, wish: Any) -> None:
    address = doors.file("k-1")
    answer = doors.post(f"{address}/withdrawal", {"channel": "app"}, "k-1")
    assert (answer.status_code, answer.json()["code"]) == (422, "key-reused")


def test_two_channels_may_choose_the_same_key(doors: Any, wish: Any) -> None:
    answers = [doors.post(PATH, wish(channel=channel), "k-1") for channel in ("app", "web")]
    assert [answer.status_code for answer in answers] == [202, 202]


def test_while_the_first_is_still_running_the_second_is_told_so(doors: Any, wish: Any) -> None:
    async def both() -> Any:
        doors.broker.open.clear()
        first = asyncio.create_task(doors.sends(PATH, wish(), "k-1"))
        await doors.broker.reached.wait()
        second = await doors.sends(PATH, wish(), "k-1")
        doors.broker.open.set()
        return await first, second

    first, second = doors.run(both())
    assert (first.status_code, second.status_code, second.json()["code"]) == (202, 409, "key-in-use")
    assert second.headers["retry-after"] == "1"
    assert doors.post(PATH, wish(), "k-1").content == first.content


def test_when_the_broker_is_away_nothing_is_kept_and_the_same_key_works_later(doors: Any, wish: Any) -> None:
    doors.broker.away = True
    away = doors.post(PATH, wish(), "k-1")
    assert (away.status_code, away.json()["code"]) == (503, "broker-away")
    assert doors.get(f"{PATH}/{away.json()['request_id']}").status_code == 404
    doors.broker.away = False
    later = doors.post(PATH, wish(), "k-1")
    assert (later.status_code, later.json()["request_id"]) == (202, away.json()["request_id"])


def test_a_retry_after_a_lost_acknowledgement_publishes_the_same_event_id(doors: Any, wish: Any) -> None:
    doors.post(PATH, wish(), "k-1")
    with doors.store.transaction() as tx:
        tx.exec_driver_sql("delete from replies")  # as if the process had died between the broker and the database
    doors.post(PATH, wish(), "k-1")
    assert len({envelope.id for envelope in doors.published()}) == 1
    doors.settle()
    assert [event.type for event in doors.said("intake")].count("request.accepted.v1") == 1


@pytest.mark.parametrize("what", ["withdrawal", "escalation"])
def test_a_key_that_is_free_again_names_another_command_when_its_body_is_another(doors: Any, what: str) -> None:
    """A key is kept for days, an event's id for more than a year: the second was answered with 202 and dropped."""
    address = doors.file("k-1")
    doors.settle()
    bodies = {"withdrawal": {"channel": "app"}, "escalation": COMPLAINT | {"ground": "late"}}
    assert doors.post(f"{address}/escalation", COMPLAINT, "k-2").status_code == 202
    with doors.store.transaction() as tx:
        tx.exec_driver_sql("delete from replies")
    assert doors.post(f"{address}/{what}", bodies[what], "k-2").status_code == 202
    assert doors.post(f"{address}/escalation", COMPLAINT | {"ground": "another"}, "k-2").status_code == 422
    assert len({envelope.id for envelope in doors.published()}) == len(doors.published()) == 3


def test_a_key_whose_first_request_died_is_free_after_its_lease(doors: Any) -> None:
    replies, mine = Replies(doors.store), attempt("k-1", BODY.channel, PATH, BODY)
    assert replies.begin(mine, NOW) is None
    with pytest.raises(Problem, match="key-in-use"):
        replies.begin(mine, NOW + LEASE - timedelta(seconds=1))
    assert replies.begin(mine, NOW + LEASE) is None
    with pytest.raises(Problem, match="key-in-use"):
        replies.begin(mine, NOW + LEASE)


def test_an_answer_is_kept_for_the_promised_time(doors: Any) -> None:
    replies, mine = Replies(doors.store), attempt("k-1", BODY.channel, PATH, BODY)
    replies.begin(mine, NOW)
    replies.finish(mine, Reply(202, "{}"))
    assert replies.begin(mine, NOW + KEPT) == Reply(202, "{}")
    assert replies.begin(mine, NOW + KEPT + timedelta(seconds=1)) is None


# ---- pressing cancel on two channels ---------------------------------------------------------------------------------


def test_cancel_pressed_on_two_channels_at_the_same_moment_is_one_request(doors: Any, wish: Any) -> None:
    async def both() -> Any:
        presses = (doors.sends(PATH, wish(channel=channel), channel) for channel in ("app", "web"))
        return await asyncio.gather(*presses)

    app, web = doors.run(both())
    assert app.json()["request_id"] == web.json()["request_id"]
    doors.settle()
    assert [event.type for event in doors.said("intake")].count("request.accepted.v1") == 1


def test_cancel_pressed_again_while_it_is_under_way_joins_and_publishes_nothing(doors: Any, wish: Any) -> None:
    address = doors.file("k-1")
    count = len(doors.published())
    answer = doors.post(PATH, wish(channel="web", reason="price"), "k-2")
    assert answer.json()["joined"] is True and answer.headers["location"] == address
    assert len(doors.published()) == count


def test_after_a_request_has_ended_the_same_wish_is_a_new_request(doors: Any, wish: Any) -> None:
    address = doors.file("k-1")
    doors.post(f"{address}/withdrawal", {"channel": "web"}, "k-2")
    doors.settle()
    assert doors.get(address).json()["stage"] == "withdrawn"
    again = doors.file("k-3", resubmission_of=address[-36:])
    assert again != address and doors.get(again).json()["stage"] == "quoted"


def test_a_form_that_was_returned_can_be_sent_again_corrected(doors: Any, wish: Any) -> None:
    """It never claimed the item, so nothing but its own end tells that its id is used up."""
    addresses = [doors.file(f"k-{at}", channel="hotline") for at in range(2)]
    assert [doors.get(address).json()["stage"] for address in addresses] == ["returned", "returned"]
    last = doors.file("k-9", channel="hotline", proof={"agent": "a-1", "call": "c-1"})
    assert len({*addresses, last}) == 3 and doors.get(last).json()["stage"] == "quoted"


SOMETHING_ELSE: dict[str, dict[str, Any]] = {
    "another line": {"subscription": "sub-freeaddon02"},
    "another item": {"items": ("cloud-pack",)},
    "another kind": {"kind": "line", "items": ()},
}


@pytest.mark.parametrize("what", [*SOMETHING_ELSE, "a login problem of another line"])
def test_whoever_foresees_the_id_of_a_request_and_takes_it_hides_nothing(doors: Any, wish: Any, what: str) -> None:
    """A channel on Kafka chooses its ids, and ours follow from what is asked for."""
    foreseen = next(_ids(message_of(commands.SubmitCancellation, SOMEBODY, Submission(**wish())), 0))
    taken: Any = {"request_id": foreseen, "channel": "counter"}
    if what in SOMETHING_ELSE:
        told = {"kind": "product", "subscription": "sub-freeaddon01", "items": ("video-pack",)} | SOMETHING_ELSE[what]
        doors.system.say(commands.SubmitCancellation(**taken, **told))
    else:
        doors.system.say(commands.ReportProblem(**taken, problem="cannot-log-in", subscription="sub-freeaddon02"))
    own = doors.file("k-1")
    assert not own.endswith(foreseen)
    seen = doors.get(own).json()
    assert (seen["subscription"], seen["kind"], seen["stage"]) == ("sub-freeaddon01", "product", "quoted")
