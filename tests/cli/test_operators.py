"""What an operator does at the command line: decisions, dead letters, following a request."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from typer.testing import Result

from tests.cli.conftest import Doors

Tuiding = Callable[..., Result]
ID = "0e280603-cfb1-5f62-a185-0110386e3f18"
WHO = ("--reason", "checked by hand")
PLACE = "cancellation.intake.dead-letter[3]@17"
PATH = "/v1/dead-letters/cancellation.intake.dead-letter%5B3%5D%4017"


@pytest.mark.parametrize(
    ("words", "path", "body"),
    [
        (("review", "approve", ID), "review-decision", {"approve": True}),
        (("review", "reject", ID), "review-decision", {"approve": False}),
        (("dispute", "decide", ID, "waived"), "dispute-decision", {"outcome": "waived"}),
        (
            ("dispute", "decide", ID, "lowered", "--owed", "12"),
            "dispute-decision",
            {"outcome": "lowered", "owed": {"minor": 1200, "currency": "CNY"}},
        ),
        (("retry", ID, "switch-off"), "retry", {"incident": "switch-off"}),
        (("complaint", "reply", ID, "court", "letter-1"), "complaint-reply", {"level": "court", "answer": "letter-1"}),
    ],
)
def test_every_decision_is_sent_with_who_and_why(
    doors: Doors, tuiding: Tuiding, words: tuple[str, ...], path: str, body: dict[str, Any]
) -> None:
    doors.answers[f"POST /v1/requests/{ID}/{path}"] = (202, {"request_id": ID})
    done = tuiding(*words, *WHO)
    assert done.exit_code == 0, done.stderr
    assert doors.asked[0].body == body | {"reason": "checked by hand"}
    assert doors.asked[0].headers["Idempotency-Key"]


@pytest.mark.parametrize("words", [("lowered",), ("waived", "--owed", "5")])
def test_an_amount_belongs_to_a_lowered_fee_and_only_to_that(doors: Doors, tuiding: Tuiding, words: Any) -> None:
    done = tuiding("dispute", "decide", ID, *words, *WHO)
    assert done.exit_code == 2 and "--owed belongs to" in done.stderr and not doors.asked


@pytest.mark.parametrize(
    ("owed", "currency", "minor"),
    [("152", "CNY", 15200), ("152.08", "CNY", 15208), ("152", "JPY", 152), ("1.5", "KWD", 1500)],
)
def test_what_remains_is_said_in_the_main_unit_of_its_currency(
    doors: Doors, tuiding: Tuiding, owed: str, currency: str, minor: int
) -> None:
    doors.answers[f"POST /v1/requests/{ID}/dispute-decision"] = (202, {"request_id": ID})
    done = tuiding("dispute", "decide", ID, "lowered", "--owed", owed, "--currency", currency, *WHO)
    assert done.exit_code == 0, done.stderr
    assert doors.asked[0].body["owed"] == {"minor": minor, "currency": currency}


@pytest.mark.parametrize(
    ("owed", "currency"), [("152.005", "CNY"), ("152.00", "JPY"), ("152", "XQX"), ("1,200", "CNY")]
)
def test_what_is_no_amount_is_refused_before_anything_is_sent(
    doors: Doors, tuiding: Tuiding, owed: str, currency: str
) -> None:
    done = tuiding("dispute", "decide", ID, "lowered", "--owed", owed, "--currency", currency, *WHO)
    assert done.exit_code == 2 and currency in done.stderr and not doors.asked


def letter(place: str = PLACE, code: str = "breaks-contract", age: timedelta = timedelta()) -> dict[str, Any]:
    at = (datetime.now(UTC) - age).isoformat()
    return {"place": place, "service": "intake", "code": code, "reason": "/kind: missing", "at": at, "state": "open"}


def test_dead_letters_are_listed_by_code_and_by_age(doors: Doors, tuiding: Tuiding) -> None:
    found = [letter("a[0]@1"), letter("a[0]@2", "too-large"), letter("a[0]@3", age=timedelta(hours=3))]
    doors.answers["GET /v1/dead-letters"] = (200, {"dead_letters": found})

    def listed(*words: str) -> list[str]:
        return [each["place"] for each in json.loads(tuiding("dead-letters", "list", "--json", *words).stdout)]

    assert listed() == ["a[0]@1", "a[0]@2", "a[0]@3"]
    assert listed("--code", "too-large") == ["a[0]@2"]
    assert listed("--since", "2h") == ["a[0]@1", "a[0]@2"]
    listed("--search", "sub-line0001 & co")  # the door finds, as for the page
    assert parse_qs(doors.asked[-1].path.partition("?")[2])["q"] == ["sub-line0001 & co"]
    for no_span in ("yesterday", "²h", "9999999h"):
        assert tuiding("dead-letters", "list", "--since", no_span).exit_code == 2


def test_a_dry_run_needs_no_yes_and_says_what_would_happen(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["GET /v1/dead-letters"] = (200, {"dead_letters": [letter()]})
    doors.answers[f"POST {PATH}/redrive"] = (200, {"state": "open", "topic": "cancellation.commands"})
    done = tuiding("dead-letters", "redrive", PLACE, *WHO, "--dry-run")
    assert done.exit_code == 0 and "would redrive" in done.stdout and "cancellation.commands" in done.stdout
    assert doors.asked[-1].body == {"reason": "checked by hand", "dry_run": True}


def test_many_are_redriven_one_by_one_and_a_refused_one_is_not_hidden(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["GET /v1/dead-letters"] = (200, {"dead_letters": [letter("a"), letter("b")]})
    doors.answers["POST /v1/dead-letters/a/redrive"] = (409, {"detail": "Not from here.", "hint": "Discard it."})
    doors.answers["POST /v1/dead-letters/b/redrive"] = (202, {"state": "redriven", "topic": "t"})
    done = tuiding("dead-letters", "redrive", "--code", "breaks-contract", *WHO, "--yes")
    assert done.exit_code == 5 and "redriven" in done.stdout
    assert done.stderr == f"{doors.told('console')}1 of 2 were refused. Not from here. Discard it.\n"


def test_nothing_is_redriven_without_a_yes(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["GET /v1/dead-letters"] = (200, {"dead_letters": [letter()]})
    assert tuiding("dead-letters", "discard", *WHO).exit_code == 2
    assert [asked.method for asked in doors.asked] == ["GET"]


def test_an_unknown_place_is_not_found(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["GET /v1/dead-letters"] = (200, {"dead_letters": []})
    done = tuiding("dead-letters", "show", "elsewhere[0]@0")
    assert done.exit_code == 4 and "There is no dead letter at elsewhere[0]@0." in done.stderr


def event(number: int, kind: str) -> dict[str, Any]:
    return {"id": f"e-{number}", "at": f"2026-03-01T08:00:0{number}+00:00", "service": "intake", "type": kind}


def test_following_prints_each_event_once_until_the_end(doors: Doors, tuiding: Tuiding) -> None:
    first, last = event(1, "request.accepted.v1"), event(2, "request.closed.v1")
    doors.answers[f"GET /v1/cancellations/{ID}"] = (200, {"stage": "in-review"})
    doors.answers[f"GET /v1/requests/{ID}"] = [
        (404, {"detail": "not yet"}),
        (200, {"request": {"end": ""}, "events": [first]}),
        (200, {"request": {"end": "closed"}, "events": [first, last]}),
    ]
    done = tuiding("trace", ID, "--follow", "--json")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["e-1", "e-2"]
    assert done.exit_code == 0


def test_following_what_nobody_knows_ends_at_once(doors: Doors, tuiding: Tuiding) -> None:
    assert tuiding("trace", ID, "--follow").exit_code == 4


def test_a_trace_shows_every_event_with_its_service(doors: Doors, tuiding: Tuiding) -> None:
    found = {"request": {"stage": "closed"}, "events": [event(1, "request.accepted.v1")]}
    doors.answers[f"GET /v1/requests/{ID}"] = (200, found)
    done = tuiding("trace", ID)
    assert "request.accepted.v1" in done.stdout and "intake" in done.stdout and "closed" in done.stdout
