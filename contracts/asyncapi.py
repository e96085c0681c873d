"""The contract as an AsyncAPI 3.0 document, for channel developers in any language: `python -m contracts.asyncapi`.

Written from `flow.TOPICS`, the message models and their examples and nothing else, so it cannot say anything untrue.
"""

import json
import sys
from inspect import getdoc
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from contracts.audit import AUDIT, Audited
from contracts.flow import (
    AUDIT_TOPIC,
    COMMAND_TOPICS,
    HEALTH_TOPIC,
    JOURNALS,
    PARTITIONS,
    SERVICES,
    TOPICS,
    Topic,
    command_topic,
    dead_letter_topic,
    writers,
)
from contracts.for_generators import readable
from contracts.health import HEALTH, Heartbeat
from contracts.journal import JOURNAL, Transaction
from contracts.messages import TYPES, Message
from contracts.rights import spoken_on
from contracts.words import Channel, RequestId

EXAMPLES = Path(__file__).parent / "examples"
COMMITTED = Path(__file__).with_suffix(".json")
VERSION = "0.1.0"
DEAD_LETTER = "dead-letter"
BINDING = "0.5.0"
REQUIRED = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject")
HEADERS = {
    "ce_specversion": "",
    "ce_id": "unique within its source; decided once, however often it is published; other content is set aside",
    "ce_source": "who says it: /tuiding/<service>, or the channel's own URI",
    "ce_type": "",
    "ce_subject": "the request id, as in the key and in the body",
    "ce_time": "when it was said, RFC 3339",
    "ce_partitionkey": "the request id",
    "ce_correlationid": "id of the command that began it all",
    "ce_causationid": "id of the message this one follows from",
    "ce_channel": "app, web, hotline or counter, where known",
    "ce_policyversion": "the policy pack it was decided under",
    "ce_sequence": "number of this event among those its service said about this request",
    "content-type": "application/json",
    "traceparent": "W3C trace context: the trace is the root command, the span the event",
}
WHY = tuple(
    f"x-{what}"
    for what in (
        *(f"original-{name}" for name in ("topic", "partition", "offset", "timestamp", "group")),
        *(f"error-{name}" for name in ("code", "class", "message")),
        "failed-at",
    )
)
OF_THE_JOURNAL = tuple(f"x-journal-{what}" for what in ("form", "id", "position"))
ABOUT = f"""\
Carries a mobile customer's cancellation from the channel to the last notice. A channel publishes commands to
its own topic, as {command_topic(Channel.WEB)}, and may read every other topic. Records are CloudEvents 1.0 in
Kafka's binary mode: attributes in ce_* headers, the message as JSON in the value, the request id as key; structured
mode is understood too.
Messages are closed: an unknown field, a float amount or a key that is not the request id makes a dead letter.
The number in a type (v1) is its version: fields are added with a default, anything else is a new version."""


def asyncapi() -> dict[str, Any]:
    """The same bytes every time: the tables' order, no dates."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "tuiding", "version": VERSION, "description": ABOUT, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "servers": {"development": {"host": "localhost:9092", "protocol": "kafka"}},
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def asyncapi_text() -> str:
    return json.dumps(asyncapi(), indent=2, ensure_ascii=False) + "\n"


def carried_on(topic: Topic) -> tuple[str, ...]:
    """The types a topic carries; what more than one service may say is on the topic of each of them."""
    if topic.name.endswith(DEAD_LETTER):
        return (DEAD_LETTER,)
    if topic.name in JOURNALS:
        return (JOURNAL,)
    if topic.name == HEALTH_TOPIC:
        return (HEALTH,)
    if topic.name == AUDIT_TOPIC:
        return (AUDIT,)
    return tuple(name for name, model in TYPES.items() if topic.name in spoken_on(model))


def _channel(topic: Topic) -> dict[str, Any]:
    readers = ", ".join(topic.read_by) or "no service"
    keys = {HEALTH_TOPIC: "<service>/<worker>", AUDIT_TOPIC: "the request id, or who asked"}
    key = keys.get(topic.name, "the request id")
    return {
        "address": topic.name,
        "description": f"Written by {topic.written_by}, read by {readers}. Key: {key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in carried_on(topic)},
        "bindings": {"kafka": _kafka(topic)},
    }


def _kafka(topic: Topic) -> dict[str, Any]:
    lists = {"cleanup.policy": topic.config["cleanup.policy"].split(",")}
    numbers = {name: int(value) for name, value in topic.config.items() if value.lstrip("-").isdigit()}
    return {"partitions": PARTITIONS, "topicConfiguration": topic.config | lists | numbers, "bindingVersion": BINDING}


def _operations() -> dict[str, Any]:
    commands = {
        f"{topic.written_by}.send.{_short(topic)}": _operation("send", topic.name, f"What {topic.written_by} may ask.")
        for topic in TOPICS
        if topic.name in COMMAND_TOPICS
    }
    return commands | {name: each for service in SERVICES for name, each in _of_service(service.name).items()}


def _of_service(name: str) -> dict[str, Any]:
    sent = [topic for topic in TOPICS if name in writers(topic)]
    read = [topic for topic in TOPICS if name in topic.read_by]
    does = next(service.does for service in SERVICES if service.name == name)
    sends = {f"{name}.send.{_short(topic)}": _operation("send", topic.name, f"{name} {does}") for topic in sent}
    return sends | {
        f"{name}.receive.{_short(t)}": _operation("receive", t.name, f"{name} reads {t.name}") for t in read
    }


def _short(topic: Topic) -> str:
    return topic.name.partition(".")[2]


def _operation(action: str, channel: str, summary: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _messages() -> dict[str, Any]:
    ours = {DEAD_LETTER: _dead_letter(), JOURNAL: _journal(), HEALTH: _health(), AUDIT: _audit()}
    return {name: _message(model) for name, model in TYPES.items()} | ours


def _message(model: type[Message]) -> dict[str, Any]:
    return {
        "name": model.type,
        "title": model.__name__,
        "summary": getdoc(model) if model.__doc__ else model.__name__,
        "contentType": "application/json",
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "headers": _envelope(model.type),
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "bindings": {"kafka": {"key": TypeAdapter(RequestId).json_schema(), "bindingVersion": BINDING}},
        "examples": [_example(model.type)],
    }


def _example(name: str) -> dict[str, Any]:
    return {"name": name, "payload": json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))}


def example_of(kind: type[Message]) -> dict[str, Any]:
    """Its body as one posts it: without the request's id, which the address says, and what is default."""
    message = kind.model_validate(_example(kind.type)["payload"])
    return message.model_dump(mode="json", exclude={"request_id"}, exclude_defaults=True)


def _dead_letter() -> dict[str, Any]:
    """A record nobody could decide on, untouched: key, value and headers as they came."""
    summary = f"The untouched record, with why it is here in its headers; as in {dead_letter_topic('billing')}."
    headers = {"type": "object", "properties": {name: {"type": "string"} for name in WHY}, "required": list(WHY)}
    return {"name": DEAD_LETTER, "title": "DeadLetter", "summary": summary, "headers": headers}


def _journal() -> dict[str, Any]:
    """Nobody decides on it: from it and the topics, every case can be made again."""
    headers = {"type": "object", "properties": {name: {"type": "string"} for name in OF_THE_JOURNAL}}
    return {
        "name": JOURNAL,
        "title": "Transaction",
        "summary": getdoc(Transaction),
        "contentType": "application/json",
        "headers": headers | {"required": list(OF_THE_JOURNAL)},
        "payload": {"$ref": "#/components/schemas/Transaction"},
        "examples": [_example(JOURNAL)],
    }


def _health() -> dict[str, Any]:
    return {
        "name": HEALTH,
        "title": "Heartbeat",
        "summary": getdoc(Heartbeat),
        "contentType": "application/json",
        "payload": {"$ref": "#/components/schemas/Heartbeat"},
        "examples": [_example(HEALTH)],
    }


def _audit() -> dict[str, Any]:
    return {
        "name": AUDIT,
        "title": "Audited",
        "summary": getdoc(Audited),
        "contentType": "application/json",
        "payload": {"$ref": "#/components/schemas/Audited"},
        "examples": [_example(AUDIT)],
    }


def _envelope(name: str) -> dict[str, Any]:
    """The CloudEvents attributes as Kafka headers; a channel needs to write the required ones only."""
    described = {header: {"type": "string", "description": what} for header, what in HEADERS.items()}
    fixed = {"ce_specversion": {"type": "string", "const": "1.0"}, "ce_type": {"type": "string", "const": name}}
    return {"type": "object", "required": list(REQUIRED), "properties": described | fixed}


def _schemas() -> dict[str, Any]:
    models: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in TYPES.values()]
    models += [(Transaction, "validation"), (Heartbeat, "validation"), (Audited, "validation")]
    _, document = models_json_schema(models, ref_template="#/components/schemas/{model}")
    readable(document["$defs"])
    return dict(sorted(document["$defs"].items()))


if __name__ == "__main__":
    sys.stdout.write(asyncapi_text())
