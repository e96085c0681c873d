"""What an earlier build left in its stores and on its topics goes on under this one, and nothing is done twice."""

import base64
import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from jsonschema import Draft202012Validator  # type: ignore[import-untyped,unused-ignore]

from contracts import asyncapi
from contracts.flow import DECIDING
from contracts.messages import TYPES
from runtime.envelope import Record, decode, event_type
from runtime.kernel.backup import put_back
from runtime.kernel.tables import METADATA
from runtime.replay.live import looked_at
from runtime.worker.consuming import read_topics
from tests.flow.customer import MONEY, confirm, done, submit
from tests.flow.system import System
from tests.golden.record import defaults, journeys

GOLDEN = Path(__file__).parents[1] / "golden"
BUILDS = sorted(folder.name for folder in GOLDEN.iterdir() if (folder / "records.json").exists())
OURS = [service.name for service in DECIDING]
SET_ASIDE_BY = {  # what only a later build can say: a worker of that one makes a dead letter of it, to be sent again
    "f29a19b": {
        "attention.required.v1+amount.json",
        "cancellation.submit.v1+free-exit.json",
        "dispute.decided.v1+second.json",
        "dispute.resolved.v1+elsewhere.json",
        "elsewhere.noted.v1.json",
        "fee.refunded.v1+elsewhere.json",
        "fee.settled.v1+elsewhere.json",
        "fee.waived.v1+elsewhere.json",
        "final-bill.issued.v1+elsewhere.json",
        "final-bill.issued.v1+reminders.json",
        "port-code.issued.v1+elsewhere.json",
        "request.accepted.v1+change.json",
        "request.accepted.v1+free-exit.json",
        "request.approved.v1+change.json",
        "request.approved.v1+free-exit.json",
        "settlement.recalled.v1.json",
        "subscription.erased.v1.json",
        "word.recalled.v1.json",
    },
    "5769526": {
        "attention.required.v1+amount.json",
        "cancellation.submit.v1+free-exit.json",
        "dispute.resolved.v1+elsewhere.json",
        "elsewhere.noted.v1.json",
        "fee.refunded.v1+elsewhere.json",
        "fee.settled.v1+elsewhere.json",
        "fee.waived.v1+elsewhere.json",
        "final-bill.issued.v1+elsewhere.json",
        "final-bill.issued.v1+reminders.json",
        "port-code.issued.v1+elsewhere.json",
        "request.accepted.v1+free-exit.json",
        "request.approved.v1+free-exit.json",
        "settlement.recalled.v1.json",
    },
}


class Upgraded:
    """This build, started on what that one left; its carrier remembers nothing: whatever is asked again shows."""

    def __init__(self, build: str, folder: Path, database: str = "") -> None:
        self.told: dict[str, Any] = json.loads((GOLDEN / build / "records.json").read_text(encoding="utf-8"))
        self.requests: dict[str, str] = self.told["requests"]
        self.stores = folder / "stores"
        self.stores.mkdir()
        for name in OURS:
            with sqlite3.connect(self.stores / f"{name}.db") as store:
                store.executescript((GOLDEN / build / f"{name}.sql").read_text(encoding="utf-8"))
            if database:
                with looked_at(str(self.stores), name) as saved:
                    put_back(saved, name, database)
        start = datetime.fromisoformat(self.told["now"])
        self.system = System(database=database or str(self.stores), start=start)
        self.system.said = len(self.requests) * 10  # ids of messages go on behind those of the recording
        self.records = {
            topic: [_unpacked(topic, each) for each in rows] for topic, rows in self.told["records"].items()
        }
        for topic, records in self.records.items():
            self.system.log[topic] += records
        for name in OURS:
            for topic in read_topics(name):
                self.system.read[name, topic] = len(self.records.get(topic, ()))

    def stages(self) -> dict[str, str]:
        return {name: self.system.stage(request) for name, request in self.requests.items()}


def _unpacked(topic: str, packed: list[Any]) -> Record:
    key, value, headers = packed
    told = tuple((name, text.encode("latin-1")) for name, text in headers)
    return Record(topic, base64.b64decode(key), base64.b64decode(value), told)


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_requests_of_an_earlier_build_come_to_their_end_and_nothing_is_done_twice(
    build: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue("fresh_postgresql_url") if kind == "postgresql" else ""
    upgraded = Upgraded(build, tmp_path, database)
    system, ids = upgraded.system, upgraded.requests
    said = {topic: len(records) for topic, records in system.log.items()}
    system.settle()
    more = {topic: len(records) for topic, records in system.log.items() if len(records) != said.get(topic, 0)}
    assert more == {}, "an upgrade says nothing by itself"
    assert upgraded.stages()["quoted"] == "quoted" and upgraded.stages()["scheduled"] == "scheduled"
    confirm(system, ids["quoted"])
    confirm(system, ids["hotline"], channel="hotline")
    system.advance(timedelta(days=31))
    assert upgraded.stages() == dict.fromkeys(ids, "closed") | {"rejected": "rejected"}
    before = {row["request_id"] for rows in upgraded.told["ledger"].values() for row in rows if row["kind"] == "charge"}
    assert ids["scheduled"] in before, "a recording in which nobody paid shows nothing"
    assert [done(system, each, *MONEY) for each in before] == [[]] * len(before), "who had paid is not asked again"
    assert system.stage(submit(system, "sub-family01", "video-pack", name="after")) != ""
    assert system.dead_letters() == []
    system.close()


@pytest.mark.parametrize("build", BUILDS)
def test_every_record_of_an_earlier_build_still_reads(build: str, tmp_path: Path) -> None:
    upgraded = Upgraded(build, tmp_path)
    told = [each for topic, each in upgraded.records.items() if not topic.endswith(("journal", "dead-letter"))]
    assert sum(len(records) for records in told) > 40
    assert {decode(record).message.request_id for records in told for record in records} == {
        *upgraded.requests.values()
    }
    upgraded.system.close()


class Earlier:
    """As an earlier build reads: by what it published of its messages, which are closed to fields it does not know."""

    def __init__(self, build: str) -> None:
        told = json.loads((GOLDEN / build / "asyncapi.json").read_text(encoding="utf-8"))
        self.messages, self.components = told["components"]["messages"], {"components": told["components"]}

    def faults(self, kind: str, value: bytes) -> list[str]:
        if kind not in self.messages:
            return [f"{kind} is not known"]
        schema = self.messages[kind]["payload"] | self.components
        return [f"{kind}: {error.message}" for error in Draft202012Validator(schema).iter_errors(json.loads(value))]


@pytest.mark.parametrize("build", BUILDS)
def test_an_earlier_build_reads_what_this_one_says_while_both_run(build: str) -> None:
    system, earlier = System(), Earlier(build)
    ids = journeys(system)
    confirm(system, ids["quoted"])
    confirm(system, ids["hotline"], channel="hotline")
    system.advance(timedelta(days=31))
    said = [each for topic, records in system.log.items() if not topic.endswith("journal") for each in records]
    assert len(said) > 60
    assert [fault for each in said for fault in earlier.faults(event_type(each.headers) or "", each.value or b"")] == []
    system.close()


@pytest.mark.parametrize("build", BUILDS)
def test_what_an_earlier_build_cannot_read_is_named_one_by_one(build: str) -> None:
    """A field that was added is written only where it says something, `exclude_if`; else it would be in this list."""
    earlier, unread = Earlier(build), set()
    for file in asyncapi.EXAMPLES.iterdir():
        kind = file.name.removesuffix(".json").partition("+")[0]
        if model := TYPES.get(kind):
            said = model.model_validate_json(file.read_text(encoding="utf-8")).model_dump_json()
            unread |= {file.name} if earlier.faults(kind, said.encode()) else set()
    assert unread == SET_ASIDE_BY[build]


@pytest.mark.parametrize("build", [each for each in BUILDS if (GOLDEN / each / "defaults.json").exists()])
def test_what_a_case_does_not_say_means_what_it_meant_in_an_earlier_build(build: str) -> None:
    """A default need not be written (`runtime/kernel/batch.py`): changed, it would change what lies in every store."""
    then, now = json.loads((GOLDEN / build / "defaults.json").read_text(encoding="utf-8")), defaults()
    assert {name: now[name] for name in then if name in now} == {
        name: told for name, told in then.items() if name in now
    }


@pytest.mark.parametrize("build", BUILDS)
def test_the_stores_of_an_earlier_build_get_every_index_when_this_one_opens_them(build: str, tmp_path: Path) -> None:
    upgraded = Upgraded(build, tmp_path)
    for name in OURS:
        there = sa.inspect(upgraded.system.steppers[name].store.engine)
        missing = {t.name: {i.name for i in t.indexes} - _indexes(there, t.name) for t in METADATA.tables.values()}
        assert {table: names for table, names in missing.items() if names} == {}
    upgraded.system.close()


def _indexes(there: sa.Inspector, table: str) -> set[str | None]:
    return {each["name"] for each in there.get_indexes(table)}
