"""Who may say what: every type on every topic from every source, in both modes; what nobody may say changes nothing."""

import json
from collections.abc import Iterator
from functools import cache

import pytest
import sqlalchemy as sa

from contracts.flow import DECIDING, SERVICES, group_id, topic_name
from contracts.messages import COMMANDS, TYPES
from contracts.rights import may_say, warden
from insight.history import said
from policies.pack import load
from runtime.envelope import NOT_YOURS_TO_SAY, Record, Unreadable, decode
from runtime.kernel.arrivals import Consumed, Outcome
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from runtime.kernel.tables import ALARMS, CALLS, CASES, CLAIMS
from runtime.replay.replay import wiring_of
from tests.contracts.sound import record_of, source_for
from tests.kernel.tally import NOW

SHORTS = ("commands", "commands.web", "commands.counter", *(service.writes for service in SERVICES))
READERS = [service.name for service in DECIDING]
STRANGERS = ("/channels/web", "/tuiding", "/TUIDING/billing", " /tuiding/billing", "/tuiding/billing/", "urn:x")
SOURCES = (*(f"/tuiding/{service.name}" for service in SERVICES), *STRANGERS)


@cache
def forged(kind: str, topic: str, source: str) -> Record:
    record = record_of(kind)
    headers = [(name, source.encode() if name == "ce_source" else value) for name, value in record.headers]
    return record._replace(topic=topic, headers=headers)


def structured(record: Record) -> Record:
    """The same event as one JSON object: its type stands nowhere in the headers."""
    told = {name[3:]: value.decode() for name, value in record.headers if name.startswith("ce_")}
    whole = json.dumps(told | {"data": json.loads(record.value or b"")}).encode()
    return record._replace(value=whole, headers=[("content-type", b"application/cloudevents+json")])


def everything() -> Iterator[tuple[Record, bool]]:
    """Each with whether it may be said, written out here once more as the flow says it."""
    owners = {topic_name(service.writes): f"/tuiding/{service.name}" for service in SERVICES}
    for kind, model in TYPES.items():
        module = model.__module__.rpartition(".")[2]
        for short in SHORTS:
            topic = topic_name(short)
            spoken = short.partition(".")[0]
            right_topic = module == spoken or (module == "shared" and spoken not in ("commands", "ops"))
            for source in SOURCES:
                free = ("urn:x",) if short == "commands.counter" else ("/channels/web", "urn:x")
                channel = spoken == "commands" and source in free
                yield forged(kind, topic, source), right_topic and (channel or owners.get(topic) == source)


def kernels() -> dict[str, Kernel]:
    pack = load("demo")
    return {name: Kernel(wiring_of(name), Store("memory:", name), pack) for name in READERS}


def delivered(kernel: Kernel, records: list[Record]) -> Outcome:
    """As a worker hands on what its service wants to hear."""
    arrivals = [
        Consumed(record, 0, offset, 0, group_id(kernel.wiring.service))
        for offset, record in enumerate(records)
        if kernel.wants(record)
    ]
    return kernel.step(arrivals, (), NOW)


def test_the_table_says_of_every_type_topic_and_source_what_the_flow_says() -> None:
    wrong = [
        record
        for record, may in everything()
        if may_say(record.topic, dict(record.headers)["ce_source"].decode(), dict(record.headers)["ce_type"].decode())
        != may
    ]
    assert wrong == []


def test_every_type_can_be_said_by_its_owner() -> None:
    assert {kind for kind in TYPES if not may_say(record_of(kind).topic, source_for(kind), kind)} == set()


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_what_may_not_be_said_becomes_one_dead_letter_and_changes_nothing(mode: str) -> None:
    bad = [record if mode == "binary" else structured(record) for record, may in everything() if not may]
    assert len(bad) > 4000
    for name, kernel in kernels().items():
        heard = [record for record in bad if record.topic in {topic_name(short) for short in _reads(name)}]
        outcome = delivered(kernel, heard)
        mine = [record for record in heard if warden(record.topic) == name]
        letters = [each.record for each in outcome.publish]
        assert {dict(each.headers)["x-error-code"] for each in letters} <= {NOT_YOURS_TO_SAY.encode()}
        assert outcome.dead_letters == len(letters) == len(mine), name
        assert (outcome.handled, outcome.calls, outcome.next_due) == (0, [], None)
        for table in (CASES, CALLS, ALARMS, CLAIMS):
            assert kernel.store.read(sa.select(table)) == [], f"{name} believed one: {table.name}"
        kernel.store.close()


def _reads(name: str) -> tuple[str, ...]:
    return next(service.reads for service in SERVICES if service.name == name)


def test_every_topic_that_a_service_reads_has_one_warden_among_its_readers() -> None:
    for short in SHORTS:
        assert short in _reads(warden(topic_name(short))), short


def test_it_is_not_decoded_at_all_and_the_letter_names_topic_and_source() -> None:
    record = forged("request.closed.v1", topic_name("commands"), "/channels/web")._replace(value=b"\x00 no JSON")
    with pytest.raises(Unreadable) as caught:
        decode(record)
    assert caught.value.code == NOT_YOURS_TO_SAY
    assert all(part in str(caught.value) for part in ("request.closed.v1", "/channels/web", "cancellation.commands"))


def test_a_control_character_in_a_source_is_shown_escaped() -> None:
    with pytest.raises(Unreadable) as caught:
        decode(forged("request.closed.v1", topic_name("commands"), "/x\x1b]0;evil\x07"))
    assert str(caught.value).isprintable()


def test_a_type_nobody_knows_is_a_newer_builds_only_from_the_topics_owner() -> None:
    newer = forged("quote.issued.v1", topic_name("billing"), "/tuiding/billing")
    headers = [(name, b"quote.issued.v9" if name == "ce_type" else value) for name, value in newer.headers]
    for source, code in ((b"/tuiding/billing", "unknown-type"), (b"/channels/web", NOT_YOURS_TO_SAY)):
        named = [(name, source if name == "ce_source" else value) for name, value in headers]
        with pytest.raises(Unreadable) as caught:
            decode(newer._replace(headers=named))
        assert caught.value.code == code


def test_the_report_draws_nothing_from_what_somebody_may_not_say() -> None:
    for record, may in everything():
        believed = said(record.topic, record.headers, record.value, 0) is not None
        assert believed == may
    assert COMMANDS


@pytest.mark.parametrize("kind", sorted(COMMANDS))
def test_a_command_from_any_channel_is_heard(kind: str) -> None:
    for source in ("/channels/app", "https://partner.example/desk", "x", "/tuiding-shop"):
        assert decode(forged(kind, topic_name("commands"), source)).source == source
