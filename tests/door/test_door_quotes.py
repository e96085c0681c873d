"""A quote without a request, through both doors: what an end costs and changes, today and at later dates."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contracts.carrier.accounts import Balance
from contracts.quotes import FURTHEST_END, QuoteAsk
from contracts.words import Money, Text
from demo.carrier.customer import contract, customer, plan
from runtime.http.problems import Fault
from services.billing.door import FAR, PAST, wrong_dates

PATH = "/v1/quotes"
LINE = {"kind": "line", "subscription": "sub-linecontract01"}
PRODUCT = {"kind": "product", "subscription": "sub-freeaddon01", "items": ["video-pack"]}
NOW, MOMENT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC), timedelta(microseconds=1)
LATER = (datetime.now(UTC) + timedelta(days=60)).isoformat()


def test_a_quote_tells_fee_effects_and_dates_and_creates_nothing(doors: Any) -> None:
    answer = doors.post(PATH, LINE)
    found = answer.json()
    assert answer.status_code == 200, found
    assert found["quote"]["total"]["minor"] > 0 and found["quote"]["lines"][0]["steps"] and found["quote"]["impacts"]
    assert found["quote"]["version"] == 0
    assert doors.published() == []


def test_the_curve_marks_the_cheapest_day_and_the_lowest_fee(doors: Any) -> None:
    dates = doors.post(PATH, LINE).json()["dates"]
    assert [date["requested_end"] for date in dates] == sorted(date["requested_end"] for date in dates)
    assert len(dates) == 6, "today, four spans, and the day the contract ends"
    by_fee, by_sum = ([date for date in dates if date[mark]] for mark in ("lowest_fee", "cheapest"))
    assert [date["fee"]["minor"] for date in by_fee] == [0]
    assert by_sum == [dates[0]], "each further month of the plan costs more than it saves"
    for date in dates:
        assert date["altogether"]["minor"] == date["fee"]["minor"] + date["regular_fees"]["minor"]


def test_a_channel_may_name_the_days(doors: Any) -> None:
    found = doors.post(PATH, LINE | {"dates": [LATER], "requested_end": LATER, "channel": "web"}).json()
    assert [datetime.fromisoformat(date["requested_end"]) for date in found["dates"]] == [datetime.fromisoformat(LATER)]
    assert found["dates"][0]["fee"] == found["quote"]["total"]


FAULTS = {
    "a float where no amount belongs": (PRODUCT | {"fee": 1.5}, 422, "invalid", "/fee"),
    "an unknown channel": (PRODUCT | {"channel": "fax"}, 422, "invalid", "/channel"),
    "a product without items": (PRODUCT | {"items": []}, 422, "invalid", "/items"),
    "a line with items": (LINE | {"items": ["video-pack"]}, 422, "invalid", "/items"),
    "an unknown item": (PRODUCT | {"items": ["video-pack", "moon-pack"]}, 422, "invalid", "/items/1"),
    "an item that is off": (PRODUCT | {"subscription": "sub-alreadyoff01"}, 422, "invalid", "/items/0"),
    "a day in the past": (PRODUCT | {"dates": ["2020-01-01T00:00:00Z"]}, 422, "invalid", "/dates/0"),
    "a day after all calendars": (LINE | {"requested_end": "9999-12-31T23:59:59Z"}, 422, "invalid", "/requested_end"),
    "a day that UTC does not have": (PRODUCT | {"dates": ["0001-01-01T00:00:00+14:00"]}, 422, "invalid", "/dates/0"),
    "too many days": (LINE | {"dates": [LATER] * 25}, 422, "invalid", "/dates"),
    "a line that has ended": (LINE | {"subscription": "sub-closed01"}, 409, "line-ended", "/subscription"),
    "an unknown subscription": (LINE | {"subscription": "sub-nobody01"}, 404, "unknown-subscription", "/subscription"),
}


@pytest.mark.parametrize("door", ["client", "billing"])
@pytest.mark.parametrize(("body", "status", "code", "place"), FAULTS.values(), ids=FAULTS.keys())
def test_a_bad_question_names_its_place_at_both_doors(
    doors: Any, door: str, body: Any, status: int, code: str, place: str
) -> None:
    answer = doors.run(getattr(doors, door).post(PATH, json=body))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [place]
    assert answer.headers["content-type"] == "application/problem+json"


SAID = {
    "a product without items": "List the items to drop",
    "a line with items": "A line request is about the whole line: leave items out",
    "an unknown item": "The line has no such item",
    "an item that is off": "This item is off already",
    "a day in the past": "This lies in the past: name a later moment, or leave it out for as soon as possible",
    "a day after all calendars": "This is too far away: name a moment within 50 years",
    "a line that has ended": "This line is closed already",
    "an unknown subscription": "The carrier knows no such subscription",
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_wrong_with_a_question_is_said_in_a_sentence(doors: Any, name: str) -> None:
    answer = doors.run(doors.billing.post(PATH, json=FAULTS[name][0]))
    assert [fault["message"] for fault in answer.json()["errors"]] == [SAID[name]]


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (-MOMENT, PAST),
        (timedelta(0), None),
        (MOMENT, None),
        (FURTHEST_END, None),
        (FURTHEST_END + MOMENT, FAR),
    ],
)
@pytest.mark.parametrize("field", ["/requested_end", "/dates/1"])
def test_a_day_is_past_or_too_far_from_its_first_moment_on(field: str, off: timedelta, said: Text | None) -> None:
    day = NOW + off
    named = {"requested_end": day} if field == "/requested_end" else {"dates": (NOW, day)}
    ask = QuoteAsk.model_validate(LINE | named)
    assert wrong_dates(ask, NOW) == ([Fault(field, said)] if said else [])


def test_every_day_that_cannot_be_is_named() -> None:
    ask = QuoteAsk.model_validate(LINE | {"requested_end": NOW - MOMENT, "dates": (NOW + FURTHEST_END * 2, NOW)})
    assert [fault.pointer for fault in wrong_dates(ask, NOW)] == ["/requested_end", "/dates/0"]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [({"kind": "error"}, 503, "carrier-away"), ({"kind": "wrong-shape"}, 502, "carrier-refused")],
)
def test_a_carrier_that_is_away_or_talks_nonsense_is_said_so(doors: Any, fault: Any, status: int, code: str) -> None:
    assert doors.run(doors.to_carrier.put("/faults/look-up", json=fault)).status_code == 200
    answer = doors.post(PATH, LINE)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_quote_that_cannot_be_worked_out_is_said_so_and_why(doors: Any) -> None:
    bound = contract(datetime.now(UTC).date(), days_in=10, days_left=300, full_fee_minor=100)
    nameless = bound.model_copy(update={"fee_rule": "gone"})
    euros = Balance(origin="own", amount=Money(minor=5, currency="EUR"))
    doors.books.enrol([customer("sub-norule01", "J2", "Named a rule nobody has.", plan(nameless))])
    doors.books.enrol([customer("sub-euros01", "J2", "Euros on a yuan account.", plan(), balances=(euros,))])
    for subscription, why in (("sub-norule01", "no fee rule 'gone'"), ("sub-euros01", "is in EUR")):
        answer = doors.post(PATH, LINE | {"subscription": subscription})
        assert (answer.status_code, answer.json()["code"]) == (409, "cannot-be-priced"), answer.text
        assert why in answer.json()["detail"]
    assert doors.published() == []


@pytest.mark.parametrize("billing", ["not there", "something else"])
def test_when_billing_is_away_quotes_are_a_503_and_requests_go_on(doors: Any, wish: Any, billing: str) -> None:
    def stranger(request: httpx.Request) -> httpx.Response:
        if billing == "not there":
            raise httpx.ConnectError("no")
        return httpx.Response(502, text="<html>bad gateway</html>")

    doors.ask_for_quotes(httpx.MockTransport(stranger))
    answer = doors.post(PATH, LINE)
    assert (answer.status_code, answer.json()["code"]) == (503, "quotes-away")
    assert doors.post("/v1/cancellations", wish(), "k-1").status_code == 202
