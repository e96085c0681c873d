"""However often anything is said of a request, what is remembered of it stays small."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.asyncapi import EXAMPLES
from contracts.flow import topic_name
from contracts.messages import TYPES, Command, Message, intake
from contracts.messages.commands import SupplyInformation
from contracts.messages.intake import CustomersWord
from contracts.rights import SPEAKERS, spoken_on
from contracts.words import Channel
from runtime.envelope import Envelope, encode, traceparent
from runtime.kernel.tables import CASES
from tests.flow.customer import submit
from tests.flow.system import System
from tests.flow.test_one_services_word import STAGES, forged

OFTEN, MOST_MORE = 40, 5_000
WORDS: tuple[CustomersWord, ...] = ("confirmation", "withdrawal", "reopening", "problem")


def another(message: Message, number: int) -> Message:
    """The same with every number, moment, item and incident another one."""
    changes: dict[str, Any] = {}
    for name in type(message).model_fields:
        value = getattr(message, name)
        if isinstance(value, bool) or name in ("request_id", "channel"):
            continue
        if isinstance(value, int):
            changes[name] = number
        elif isinstance(value, datetime):
            changes[name] = value + timedelta(seconds=number)
        elif name in ("items", "restored", "lines") and all(isinstance(each, str) for each in value):
            changes[name] = (f"item-{number}",)
        elif name == "answers":
            changes[name] = {f"question-{number}-{each}": "x" * 100 for each in range(20)}
        elif name == "incident":
            changes[name] = f"{value}-{number}"
    if isinstance(message, intake.WordRecalled):
        changes["word"] = WORDS[number % 4]
    return message.model_copy(update=changes)


def said_of(stage: str, request: str, model: type[Message]) -> Iterator[tuple[Message, str]]:
    message = forged(stage, model, request)
    if not issubclass(model, Command):
        yield from ((message, topic.removeprefix("cancellation.")) for topic in spoken_on(model))
        return
    for topic in ("commands.app", "commands.web"):
        yield message.model_copy(update={"channel": Channel(topic.partition(".")[2])}), topic


def say_all(system: System, messages: list[Message], topic: str) -> None:
    """In one go: many turns of all services would be the most of this test."""
    source = SPEAKERS.get(topic_name(topic)) or f"/channels/{topic.partition('.')[2]}"
    for message in messages:
        own = str(uuid4())
        envelope = Envelope(own, source, message, own, "", traceparent(own, own))
        system.log[topic_name(topic)].append(encode(topic_name(topic), envelope, system.now, {}))
    system.settle()


def sizes(system: System, request: str) -> dict[str, int]:
    found = {}
    for name, each in system.steppers.items():
        rows = each.store.read(CASES.select().where(CASES.c.request_id == request))
        found[name] = max((len(row.body) for row in rows), default=0)
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_no_case_grows_by_what_is_said_of_it_again_and_again(stage: str) -> None:
    system = System()
    request, grown = STAGES[stage](system), list[str]()
    for model in TYPES.values():
        if not (EXAMPLES / f"{model.type}.json").exists() or model.type == "subscription.erased.v1":
            continue
        for message, topic in said_of(stage, request, model):
            before = sizes(system, request)
            say_all(system, [another(message, number + 1) for number in range(OFTEN)], topic)
            after = sizes(system, request)
            grown += [f"{name} by {model.type}" for name in after if after[name] > before[name] + MOST_MORE]
    system.close()
    assert not grown


def test_answers_to_what_nobody_asked_are_not_kept_while_somebody_is_asked() -> None:
    system = System()
    request = submit(system, "sub-norealname01")
    before, channel = sizes(system, request), {"channel": Channel.APP}
    asked = forged("quoted", SupplyInformation, request).model_copy(update=channel)
    say_all(system, [another(asked, number + 1) for number in range(OFTEN)], "commands.app")
    assert system.stage(request) == "information-required" and sizes(system, request) == before
    system.say(asked.model_copy(update={"answers": {"identity-document": "scan:1", "else": "scan:2"}}), "commands.app")
    assert system.stage(request) == "quoted"
    system.close()
