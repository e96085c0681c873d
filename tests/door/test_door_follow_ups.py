"""What a customer says later, on whichever channel: passed on, or refused at once with a stable code."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.messages.base import Audience
from contracts.messages.ops import DisputeDecided
from contracts.messages.shared import RequestWithdrawn
from contracts.messages.termination import ItemEnded, ItemTerminated
from contracts.words import Channel, Money

PATH = "/v1/cancellations"
NOBODY = f"{PATH}/00000000-0000-4000-8000-000000000000"
BOUND = {"kind": "line", "subscription": "sub-linecontract01", "items": None}
YES = {"channel": "web", "quote_version": 1, "clauses_acknowledged": True}
BODIES: dict[str, dict[str, Any]] = {
    "information": {"channel": "web", "answers": {"identity-document": "doc-1"}},
    "confirmation": YES,
    "withdrawal": {"channel": "web"},
    "dispute": {"channel": "web", "ground": "not-disclosed"},
    "problem": {"channel": "web", "problem": "late"},
    "escalation": {"channel": "web", "level": "operator", "ground": "too-slow"},
    "payment": {"channel": "web"},
}


def refusal(answer: Any) -> tuple[int, str]:
    problem = answer.json()
    assert problem["detail"] and problem["hint"] and answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, problem["code"]


@pytest.mark.parametrize("name", BODIES)
def test_an_unknown_request_is_a_404(doors: Any, name: str) -> None:
    for address in (NOBODY, f"{PATH}/not-an-id"):
        assert refusal(doors.post(f"{address}/{name}", BODIES[name])) == (404, "unknown-request")
    assert doors.published() == []


def test_a_problem_with_logging_in_does_not_make_up_a_request(doors: Any) -> None:
    body = {"channel": "hotline", "problem": "cannot-log-in", "subscription": "sub-locked01"}
    assert refusal(doors.post(f"{NOBODY}/problem", body)) == (404, "unknown-request")


def test_a_request_filed_in_the_app_is_confirmed_on_the_web(doors: Any) -> None:
    address = doors.file(**BOUND)
    answer = doors.post(f"{address}/confirmation", YES, "k-2")
    assert (answer.status_code, answer.headers["location"]) == (202, address)
    envelope = doors.published()[-1]
    assert (envelope.message.type, envelope.source) == ("quote.confirm.v1", "/channels/web")
    doors.settle()
    assert doors.get(address).json()["stage"] == "scheduled"


REFUSED_CONFIRMATIONS = {
    "a version that never was": ({"quote_version": 2}, "no-such-quote"),
    "clauses not read": ({"clauses_acknowledged": False}, "clauses-not-acknowledged"),
    "a hotline without its proof": ({"channel": "hotline"}, "proof-missing"),
}


@pytest.mark.parametrize(("changed", "code"), REFUSED_CONFIRMATIONS.values(), ids=REFUSED_CONFIRMATIONS.keys())
def test_a_confirmation_that_cannot_be_is_refused_at_once(doors: Any, changed: Any, code: str) -> None:
    address = doors.file(**BOUND)
    count = len(doors.published())
    assert refusal(doors.post(f"{address}/confirmation", YES | changed, "k-2")) == (409, code)
    assert len(doors.published()) == count and doors.get(address).json()["stage"] == "quoted"
    assert doors.post(f"{address}/confirmation", YES, "k-3").status_code == 202


def test_a_confirmation_of_an_old_quote_version_is_refused(doors: Any) -> None:
    """A dispute decided before the yes makes the second version."""
    address = doors.file(**BOUND | {"subscription": "sub-disputelowered01"})
    doors.post(f"{address}/dispute", BODIES["dispute"])
    doors.settle()
    doors.hear("console", _lowered(address[-36:]))
    assert doors.get(address).json()["quote"]["version"] == 2
    assert refusal(doors.post(f"{address}/confirmation", YES)) == (409, "quote-version-old")
    assert doors.post(f"{address}/confirmation", YES | {"quote_version": 2}).status_code == 202


def _lowered(request_id: str) -> DisputeDecided:
    return DisputeDecided(
        request_id=request_id, operator="op-1", reason="half of it", outcome="lowered", owed=Money(minor=1)
    )


def test_a_second_confirmation_is_refused_but_its_retry_is_not(doors: Any) -> None:
    address = doors.file(**BOUND)
    first = doors.post(f"{address}/confirmation", YES, "k-2")
    doors.settle()
    assert refusal(doors.post(f"{address}/confirmation", YES, "k-3")) == (409, "already-confirmed")
    assert doors.post(f"{address}/confirmation", YES, "k-2").content == first.content


def test_a_withdrawal_after_the_first_item_is_off_is_refused(doors: Any) -> None:
    address = doors.file(**BOUND)
    doors.post(f"{address}/confirmation", YES)
    doors.settle()
    end = datetime.fromisoformat(doors.get(address).json()["dates"]["service_end"])
    doors.system.now = end - timedelta(hours=1)  # as far ahead as another machine's clock may be
    doors.hear("termination", _first_item_off(doors, address[-36:]))
    assert doors.get(address).json()["stage"] == "switching-off"
    assert refusal(doors.post(f"{address}/withdrawal", {"channel": "app"})) == (409, "withdrawal-too-late")


def _first_item_off(doors: Any, request_id: str) -> ItemTerminated:
    at = doors.said("intake")[0].application.accepted_at
    ended = ItemEnded(item="video-pack", at=at, reference="r-1")
    audience = Audience(subscription="sub-linecontract01", channel=Channel.APP)
    return ItemTerminated(request_id=request_id, audience=audience, ended=ended, left=("plan-basic",))


def test_a_withdrawal_of_what_has_ended_and_a_second_withdrawal_are_refused(doors: Any) -> None:
    address = doors.file()
    doors.post(f"{address}/withdrawal", {"channel": "app"}, "k-2")
    doors.settle()
    assert refusal(doors.post(f"{address}/withdrawal", {"channel": "app"}, "k-3")) == (409, "already-ended")
    audience = Audience(subscription="sub-freeaddon01", channel=Channel.APP)
    doors.hear("billing", RequestWithdrawn(request_id=address[-36:], audience=audience, stage="billing"))
    assert doors.get(address).json()["stage"] == "withdrawn"


@pytest.mark.parametrize(("name", "code"), [("payment", "nothing-to-pay"), ("dispute", "nothing-to-dispute")])
def test_what_makes_no_sense_now_is_refused(doors: Any, name: str, code: str) -> None:
    address = doors.file()
    assert refusal(doors.post(f"{address}/{name}", BODIES[name])) == (409, code)


def test_a_complaint_only_climbs(doors: Any) -> None:
    address = doors.file()
    assert doors.post(f"{address}/escalation", BODIES["escalation"] | {"level": "association"}).status_code == 202
    doors.settle()
    assert refusal(doors.post(f"{address}/escalation", BODIES["escalation"])) == (409, "complaint-not-higher")


def test_without_a_key_each_press_is_its_own_event(doors: Any) -> None:
    address = doors.file()
    for _ in range(2):
        assert doors.post(f"{address}/information", BODIES["information"]).status_code == 202
    assert len({envelope.id for envelope in doors.published()}) == 3


def test_a_follow_up_right_behind_its_request_is_let_through_in_order(doors: Any, wish: Any) -> None:
    address = doors.post(PATH, wish(), "k-1").headers["location"]
    assert doors.post(f"{address}/withdrawal", {"channel": "web"}).status_code == 202
    doors.settle()
    assert doors.get(address).json()["stage"] == "withdrawn"


def test_the_callers_trace_goes_on(doors: Any, wish: Any) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    doors.post(PATH, wish(), "k-1", traceparent=trace)
    assert doors.published()[0].traceparent == trace


# ---- a customer who cannot log in ------------------------------------------------------------------------------------

LOCKED_OUT = {"channel": "hotline", "subscription": "sub-locked01"}
PROOF = {"agent": "a-1", "call": "c-1"}


def test_a_login_problem_is_checked_and_the_agent_files_under_the_same_id(doors: Any, wish: Any) -> None:
    problem = doors.post("/v1/problems", LOCKED_OUT, "k-1")
    address, request_id = problem.headers["location"], problem.json()["request_id"]
    assert doors.get(address).json()["stage"] == "received"
    doors.settle()
    assert "account.checked.v1" in [event.type for event in doors.said("intake")]
    body = wish(**LOCKED_OUT, proof=PROOF, login_problem=request_id)
    assert doors.post(PATH, body, "k-2").headers["location"] == address
    doors.settle()
    assert doors.get(address).json()["stage"] == "quoted"


def test_a_submission_close_behind_its_login_problem_is_accepted_once(doors: Any, wish: Any) -> None:
    problem = doors.post("/v1/problems", LOCKED_OUT, "k-1")
    doors.post(PATH, wish(**LOCKED_OUT, proof=PROOF, login_problem=problem.json()["request_id"]), "k-2")
    doors.settle()
    assert [event.type for event in doors.said("intake")].count("request.accepted.v1") == 1


def test_a_login_problem_of_another_line_cannot_be_filed_under(doors: Any, wish: Any) -> None:
    request_id = doors.post("/v1/problems", LOCKED_OUT, "k-1").json()["request_id"]
    for named in (request_id, NOBODY[-36:]):
        answer = doors.post(PATH, wish(channel="hotline", proof=PROOF, login_problem=named), "k-2")
        assert refusal(answer) == (422, "wrong-login-problem")
        assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/login_problem"]


@pytest.mark.parametrize(
    ("body", "place"),
    [({"channel": "hotline"}, "/subscription"), (LOCKED_OUT | {"problem": "late"}, "/problem")],
)
def test_a_login_problem_names_the_line_and_nothing_else(doors: Any, body: Any, place: str) -> None:
    answer = doors.post("/v1/problems", body, "k-1")
    assert answer.status_code == 422 and [fault["pointer"] for fault in answer.json()["errors"]] == [place]
    assert doors.post("/v1/problems", LOCKED_OUT).json()["code"] == "key-missing"
