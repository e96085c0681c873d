"""The AsyncAPI document is up to date, valid, and says what the flow says."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator  # type: ignore[import-untyped,unused-ignore]

from contracts import asyncapi
from contracts.audit import AUDIT
from contracts.flow import SERVICES, TOPICS, writers
from contracts.health import HEALTH
from contracts.journal import JOURNAL
from contracts.messages import TYPES
from tests.contracts.sound import record_of

DOCUMENT = asyncapi.asyncapi()
SCHEMA = json.loads((Path(__file__).parent / "asyncapi-3.0.0.schema.json").read_text(encoding="utf-8"))
PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_the_committed_document_is_up_to_date() -> None:
    told = "run: uv run python -m contracts.asyncapi > contracts/asyncapi.json"
    assert asyncapi.COMMITTED.read_text(encoding="utf-8") == asyncapi.asyncapi_text(), told


def test_the_document_keeps_the_official_schema() -> None:
    assert [error.message for error in Draft7Validator(SCHEMA).iter_errors(DOCUMENT)] == []


def test_the_official_schema_would_have_said_so() -> None:
    wrong = DOCUMENT | {"operations": {"x": {"action": "shout", "channel": {"$ref": "#/channels/x"}}}}
    assert not Draft7Validator(SCHEMA).is_valid(wrong)


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (each for name, each in part.items() if name == "$ref" and isinstance(each, str))
        for each in part.values():
            yield from _references(each)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each)


def test_every_reference_leads_somewhere() -> None:
    for reference in set(_references(DOCUMENT)):
        here: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            assert step in here, reference
            here = here[step]


def test_every_topic_is_a_channel_and_every_message_is_on_one() -> None:
    assert list(DOCUMENT["channels"]) == [topic.name for topic in TOPICS]
    carried = {name for channel in DOCUMENT["channels"].values() for name in channel["messages"]}
    assert carried == set(TYPES) | {asyncapi.DEAD_LETTER, JOURNAL, HEALTH, AUDIT}


def test_the_operations_are_the_flow() -> None:
    said = {
        (operation["action"], name.split(".")[0], operation["channel"]["$ref"].removeprefix("#/channels/"))
        for name, operation in DOCUMENT["operations"].items()
    }
    flow = {("send", who, topic.name) for topic in TOPICS for who in writers(topic)}
    flow |= {("receive", reader, topic.name) for topic in TOPICS for reader in topic.read_by}
    assert said == flow
    channels = {"channels", "channel-app", "channel-web", "channel-hotline", "channel-counter"}
    assert {who for _, who, _ in said} == {*channels, *(service.name for service in SERVICES)}


def _validator(part: Any) -> Draft202012Validator:
    return Draft202012Validator({**part, "components": DOCUMENT["components"]})


@pytest.mark.parametrize("name", TYPES)
def test_an_example_and_its_headers_keep_the_schemas_we_publish(name: str) -> None:
    message = DOCUMENT["components"]["messages"][name]
    headers = {header: value.decode() for header, value in record_of(name).headers}
    _validator(message["payload"]).validate(message["examples"][0]["payload"])
    _validator(message["headers"]).validate(headers)
    assert headers.keys() <= message["headers"]["properties"].keys()


@pytest.mark.parametrize("form", [JOURNAL, HEALTH, AUDIT])
def test_the_example_of_the_journal_a_heartbeat_and_an_audit_keep_the_schema_we_publish(form: str) -> None:
    message = DOCUMENT["components"]["messages"][form]
    _validator(message["payload"]).validate(message["examples"][0]["payload"])


def test_the_version_is_the_projects() -> None:
    assert tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"] == asyncapi.VERSION
