"""Whatever a sound word of a channel or an operator says, it is decided: no decision ever fails on a value."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.messages import TYPES, Command, Message
from contracts.messages.ops import Decided
from demo.carrier.customers import seeded
from runtime.kernel.forgetting import GoesOn
from tests.contracts.extremes import EXTREMES, leaves
from tests.contracts.sound import example_file
from tests.flow.customer import confirm, dispute, submit
from tests.flow.system import START, System, new_id

Path = tuple[str | int, ...]
Begin = Callable[[System, Sequence[str]], list[str]]
SUBMIT, ERASED = "cancellation.submit.v1", "subscription.erased.v1"
WORDS = sorted({name for name, model in TYPES.items() if issubclass(model, Command | Decided)} - {SUBMIT, ERASED})


def held_out(system: System, lines: Sequence[str]) -> list[str]:
    requests = [submit(system, line) for line in lines]
    for request in requests:
        dispute(system, request)
        confirm(system, request)
    return requests


def closed_and_disputed(system: System, lines: Sequence[str]) -> list[str]:
    requests = [submit(system, line) for line in lines]
    for request in requests:
        confirm(system, request)
    system.advance(timedelta(days=31))
    for request in requests:
        dispute(system, request)
    return requests


def example(name: str) -> dict[str, Any]:
    return dict(json.loads(example_file(name).read_text(encoding="utf-8")))


def sayings(name: str, path: Path) -> Iterator[Message]:
    """The contract's own example with the value at `path` at every edge that its type allows."""
    for extreme in EXTREMES:
        said = example(name)
        here: Any = said
        for step in path[:-1]:
            here = here[step]
        here[path[-1]] = extreme
        with suppress(ValidationError):  # set aside before anybody decides: tests/contracts/test_poison.py
            yield TYPES[name].model_validate_json(json.dumps(said), strict=True)


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("begin", [held_out, closed_and_disputed], ids=lambda begin: begin.__name__)
def test_no_decision_fails_on_a_value(system: System, begin: Begin, name: str) -> None:
    """A line and its request for each place in the word, as the first word often settles the matter."""
    places = {path: words for path in leaves(example(name)) if (words := list(sayings(name, path)))}
    lines = enrolled(system, len(places))
    requests = begin(system, lines)
    assert all("dispute.opened.v1" in system.types(request) for request in requests)
    for (path, words), line, request in zip(places.items(), lines, requests, strict=True):
        own = {"request_id": request} | ({"subscription": line} if "subscription" in example(name) else {})
        for word in words:
            system.say(word.model_copy(update=own))
        assert system.dead_letters() == [], path


def test_an_erasure_of_what_goes_on_is_refused_whatever_it_says() -> None:
    """By whoever still has something to do for it; nothing else about it fails."""
    system, words = System(), [word for path in leaves(example(ERASED)) for word in sayings(ERASED, path)]
    [line] = enrolled(system, 1)
    [request] = held_out(system, [line])
    for word in words:
        system.say(word.model_copy(update={"request_id": request, "subscription": line}))
    why = {dict(letter.headers)["x-error-class"] for letter in system.dead_letters()}
    assert why == {GoesOn.__name__.encode()}
    system.close()


def enrolled(system: System, number: int) -> list[str]:
    [known] = [each for each in seeded(START.date()) if each.line.subscription == "sub-linecontract01"]
    names = [f"sub-anyvalue{each:02}" for each in range(number)]
    lines = (known.line.model_copy(update={"subscription": name}) for name in names)
    system.books.enrol([known.model_copy(update={"line": line}) for line in lines])
    return names


def test_no_request_fails_on_a_value(system: System) -> None:
    words = [word for path in leaves(example(SUBMIT)) for word in sayings(SUBMIT, path)]
    for number, word in enumerate(words):
        system.say(word.model_copy(update={"request_id": new_id(str(number))}))
    assert len(words) > len(example(SUBMIT))
