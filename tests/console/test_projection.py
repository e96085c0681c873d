"""What the console makes of the events it reads."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from contracts.asyncapi import EXAMPLES
from contracts.messages import TYPES, Command
from policies.pack import load
from runtime.envelope import Record
from runtime.kernel.arrivals import Consumed
from runtime.kernel.store import Store
from services.console.app import projection
from services.console.kept import queries
from services.console.kept.stages import ENDS, REACHES, ROAD, STAGES, stage_of
from services.console.kept.tables import EVENTS
from services.console.wording import words
from tests.console.conftest import ACCEPTED, AUDIENCE, NOW, REQUEST, Tape

CNY = {"currency": "CNY"}
ROUND: list[tuple[str, str, dict[str, Any]]] = [
    ("intake", "request.accepted.v1", ACCEPTED),
    ("review", "request.approved.v1", ACCEPTED),
    ("billing", "quote.issued.v1", {}),
    ("intake", "confirmation.given.v1", {}),
    ("billing", "fee.settled.v1", {"paid": {"minor": 1250, **CNY}, "held": {"minor": 0, **CNY}}),
    ("termination", "termination.scheduled.v1", {}),
    ("termination", "service.terminated.v1", {}),
    ("notify", "request.closed.v1", {}),
]


def known(store: Store) -> dict[str, Any]:
    found = queries.request(store, REQUEST)
    assert found is not None
    return found


def test_a_request_is_followed_from_acceptance_to_its_end(store: Store, tape: Tape) -> None:
    stages = []
    for service, kind, body in ROUND:
        tape.play(tape.event(service, kind, body))
        stages.append(known(store)["stage"])
    assert stages == ["in-review", "approved", "quoted", "confirmed", "settled", "scheduled", "terminated", "closed"]
    row = known(store)
    assert (row["end"], row["kind"], row["channel"], row["masked_number"]) == ("closed", "line", "app", "138****1234")
    assert [event["type"] for event in queries.timeline(store, REQUEST)] == [kind for _, kind, _ in ROUND]


def test_whatever_the_order_of_the_topics_the_stage_is_the_farthest(store: Store, tape: Tape) -> None:
    events = [tape.event(*each) for each in ROUND]
    for event in reversed(events):
        tape.play(event)
    assert (known(store)["stage"], known(store)["end"]) == ("closed", "closed")
    assert known(store)["kind"] == "line"


@pytest.mark.parametrize(
    ("event", "current", "stage"),
    [
        ("request.accepted.v1", "", "in-review"),
        ("quote.issued.v1", "confirmed", "confirmed"),
        ("fee.settled.v1", "payment-failed", "settled"),
        ("termination.late.v1", "switching-off", "late"),
        ("item.terminated.v1", "late", "late"),
        ("termination.reprocessed.v1", "closed", "closed"),
        ("request.closed.v1", "withdrawn", "withdrawn"),
        ("submission.joined.v1", "", "joined"),
        ("notice.sent.v1", "", ""),
        ("something.new.v9", "quoted", "quoted"),
    ],
)
def test_a_stage_goes_forward_only_and_an_end_absorbs(event: str, current: str, stage: str) -> None:
    assert stage_of(event, current) == stage


def test_every_event_and_stage_has_a_word_in_both_languages() -> None:
    events = {name.rsplit(".", 1)[0] for name, model in TYPES.items() if not issubclass(model, Command)}
    assert events == words.EVENTS.keys()
    assert set(STAGES) == words.STAGES.keys()
    assert REACHES.keys() <= TYPES.keys()
    assert set(REACHES.values()) == {*ROAD, *ENDS}


def test_the_same_batch_again_changes_nothing(store: Store, tape: Tape) -> None:
    batch = [tape.event(*each) for each in ROUND] + [tape.letter()]
    tape.play(*batch, *batch)
    before = (known(store), queries.timeline(store, REQUEST), queries.money(store), queries.dead_letters(store))
    tape.play(*batch)
    assert (known(store), queries.timeline(store, REQUEST), queries.money(store), queries.dead_letters(store)) == before
    assert queries.money(store) == [{"kind": "paid", "currency": "CNY", "minor": 1250, "moves": 1}]


def half_a_cent(record: Record) -> Record:
    return record._replace(value=(record.value or b"").replace(b"1250", b"1250.5"))


def of_a_type_nobody_knows(record: Record) -> Record:
    return record._replace(headers=tuple((dict(record.headers) | {"ce_type": b"fee.eaten.v1"}).items()))


@pytest.mark.parametrize(
    ("breaking", "label"), [(half_a_cent, "unreadable fee.settled.v1"), (of_a_type_nobody_knows, "fee.eaten.v1")]
)
def test_what_breaks_the_contract_is_shown_but_takes_no_event_from_its_place(
    store: Store, tape: Tape, breaking: Callable[[Record], Record], label: str
) -> None:
    """The bytes carry the id of a sound event: whichever comes first, the sound one counts, and once."""
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED))
    sound = tape.event("billing", "fee.settled.v1", {"paid": {"minor": 1250, **CNY}})
    broken = tape.at(breaking(sound.record)._replace(topic="cancellation.ops"))
    for one in (broken, sound, broken, sound):
        tape.play(one)
    shown = [event["type"] for event in queries.timeline(store, REQUEST)]
    assert sorted(shown) == sorted(["fee.settled.v1", "request.accepted.v1", label])
    assert [(each["minor"], each["moves"]) for each in queries.money(store) if each["kind"] == "paid"] == [(1250, 1)]


def test_what_came_before_its_request_was_known_counts_once_it_is(store: Store, tape: Tape) -> None:
    dispute = tape.event("billing", "dispute.opened.v1")
    tape.play(dispute)
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED))
    assert known(store)["incidents"] == ["dispute-answer"]


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (1, 2)])
def test_however_the_console_lags_what_was_answered_waits_for_nobody(
    store: Store, tape: Tape, cuts: tuple[int, ...]
) -> None:
    """A complaint before its request is known, with its answer in the same batch as the request or after it."""
    level = {"level": "operator"}
    events = [
        tape.event("intake", "complaint.escalated.v1", level),
        tape.event("intake", "request.accepted.v1", ACCEPTED),
        tape.event("intake", "complaint.answered.v1", level),
    ]
    for start, end in pairwise((0, *cuts, len(events))):
        tape.play(*events[start:end])
    assert known(store)["incidents"] == []


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (3,), (1, 2), (2, 3), (1, 2, 3)])
def test_a_copy_that_comes_after_the_answer_asks_nobody_again(store: Store, tape: Tape, cuts: tuple[int, ...]) -> None:
    """A worker that died before it knew that its record was published says it once more."""
    opened = tape.event("billing", "dispute.opened.v1")
    events = [
        tape.event("intake", "request.accepted.v1", ACCEPTED),
        opened,
        tape.event("billing", "dispute.resolved.v1"),
        tape.at(opened.record),
    ]
    for start, end in pairwise((0, *cuts, len(events))):
        tape.play(*events[start:end])
    assert known(store)["incidents"] == []


def incident(name: str) -> dict[str, str]:
    return {"incident": name, "operation": "charge", "code": "refused", "detail": "no"}


@pytest.mark.parametrize(
    ("story", "open_incidents"),
    [
        ([("billing", "attention.required.v1", incident("a"))], ["a"]),
        ([("billing", "attention.required.v1", incident("a"))] * 2, ["a"]),
        (
            [("billing", "attention.required.v1", incident("a")), ("notify", "attention.required.v1", incident("b"))],
            ["a", "b"],
        ),
        (
            [
                ("billing", "attention.required.v1", incident("a")),
                ("billing", "attention.resolved.v1", {"incident": "a"}),
            ],
            [],
        ),
        ([("review", "review.referred.v1", {})], ["review-decision"]),
        ([("review", "review.referred.v1", {}), ("review", "request.approved.v1", {})], []),
        (
            [("billing", "dispute.opened.v1", {}), ("billing", "attention.required.v1", incident("dispute-answer"))],
            ["dispute-answer"],
        ),
        ([("billing", "dispute.opened.v1", {}), ("billing", "dispute.resolved.v1", {})], []),
        ([("intake", "complaint.escalated.v1", {"level": "operator"})], ["complaint-operator"]),
        (
            [("intake", "complaint.escalated.v1", {"level": level}) for level in ("operator", "association")],
            ["complaint-association"],
        ),
        (
            [(("intake"), f"complaint.{what}.v1", {"level": "court"}) for what in ("escalated", "answered")],
            [],
        ),
        ([("intake", "attention.required.v1", {"incident": ["not", "text"]})], []),
    ],
)
def test_what_waits_for_a_person_is_opened_and_settled(
    store: Store, tape: Tape, story: list[tuple[str, str, dict[str, Any]]], open_incidents: list[str]
) -> None:
    tape.play(tape.event("intake", "request.accepted.v1", ACCEPTED), *(tape.event(*each) for each in story))
    assert known(store)["incidents"] == open_incidents
    assert known(store)["attention"] == len(open_incidents)
    assert [each["incident"] for each in queries.waiting(store)] == open_incidents


NOISE = [
    Record("cancellation.intake", None, None, []),
    Record("cancellation.intake", b"\xff\x00", b"\xff\xfe\x00", [("ce_type", b"\xff\x00")]),
    Record("cancellation.billing", b"k", b"x" * 300_000, [("ce_id", b"1"), ("ce_type", b"a"), ("ce_subject", b"k")]),
    Record(
        "cancellation.notify.dead-letter", b"\x00", b"\x00", [("x-original-offset", b"minus"), ("x-failed-at", b"soon")]
    ),
    Record("cancellation.notify.dead-letter", None, None, [("x-original-partition", b"9" * 40)]),
]


@pytest.mark.parametrize("record", NOISE)
def test_a_record_nobody_can_read_is_a_row_among_the_dead_letters(store: Store, tape: Tape, record: Record) -> None:
    tape.play(tape.at(record), tape.event("intake", "request.accepted.v1", ACCEPTED))
    assert len(queries.dead_letters(store)) == 1
    assert known(store)["stage"] == "in-review"


BODIES: list[tuple[str, dict[str, Any]]] = [
    ("fee.settled.v1", {"paid": {"minor": 2**60, **CNY}, "held": {"minor": "1", **CNY}}),
    ("fee.settled.v1", {"paid": None, "held": [1]}),
    ("fee.settled.v1", {"paid": {"minor": True, **CNY}, "held": {"minor": 5}}),
    ("request.accepted.v1", {"audience": "nobody", "application": 7}),
    ("request.accepted.v1", {"audience": {**AUDIENCE, "masked_number": {"a": 1}}}),
]


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_a_body_that_breaks_the_contract_is_shown_and_not_believed(
    store: Store, tape: Tape, kind: str, body: dict[str, Any]
) -> None:
    tape.play(tape.event("billing", kind, body, ce_sequence="9" * 30, ce_time="0001-01-01T00:00:00"))
    assert queries.money(store) == []
    assert len(queries.timeline(store, REQUEST)) == 1


def test_an_event_without_json_keeps_its_text(store: Store, tape: Tape) -> None:
    broken = tape.event("intake", "request.accepted.v1")
    tape.play(broken._replace(record=broken.record._replace(value=b"{not json \x00")))
    assert queries.timeline(store, REQUEST)[0]["body"] == "{not json \ufffd"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call 13812345678 now", "call 138****5678 now"),
        ("+86 138-1234-5678", "138****5678"),
        ("11010519491231002X", "110105********002X"),
        ("zhang.san@example.com", "z***@example.com"),
        (REQUEST, REQUEST),
        ("sub-13812345678", "sub-13812345678"),
    ],
)
def test_what_could_be_a_person_is_masked_when_shown(store: Store, tape: Tape, text: str, shown: str) -> None:
    tape.play(tape.event("intake", "account.checked.v1", {"said": text}))
    assert queries.timeline(store, REQUEST)[0]["body"]["said"] == shown
    assert store.read(sa.select(EVENTS.c.body))[0].body.count(text)


def told(service: str, kind: str, own: str, offset: int, topic: str = "") -> Consumed:
    source = f"/tuiding/{service}" if service else "/channels/app"
    headers = {"ce_specversion": "1.0", "ce_type": kind, "ce_source": source, "ce_id": own, "ce_subject": REQUEST}
    packed = [(name, text.encode()) for name, text in (headers | {"content-type": "application/json"}).items()]
    return Consumed(Record(topic or f"cancellation.{service}", REQUEST.encode(), b"{}", packed), 0, offset, 0, "g")


WITHDRAW = orjson.dumps({"request_id": REQUEST, "channel": "app"})


@pytest.mark.parametrize("channel_first", [True, False])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_channels_command_hides_no_event_by_carrying_its_id(store: Store, channel_first: bool, at_once: bool) -> None:
    own = "33333333-3333-4333-8333-333333333333"
    example = orjson.loads((EXAMPLES / "problem.reported.v1.json").read_bytes()) | {"request_id": REQUEST}
    event = told("intake", "problem.reported.v1", own, 1)
    event = event._replace(record=event.record._replace(value=orjson.dumps(example)))
    command = told("", "cancellation.withdraw.v1", own, 7, "cancellation.commands.app")
    command = command._replace(record=command.record._replace(value=WITHDRAW))
    both = [command, event] if channel_first else [event, command]
    console = projection(store, load("cn-carrier"), "1")
    for _ in range(2):  # what is read again changes nothing
        for some in [both] if at_once else [[each] for each in both]:
            console.step(some, [], NOW)
    rows = store.read(sa.select(EVENTS.c.type, EVENTS.c.id))
    assert sorted(row.type for row in rows) == ["cancellation.withdraw.v1", "problem.reported.v1"]
    assert {row.id for row in rows} == {own, (both[1]).place}


def test_a_command_that_carries_the_place_of_a_record_does_not_hide_what_lies_there(store: Store) -> None:
    broken = told("", "cancellation.withdraw.v1", "a", 8, "cancellation.commands.app")
    command = told("", "cancellation.withdraw.v1", broken.place, 7, "cancellation.commands.app")
    command = command._replace(record=command.record._replace(value=WITHDRAW))
    console = projection(store, load("cn-carrier"), "1")
    console.step([command], [], NOW)
    console.step([broken], [], NOW)
    assert {row.id for row in store.read(sa.select(EVENTS.c.id))} == {command.place, broken.place}
