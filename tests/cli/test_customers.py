"""What a customer does at the command line, and what is sent for it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from tests.cli.conftest import Doors

Tuiding = Callable[..., Result]
ID = "0e280603-cfb1-5f62-a185-0110386e3f18"
QUOTE = {"version": 3, "total": {"minor": 36500, "currency": "CNY"}, "lines": []}
ACCEPTED = (202, {"request_id": ID})


def test_naming_items_drops_them_and_naming_none_closes_the_line(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["POST /v1/cancellations"] = ACCEPTED
    tuiding("submit", "sub-freeaddon01", "video-pack", "music-pack")
    tuiding("submit", "sub-lineplain01", "--channel", "web", "--reason", "price")
    first, second = (asked.body for asked in doors.asked)
    assert (first["kind"], first["items"], first["channel"]) == ("product", ["video-pack", "music-pack"], "app")
    assert (second["kind"], second["items"], second["channel"]) == ("line", [], "web")


def test_the_same_key_is_sent_again_and_another_one_otherwise(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["POST /v1/cancellations"] = ACCEPTED
    for words in (["--idempotency-key", "k-1"], ["--idempotency-key", "k-1"], [], []):
        tuiding("submit", "sub-lineplain01", *words)
    keys = [asked.headers["Idempotency-Key"] for asked in doors.asked]
    assert keys[:2] == ["k-1", "k-1"] and len(set(keys)) == 3


def test_an_agent_files_with_the_proof_of_the_call(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["POST /v1/cancellations"] = ACCEPTED
    tuiding("submit", "sub-hotline01", "--channel", "hotline", "--agent", "agent-7", "--call", "call-1")
    assert doors.asked[0].body["proof"] == {"agent": "agent-7", "call": "call-1"}


def test_the_result_is_on_stdout_and_the_next_command_on_stderr(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["POST /v1/cancellations"] = ACCEPTED
    done = tuiding("submit", "sub-lineplain01")
    assert ID in done.stdout and "Next" not in done.stdout
    assert done.stderr == f"{doors.told('intake')}Next: tuiding trace {ID} --follow\n"


def test_json_is_the_answer_and_nothing_else(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["POST /v1/cancellations"] = ACCEPTED
    done = tuiding("submit", "sub-lineplain01", "--json")
    assert json.loads(done.stdout) == ACCEPTED[1] and done.stderr == ""


def test_confirming_shows_the_quote_and_takes_its_version(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers[f"GET /v1/cancellations/{ID}"] = (200, {"stage": "quoted", "quote": QUOTE})
    doors.answers[f"POST /v1/cancellations/{ID}/confirmation"] = ACCEPTED
    done = tuiding("confirm", ID, "--yes")
    assert done.exit_code == 0 and "CNY 365.00" in done.stdout
    assert doors.asked[-1].body == {"channel": "app", "quote_version": 3, "clauses_acknowledged": True, "proof": {}}


def test_without_a_yes_and_nobody_to_ask_nothing_is_confirmed(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers[f"GET /v1/cancellations/{ID}"] = (200, {"stage": "quoted", "quote": QUOTE})
    done = tuiding("confirm", ID)
    told = f"Confirm, for CNY 365.00? Nobody is there to ask. Say --yes.\n{doors.told('intake')}"
    assert (done.exit_code, done.stderr) == (2, told)
    assert [asked.method for asked in doors.asked] == ["GET"]


def test_a_request_without_a_quote_cannot_be_confirmed(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers[f"GET /v1/cancellations/{ID}"] = (200, {"stage": "in-review", "quote": None})
    assert tuiding("confirm", ID, "--yes").exit_code == 5


def test_a_line_is_reopened_for_the_fee_that_was_shown(doors: Doors, tuiding: Tuiding) -> None:
    fee = {"minor": 5000, "currency": "CNY"}
    number = {"kept_until": "2026-06-07T16:00:00Z", "terms": {"fee": fee, "clauses": ["CN-17"]}}
    doors.answers[f"GET /v1/cancellations/{ID}"] = (200, {"stage": "closed", "number": number})
    doors.answers[f"POST /v1/cancellations/{ID}/reopening"] = (202, {"request_id": ID})
    asked = "Reopen the line, for CNY 50.00? Nobody is there to ask. Say --yes.\n"
    assert tuiding("reopen", ID).stderr == asked + doors.told("intake")
    assert tuiding("reopen", ID, "--yes").exit_code == 0
    assert doors.asked[-1].body == {"channel": "app", "fee": fee, "proof": {}}


def test_a_request_without_a_kept_number_cannot_be_reopened(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers[f"GET /v1/cancellations/{ID}"] = (200, {"stage": "closed", "number": None})
    assert tuiding("reopen", ID, "--yes").exit_code == 5


@pytest.mark.parametrize(
    ("status", "exit_code"), [(400, 5), (404, 4), (409, 5), (422, 5), (429, 3), (500, 1), (502, 1), (503, 3)]
)
def test_a_no_is_one_sentence_with_what_to_do_and_its_own_exit_code(
    doors: Doors, tuiding: Tuiding, status: int, exit_code: int
) -> None:
    problem = {"detail": "That cannot be.", "hint": "Do this.", "code": "some-code"}
    doors.answers[f"POST /v1/cancellations/{ID}/withdrawal"] = (status, problem)
    done = tuiding("withdraw", ID, "--yes")
    whom = "" if exit_code == 3 else doors.told("intake")
    assert (done.exit_code, done.stdout, done.stderr) == (exit_code, "", f"That cannot be. Do this.\n{whom}")
    told = json.loads(tuiding("withdraw", ID, "--yes", "--json").stderr)
    assert (told["code"], told["exit_code"]) == ("some-code", exit_code)


@pytest.mark.parametrize(
    "errors", [[{"pointer": "/items/0", "detail": "no"}], [{"pointer": "/items/0", "message": "no"}]]
)
def test_every_wrong_field_is_named(doors: Doors, tuiding: Tuiding, errors: list[Any]) -> None:
    doors.answers["POST /v1/cancellations"] = (422, {"detail": "Correct it.", "errors": errors})
    assert tuiding("submit", "sub-lineplain01").stderr == f"Correct it. [/items/0: no]\n{doors.told('intake')}"


@pytest.mark.parametrize(("language", "reason"), [("zh", "尚有欠费。"), ("en", "Money is owed.")])
def test_texts_come_in_the_language_asked_for(doors: Doors, tuiding: Tuiding, language: str, reason: str) -> None:
    text = {"zh": "尚有欠费。", "en": "Money is owed."}
    doors.answers[f"GET /v1/cancellations/{ID}"] = (200, {"stage": "rejected", "grounds": [{"reason": text}]})
    done = tuiding("status", ID, "--lang", language)
    assert reason in done.stdout and doors.asked[0].headers["Accept-Language"] == language


def test_nobody_at_the_address_is_told_with_the_variable_to_set(
    tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUIDING_INTAKE", "http://127.0.0.1:9")
    done = tuiding("status", ID)
    told = "Nobody answers for intake at http://127.0.0.1:9. Start it with: tuiding up. Or set TUIDING_INTAKE.\n"
    assert (done.exit_code, done.stderr) == (3, told)


def test_an_answer_that_is_no_json_is_no_traceback(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers[f"GET /v1/cancellations/{ID}"] = (502, b"<html>bad gateway</html>")
    assert tuiding("status", ID).stderr == f"The service answered 502 without saying why.\n{doors.told('intake')}"


def test_an_unknown_command_and_a_wrong_option_are_usage_errors(tuiding: Tuiding) -> None:
    for words in (["sumbit"], ["submit", "sub-x", "--channel", "fax"], ["status"]):
        done = tuiding(*words)
        assert done.exit_code == 2 and "Traceback" not in done.output
