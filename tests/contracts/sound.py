"""Samples of every message, and records made of them: what a healthy channel or service would publish."""

from datetime import UTC, datetime
from pathlib import Path

from contracts.asyncapi import EXAMPLES
from contracts.messages import TYPES, Message
from contracts.rights import SPEAKERS, spoken_on
from runtime.envelope import Envelope, Record, derived_id, encode, traceparent

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
CAUSE = derived_id("tests", "cause")
EXTENSIONS = {"channel": "web", "policyversion": "cn-carrier@2026.1", "sequence": "3"}


def example_file(name: str) -> Path:
    return EXAMPLES / f"{name}.json"


def sample(name: str) -> Message:
    return TYPES[name].model_validate_json(example_file(name).read_text(encoding="utf-8"))


def envelope_of(name: str) -> Envelope:
    own = derived_id(CAUSE, f"say/{name}/0")
    trace, policy = traceparent(CAUSE, own), EXTENSIONS["policyversion"]
    return Envelope(own, source_for(name), sample(name), CAUSE, CAUSE, trace, policy)


def source_for(name: str) -> str:
    """Of whoever may say it."""
    return SPEAKERS.get(spoken_on(TYPES[name])[0], "/channels/web")


def record_of(name: str) -> Record:
    return encode(spoken_on(TYPES[name])[0], envelope_of(name), AT, EXTENSIONS)
