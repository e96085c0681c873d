"""Bad input at the HTTP door: the answer names the place, the reason and what to do, and nothing else changes."""

import json
import re
from typing import Any

import pytest

WISH = {"channel": "app", "kind": "product", "subscription": "sub-freeaddon01", "items": ["video-pack"]}
NOBODY = "/v1/cancellations/00000000-0000-4000-8000-000000000000"
CONFIRM = {"channel": "app", "quote_version": 1, "clauses_acknowledged": True}


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in WISH.items() if name != field}


def deep(levels: int) -> bytes:
    return b'{"channel":"app","proof":' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"


SUBMISSIONS = {
    "a missing channel": (without("channel"), 422, "invalid", "/channel"),
    "a missing kind": (without("kind"), 422, "invalid", "/kind"),
    "a missing subscription": (without("subscription"), 422, "invalid", "/subscription"),
    "a field nobody declared": (WISH | {"itmes": []}, 422, "invalid", "/itmes"),
    "a field nobody declared further down": (WISH | {"proof": {"agnet": "a"}}, 422, "invalid", "/proof/agnet"),
    "a field name that has to be escaped": (WISH | {"a/b~c": 1}, 422, "invalid", "/a~1b~0c"),
    "a request id of one's own": (WISH | {"request_id": NOBODY[-36:]}, 422, "invalid", "/request_id"),
    "a number where a text is wanted": (WISH | {"subscription": 7}, 422, "invalid", "/subscription"),
    "a text where a list is wanted": (WISH | {"items": "video-pack"}, 422, "invalid", "/items"),
    "an item that is no item": (WISH | {"items": ["video-pack", "Video!"]}, 422, "invalid", "/items/1"),
    "too many items": (WISH | {"items": [f"item-{at}" for at in range(51)]}, 422, "invalid", "/items"),
    "null where a value is wanted": (WISH | {"kind": None}, 422, "invalid", "/kind"),
    "an unknown channel": (WISH | {"channel": "fax"}, 422, "invalid", "/channel"),
    "an unknown kind": (WISH | {"kind": "everything"}, 422, "invalid", "/kind"),
    "a phone number as subscription": (WISH | {"subscription": "13800138000"}, 422, "invalid", "/subscription"),
    "a subscription with a line break": (WISH | {"subscription": "sub-abcd\n"}, 422, "invalid", "/subscription"),
    "an end without a time zone": (WISH | {"requested_end": "2030-01-01T00:00:00"}, 422, "invalid", "/requested_end"),
    "an end after the last day in UTC": (
        WISH | {"requested_end": "9999-12-31T23:59:59-12:00"},
        422,
        "invalid",
        "/requested_end",
    ),
    "an end as a number": (WISH | {"requested_end": 1893456000}, 422, "invalid", "/requested_end"),
    "an end as a fraction": (WISH | {"requested_end": 1893456000.5}, 422, "invalid", "/requested_end"),
    **{
        f"an end of {told!r}": (WISH | {"requested_end": told}, 422, "invalid", "/requested_end")
        for told in ("1893456000", "1893456000000", "-1", "1893456000.5", "2030-01-01_00:00:00Z", "2030-01-01", "")
    },
    "a list instead of an object": ([], 422, "invalid", ""),
    "a bare text": (b'"cancel"', 422, "invalid", ""),
    "nothing at all": (b"", 400, "malformed", None),
    "white space": (b" \n ", 400, "malformed", None),
    "half an object": (b'{"channel": "app"', 400, "malformed", None),
    "an open text": (b'{"channel": "app' + b'\\"' * 9000, 400, "malformed", None),
    "two objects": (b"{} {}", 400, "malformed", None),
    "a comment": (b'{"channel": "app" /* or web */}', 400, "malformed", None),
    "names that are no texts": (b"{'channel': 'app', 'kind': 'line'}", 400, "malformed", None),
    "half a surrogate pair": (b'{"channel": "app", "reason": "\\ud800"}', 400, "malformed", None),
    "a number of five thousand digits": (b'{"channel": ' + b"9" * 5000 + b"}", 400, "malformed", None),
    "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(WISH).encode(), 400, "malformed", None),
    "Latin-1": (b'{"channel": "\xe9"}', 400, "not-utf8", None),
    "UTF-16": ('{"channel": "app"}'.encode("utf-16"), 400, "not-utf8", None),
    "a field written twice": (
        b'{"channel": "app", "kind": "line", "channel": "web"}',
        400,
        "duplicate-key",
        "/channel",
    ),
    "a field written twice in other letters": (
        b'{"kind": "line", "\\u006bind": "line"}',
        400,
        "duplicate-key",
        "/kind",
    ),
    "a field written twice further down": (
        b'{"items": [], "proof": {"call": "a", "call": "b"}}',
        400,
        "duplicate-key",
        "/proof/call",
    ),
    "NaN": (b'{"channel": "app", "items": [1, NaN]}', 400, "not-a-number", "/items/1"),
    "minus infinity": (b'{"channel": -Infinity}', 400, "not-a-number", "/channel"),
    "a depth of 33": (deep(32), 400, "too-deep", "/proof" + "/a" * 31),
    "a depth of 1,000": (deep(1000), 400, "too-deep", "/proof" + "/a" * 31),
    "a depth of 60,000": (b"[" * 60_000, 400, "too-deep", "/0" * 32),
    "a body of 1 MB": (json.dumps(WISH | {"reason": "x" * 2**20}).encode(), 413, "too-large", None),
    "a body of one byte too many": (b" " * (64 * 1024 + 1), 413, "too-large", None),
}


@pytest.mark.parametrize(("body", "status", "code", "place"), SUBMISSIONS.values(), ids=SUBMISSIONS.keys())
def test_a_bad_submission_is_answered_with_its_place_and_nothing_is_published(
    doors: Any, body: Any, status: int, code: str, place: str | None
) -> None:
    answer = doors.post("/v1/cancellations", body, "k-1")
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault["pointer"] for fault in problem["errors"]] == ([] if place is None else [place])
    assert all(fault["message"] for fault in problem["errors"]) and problem["detail"] and problem["hint"]
    assert problem["type"] == f"/errors/{code}" and problem["instance"] == "/v1/cancellations"
    assert doors.published() == []
    assert doors.post("/v1/cancellations", WISH, "k-1").status_code == 202, "the key is still free"


def test_every_fault_of_a_body_is_named_at_once(doors: Any) -> None:
    answer = doors.post("/v1/cancellations", {"channel": "fax", "kind": 1, "items": [2]}, "k-1")
    places = [fault["pointer"] for fault in answer.json()["errors"]]
    assert places == ["/channel", "/kind", "/subscription", "/items/0"]


@pytest.mark.parametrize("many", [20, 500, 501, 9000])
def test_of_very_many_faults_an_answer_tells_so_much_as_somebody_reads(doors: Any, many: int) -> None:
    """To write each of thousands out would hold up everybody else."""
    said = doors.post("/v1/cancellations", WISH | {"items": [1] * many}, "k-1").json()["errors"]
    few, told = min(many, 20), f"in {many} places it is not as agreed"
    assert [each["pointer"] for each in said] == [f"/items/{at}" for at in range(few)] if many <= 500 else [""]
    assert many <= 500 or said[0]["message"] == told
    asked = doors.get("/v1/cancellations?" + "&".join(f"a{number}=1" for number in range(min(many, 4000))))
    assert (asked.status_code, len(asked.json()["errors"])) == (422, 20)


def test_no_answer_repeats_what_was_sent(doors: Any) -> None:
    answer = doors.post("/v1/cancellations", WISH | {"subscription": "13800138000", "reason": "secret"}, "k-1")
    assert "13800138000" not in answer.text and "secret" not in answer.text


CONFIRMATIONS = {
    "a version with a fraction": (CONFIRM | {"quote_version": 1.5}, "/quote_version"),
    "a version that is a float": (CONFIRM | {"quote_version": 1.0}, "/quote_version"),
    "a version as text": (CONFIRM | {"quote_version": "1"}, "/quote_version"),
    "a version below one": (CONFIRM | {"quote_version": 0}, "/quote_version"),
    "a version that is true": (CONFIRM | {"quote_version": True}, "/quote_version"),
    "a yes as text": (CONFIRM | {"clauses_acknowledged": "true"}, "/clauses_acknowledged"),
    "a yes as a number": (CONFIRM | {"clauses_acknowledged": 1}, "/clauses_acknowledged"),
    "an amount nobody asked for": (CONFIRM | {"amount": 12.5}, "/amount"),
    "no channel": ({"quote_version": 1, "clauses_acknowledged": True}, "/channel"),
}


@pytest.mark.parametrize(("body", "place"), CONFIRMATIONS.values(), ids=CONFIRMATIONS.keys())
def test_a_bad_confirmation_names_its_field(doors: Any, body: Any, place: str) -> None:
    answer = doors.post(f"{NOBODY}/confirmation", body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [place]


@pytest.mark.parametrize(
    ("media", "status"),
    [
        ("application/json", 202),
        ("Application/JSON; charset=utf-8", 202),
        ("application/vnd.carrier+json", 202),
        ("application/x-www-form-urlencoded", 415),
        ("text/plain", 415),
        ("", 415),
    ],
)
def test_only_json_is_read(doors: Any, media: str, status: int) -> None:
    answer = doors.post("/v1/cancellations", WISH, "k-1", **{"content-type": media})
    assert answer.status_code == status
    assert status == 202 or answer.json()["code"] == "not-json"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nowhere", 404, "no-such-address"),
        ("DELETE", "/v1/cancellations", 405, "method-not-allowed"),
        ("DELETE", NOBODY, 405, "method-not-allowed"),
        ("GET", NOBODY, 404, "unknown-request"),
        ("GET", "/v1/cancellations/not-an-id", 404, "unknown-request"),
        ("GET", "/errors/no-such-code", 404, "no-such-address"),
    ],
)
def test_a_wrong_address_or_method_is_a_problem_too(doors: Any, method: str, path: str, status: int, code: str) -> None:
    answer = doors.run(doors.client.request(method, path))
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (status == 405) == ("allow" in answer.headers)


def test_a_problem_speaks_the_callers_language(doors: Any) -> None:
    english, chinese = doors.get(NOBODY), doors.get(NOBODY, **{"accept-language": "zh-CN,zh;q=0.9"})
    assert english.json()["detail"] == "There is no request with this id."
    assert chinese.json()["detail"] == "没有这个编号的申请。" and chinese.headers["content-language"] == "zh"


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            {"channel": "fax"},
            {"channel": None},
            {"kind": 7},
            {"itmes": []},
            {"items": "x"},
            {"items": [7]},
            {"items": ["A B"]},
        ),
        *(
            {"items": ["a-b"] * 51},
            {"subscription": "x"},
            {"requested_end": "tomorrow"},
            {"proof": 3},
            {"proof": {"call": 3}},
        ),
        *(
            {"language": "fr"},
            {"login_problem": "x"},
            {"proof": {"call": "x" * 5_000}},
            {"requested_end": "2027-03-01T00:00:00"},
        ),
    ],
)
def test_each_wrong_field_is_named_in_the_callers_language(doors: Any, wrong: dict[str, Any]) -> None:
    body = {name: value for name, value in (WISH | wrong).items() if value is not None}
    chinese, english = (
        doors.post("/v1/cancellations", body, "k-1", **{"accept-language": each}) for each in ("zh", "en")
    )
    assert chinese.status_code == 422 and chinese.json()["errors"]
    for said, other in zip(chinese.json()["errors"], english.json()["errors"], strict=True):
        assert re.search("[\u4e00-\u9fff]", said["message"]) and not re.search("[\u4e00-\u9fff]", other["message"])
        assert said["pointer"] == other["pointer"] != ""


def test_every_problem_type_opens_a_page_about_it(doors: Any) -> None:
    where = doors.get(NOBODY).json()["type"]
    assert doors.get(where).json()["status"] == 404
    page = doors.get(where, accept="text/html")
    assert page.headers["content-type"].startswith("text/html") and "There is no request" in page.text


def test_a_database_that_is_away_is_a_503_and_a_bug_a_500_without_its_insides(doors: Any) -> None:
    with doors.store.transaction() as tx:
        tx.exec_driver_sql("drop table replies")
    answer = doors.post("/v1/cancellations", WISH, "k-1")
    assert (answer.status_code, answer.json()["code"]) == (503, "store-away")
    assert "replies" not in answer.text and answer.headers["retry-after"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (json.dumps(WISH).encode("utf-8-sig"), "byte order mark (BOM)"),
        (json.dumps(WISH).encode("utf-16"), "UTF-16"),
        (json.dumps(WISH).encode("utf-16-le"), "UTF-16"),
        (json.dumps(json.dumps(WISH)).encode(), "a JSON string that holds JSON"),
    ],
)
def test_a_body_packed_oddly_is_refused_in_words_that_say_what_to_do(doors: Any, body: bytes, words: str) -> None:
    assert words in doors.post("/v1/cancellations", body, "k-1").text


def test_a_request_is_found_by_its_id_in_capitals_too(doors: Any) -> None:
    own = doors.post("/v1/cancellations", WISH, "k-1").json()["request_id"]
    found = [doors.get(f"/v1/cancellations/{each}") for each in (own, own.upper())]
    assert [each.status_code for each in found] == [200, 200] and found[0].json() == found[1].json()
