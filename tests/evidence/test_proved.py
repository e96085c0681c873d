"""What an evidence file proves of requests of every kind, and what it says when it cannot."""

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.personal import masked
from evidence import parts
from evidence.bundle import bundle
from evidence.claims import claims
from evidence.inputs import decisions
from evidence.story import in_causal_order, story_of
from evidence.verify import MANIFEST, Bad, unwrapped, verify
from runtime.envelope import Record
from runtime.kernel.arrivals import Consumed
from tests.evidence import journeys
from tests.evidence.conftest import Case
from tests.evidence.telling import told_by_the_console
from tests.flow.customer import confirm, submit
from tests.flow.packs import EXTENDS, beside_ours, write
from tests.flow.system import System

NEVER_CONFIRMED = {
    journeys.rejected,
    journeys.asked_and_answered,
    journeys.approved_by_a_person,
    journeys.returned,
}


def proved(files: dict[str, bytes]) -> dict[str, bool]:
    return {claim["claim"]: claim["proved"] for claim in claims(files)}


def part(case: Case, name: str) -> Any:
    return json.loads(case.files[name])


def changed(case: Case, name: str, old: str, new: str, times: int = 1) -> dict[str, bytes]:
    text = case.files[name].decode()
    assert old in text
    return {**case.files, name: text.replace(old, new, times).encode()}


@pytest.mark.parametrize("journey", journeys.ALL, ids=lambda journey: journey.__name__)
def test_every_decision_of_every_journey_rests_on_inputs_that_can_be_shown(journey: Callable[[System], str]) -> None:
    system = System()
    request = journey(system)
    data = bundle(told_by_the_console(system, request), system.ledger(request))
    system.close()
    verify(data)
    found = proved(unwrapped(data))
    missing = {name for name, is_proved in found.items() if not is_proved}
    nothing_decided = {"decisions"} if journey is journeys.returned else set()
    assert missing == ({"consent", "charges"} if journey in NEVER_CONFIRMED else set()) | nothing_decided


def test_the_parts_tell_of_the_quote_the_yes_the_money_and_the_letters(case: Case) -> None:
    assert part(case, "request.json")["application"]["kind"] == "line"
    (shown,) = part(case, "disclosures.json")
    (yes,) = part(case, "consent.json")
    assert shown["quote_sha256"] == yes["quote_sha256"] == yes["issued_sha256"] == yes["settled_sha256"]
    assert yes["disclosure"]["channel"] == "web" and yes["disclosure"]["language"] == "zh"
    assert shown["letters"][0]["reference"] and len(shown["letters"][0]["text_sha256"]) == 64
    sums = {each["kind"]: each["minor"] for each in part(case, "money.json")["sums"]}
    assert sums["paid"] - sums["dispute-refunded"] == 100
    assert all(letter["delivered"] and letter["about"] for letter in part(case, "notices.json"))


def test_the_clocks_say_what_was_due_and_whether_it_was_kept(case: Case) -> None:
    clocks = {clock["name"]: clock for clock in part(case, "clocks.json")}
    assert {"quote-validity", "notice-period", "termination-promise", "dispute-answer"} <= clocks.keys()
    assert clocks["dispute-answer"]["breached"]  # decided after 31 days, promised in 15


def test_every_event_is_there_with_its_place_after_its_cause(case: Case) -> None:
    events = [json.loads(line) for line in case.files["events.jsonl"].decode().splitlines()]
    assert {event["id"] for event in events} == {event["id"] for event in case.told["events"]}
    assert all(event["place"] == f"{event['topic']}[{event['partition']}]@{event['offset']}" for event in events)
    assert not [event for event in events if event["masked"] or not event["readable"]]


def test_events_are_put_after_their_causes_even_if_clocks_differ() -> None:
    facts = {"source": "s", "sequence": 1, "topic": "t", "partition": 0}
    effect = facts | {"id": "b", "cause": "a", "at": "2026-01-01T00:00:00+00:00", "offset": 0}
    cause = facts | {"id": "a", "cause": "elsewhere", "at": "2026-01-01T00:00:09+00:00", "offset": 1}
    assert in_causal_order([effect, cause]) == [cause, effect]
    circle = [cause | {"cause": "b"}, effect, facts | {"id": "c", "cause": "c", "at": "", "offset": 2}]
    assert {event["id"] for event in in_causal_order(circle)} == {"a", "b", "c"}


def test_the_rules_are_enclosed_as_they_are_or_said_to_be_missing(case: Case) -> None:
    assert {"pack/cn-carrier/clauses.yaml", "pack/cn-carrier/fees.yaml"} <= case.files.keys()
    other = json.loads(json.dumps(case.told).replace("cn-carrier@2026.1", "cn-carrier@2019.9"))
    files = unwrapped(bundle(other))
    assert not [name for name in files if name.startswith("pack/")] and json.loads(files["clocks.json"]) is None
    assert "本文件未附该版本规则" in files["report.zh.html"].decode()


def test_without_the_carriers_books_that_is_said(case: Case) -> None:
    assert proved(unwrapped(bundle(case.told)))["carrier"] is False


def test_books_that_differ_are_said_to(case: Case) -> None:
    charged_twice = [*case.ledger, *(row for row in case.ledger if row["kind"] == "charge")]
    assert proved(unwrapped(bundle(case.told, charged_twice)))["carrier"] is False


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("events.jsonl", '"minor":15208', '"minor":10000'),
        ("consent.json", '"quote_sha256": "', '"quote_sha256": "0'),
        ("consent.json", '"settled_sha256": "', '"settled_sha256": "0'),
        ("consent.json", '"event": "', '"event": "x'),
        ("decisions.json", '"inputs_sha256": "', '"inputs_sha256": "0'),
        ("decisions.json", '"minor": 36500', '"minor": 36501'),
    ],
)
def test_parts_that_contradict_each_other_are_found_even_under_a_new_chain(
    case: Case, name: str, old: str, new: str
) -> None:
    with pytest.raises(Bad) as caught:
        claims(changed(case, name, old, new))
    assert caught.value.code == "contradiction" and name in caught.value.item


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"null\n", b"[1]\n", b"\xff\n", b'{"type": 1}\n', b"[" * 100_000, b"1" * 5000]
)
def test_files_that_hold_something_else_are_named_not_stumbled_over(case: Case, content: bytes) -> None:
    for name in ("events.jsonl", "consent.json", "decisions.json", "carrier.json"):
        with pytest.raises(Bad):
            claims({**case.files, name: content})


def test_an_event_that_was_left_out_leaves_a_gap(case: Case) -> None:
    left = [event for event in case.told["events"] if event["type"] != "dispute.opened.v1"]
    assert proved(unwrapped(bundle(case.told | {"events": left})))["complete"] is False


def test_the_same_request_makes_the_same_file_in_whatever_order_it_is_told(case: Case) -> None:
    backwards = case.told | {"events": case.told["events"][::-1]}
    assert bundle(backwards, case.ledger) == case.data


def test_the_files_bear_the_time_of_the_last_event(case: Case) -> None:
    last = max(datetime.fromisoformat(event["at"]) for event in case.told["events"])
    assert datetime.fromisoformat(json.loads(case.files[MANIFEST])["until"]) == last


def test_noise_on_a_topic_is_kept_but_nothing_is_drawn_from_it(case: Case) -> None:
    system = System()
    request = journeys.free_of_charge(system)
    told = told_by_the_console(system, request, [noise(request, b'{"hello": [1, 2]}'), noise(request, b"\xff<b>")])
    system.close()
    files = unwrapped(bundle(told))
    assert sum(not json.loads(line)["readable"] for line in files["events.jsonl"].decode().splitlines()) == 2
    assert proved(files)["consent"] and b"<b>" not in files["report.en.html"]


def test_the_rules_enclosed_are_those_of_the_edition_the_request_keeps(tmp_path: Path) -> None:
    """Also after the next edition came into force, and beside one that is broken."""
    write(tmp_path, "mine", pack=f'{EXTENDS}pack: mine\nversion: "1"\n')
    write(tmp_path, "mine-2", pack='extends: mine\npack: mine\nversion: "2"\neffective_from: 2026-03-11\n')
    system = System("mine", where=beside_ours(tmp_path))
    request = submit(system, "sub-linecontract01")
    system.advance(timedelta(days=2))
    confirm(system, request)
    told = told_by_the_console(system, request)
    system.close()
    write(tmp_path, "mine-2", pack="extends: mine\npack: mine\ntempo: fast\n")
    files = unwrapped(bundle(told, None, beside_ours(tmp_path)))
    assert {name.split("/")[1] for name in files if name.startswith("pack/")} == {"mine", "cn-carrier"}
    assert json.loads(files["request.json"])["pack"]["id"].startswith("mine@1+")
    assert all(proved(files)[name] for name in ("decisions", "consent", "charges"))


def noise(request: str, value: bytes) -> Consumed:
    headers = {"ce_id": value.hex(), "ce_type": "quote.issued.v1", "ce_subject": request, "ce_source": "<script>"}
    encoded = [(name, text.encode()) for name, text in headers.items()]
    record = Record("cancellation.billing", request.encode(), value, encoded)
    return Consumed(record, 1, len(value), 1_773_133_300_000, "g")


def test_a_masked_event_says_so_and_what_rests_on_it_is_not_proved() -> None:
    system = System()
    request = journeys.shown_a_paper(system)
    told = json.loads(json.dumps(told_by_the_console(system, request)).replace("doc-4711", "doc-****"))
    system.close()
    story = story_of(told)
    assert sum(event["masked"] for event in story.events) >= 1
    assert not [each for each in decisions(story, "UTC") if each["inputs"] is not None and "doc-****" in str(each)]


def test_a_policys_id_is_nobodys_address() -> None:
    assert masked("cn-carrier@2026.1+9490c16a616d") == "cn-carrier@2026.1+9490c16a616d"
    assert masked("someone.else@mail.example.cn") == "s***@mail.example.cn"


def test_a_hundred_events_are_verified_within_a_second(case: Case) -> None:
    told = case.told | {"events": [*case.told["events"], *copies(case, 100 - len(case.told["events"]))]}
    data, began = bundle(told, case.ledger), time.process_time()
    manifest = verify(data)
    claims(unwrapped(data))
    assert time.process_time() - began < 1
    assert json.loads(unwrapped(data)["request.json"])["events"] == 100 and manifest["entries"]


def copies(case: Case, count: int) -> list[dict[str, Any]]:
    letters = [event for event in case.told["events"] if event["type"] == "notice.sent.v1"]
    return [
        letters[number % len(letters)] | {"id": f"copy-{number}", "offset": 1000 + number} for number in range(count)
    ]


def test_a_charge_that_a_withdrawal_overtook_is_counted_by_its_refund() -> None:
    refund = {
        "id": "1",
        "type": "fee.refunded.v1",
        "at": "2026-01-01T00:00:00+00:00",
        "place": "p",
        "topic": "cancellation.billing",
        "readable": True,
        "body": {"amount": {"minor": 5, "currency": "CNY"}, "cause": "withdrawal", "reference": "r"},
    }
    story = story_of({"request_id": "x", "request": None, "events": []})._replace(events=(refund,))
    assert parts.carrier(story, [])["said"] == {"charge": 5, "refund": 5, "waive": 0}
