"""The public status: where it is, what comes next and by when, what the customer can do now; one for all channels."""

from typing import Any

import pytest

from demo.carrier.customer import canaries

PATH = "/v1/cancellations"
BOUND = {"kind": "line", "subscription": "sub-linecontract01", "items": None}
YES = {"channel": "web", "quote_version": 1, "clauses_acknowledged": True}


def actions(status: Any) -> list[str]:
    return [action["name"] for action in status["actions"]]


def test_right_after_the_answer_it_is_received_and_can_be_withdrawn(doors: Any, wish: Any) -> None:
    address = doors.post(PATH, wish(requested_end="2031-01-01T00:00:00Z"), "k-1").headers["location"]
    status = doors.get(address).json()
    assert (status["stage"], status["kind"], status["items"]) == ("received", "product", ["video-pack"])
    assert status["dates"]["requested"] == "2031-01-01T00:00:00Z"
    assert status["where"]["zh"] and status["where"]["en"] and "withdrawal" in actions(status)


def test_a_quote_is_shown_whole_with_its_deadline_and_all_dates(doors: Any) -> None:
    status = doors.get(doors.file(**BOUND)).json()
    assert status["stage"] == "quoted" and status["next"]["by"] == status["quote"]["valid_until"]
    assert status["quote"]["lines"][0]["steps"] and status["quote"]["impacts"] and status["quote"]["clauses"]
    for date in ("requested", "promised", "service_end", "charge_end"):
        assert status["dates"][date]
    assert actions(status) == ["confirmation", "withdrawal", "dispute", "escalation"]


def test_every_action_offered_is_an_address_that_takes_it(doors: Any) -> None:
    address = doors.file(**BOUND)
    offered = {each["name"]: each["path"] for each in doors.get(address).json()["actions"]}
    asked_for = {
        name: {each["pointer"] for each in doors.post(path, {}).json()["errors"]} for name, path in offered.items()
    }
    assert len(offered) == 4 and all("/channel" in missing for missing in asked_for.values()), asked_for
    assert doors.post(offered["confirmation"], YES).status_code == 202


def test_after_the_yes_the_end_is_scheduled_and_can_still_be_withdrawn(doors: Any) -> None:
    address = doors.file(**BOUND)
    doors.post(f"{address}/confirmation", YES)
    doors.settle()
    status = doors.get(address).json()
    assert (status["stage"], status["confirmed_version"]) == ("scheduled", 1)
    assert status["next"]["by"] == status["dates"]["service_end"]
    assert actions(status) == ["withdrawal", "dispute", "problem", "escalation"]


def test_a_request_that_a_later_release_has_is_shown_by_that_one(doors: Any) -> None:
    address = doors.file(**BOUND)
    with doors.store.transaction() as tx:
        tx.exec_driver_sql("""update cases set body = '{"of a later release": 1, ' || substr(body, 2)""")
    answer = doors.get(address)
    assert (answer.status_code, answer.json()["code"]) == (503, "later-release") and answer.headers["retry-after"]


def test_a_returned_request_names_each_fault_with_what_to_do(doors: Any) -> None:
    status = doors.get(doors.file(channel="hotline", items=None)).json()
    assert (status["stage"], status["ended"]) == ("returned", True)
    assert [fault["field"] for fault in status["faults"]] == ["/proof/agent", "/proof/call", "/items"]
    assert all(fault["hint"]["zh"] and fault["hint"]["en"] for fault in status["faults"])
    assert actions(status)[-1] == "resubmission" and "confirmation" not in actions(status)


def test_a_rejected_request_names_its_grounds_with_the_remedy(doors: Any) -> None:
    status = doors.get(doors.file(kind="line", items=None, subscription="sub-arrears01")).json()
    assert status["stage"] == "rejected"
    assert all(ground["remedy"]["zh"] and ground["clause"] for ground in status["grounds"]) and status["grounds"]


def test_a_question_of_the_review_is_shown_with_its_deadline(doors: Any) -> None:
    status = doors.get(doors.file(kind="line", items=None, subscription="sub-norealname01")).json()
    assert status["stage"] == "information-required" and status["next"]["by"]
    assert status["grounds"] and "information" in actions(status)


def test_a_declined_payment_can_be_tried_again_by_a_deadline(doors: Any) -> None:
    address = doors.file(**BOUND | {"subscription": "sub-declineonce01"})
    doors.post(f"{address}/confirmation", YES)
    doors.settle()
    status = doors.get(address).json()
    assert status["stage"] == "payment-failed" and status["next"]["by"] and "payment" in actions(status)
    assert doors.post(f"{address}/payment", {"channel": "hotline"}).status_code == 202
    doors.settle()
    assert doors.get(address).json()["stage"] == "scheduled"


def test_a_complaint_is_shown_with_its_level_and_deadline(doors: Any) -> None:
    address = doors.file()
    doors.post(f"{address}/escalation", {"channel": "web", "level": "court", "ground": "too-slow"})
    doors.settle()
    status = doors.get(address).json()
    assert (status["complaint"]["level"], status["complaint"]["answered"]) == ("court", False)
    assert status["complaint"]["answer_due"] and "escalation" not in actions(status)


@pytest.mark.parametrize("channel", ["app", "web"])
def test_a_status_holds_no_personal_data(doors: Any, channel: str) -> None:
    text = doors.get(doors.file(channel=channel)).text
    assert not [canary for canary in canaries(["sub-freeaddon01"]) if canary in text]
