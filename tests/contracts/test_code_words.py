"""Whatever code a message, a refusal or a service can show has words in both languages, and they are said once."""

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from contracts import code_words
from contracts.code_words import FIELDS
from contracts.messages import TYPES
from contracts.refusals import REFUSALS
from demo.carrier.problems import CODES as OF_THE_CARRIER
from demo.phone import words as phone
from services.console.wording import words as console

ROOT = Path(__file__).parents[2]
ATTENTION = re.compile(r"AttentionRequired\((?:[^()]|\([^()]*\))*?code=\"([a-z-]+)\"|_unpriced\(\w+, \"([a-z-]+)\"")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def coded(kind: Any, field: str, seen: set[Any]) -> Iterator[tuple[str, str]]:
    """Every (field, value) of a closed set of words, through lists, options and models."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        yield from ((field, str(each.value)) for each in kind)
    elif get_origin(kind) is Literal:
        yield from ((field, str(each)) for each in get_args(kind))
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind not in seen:
            seen.add(kind)
            for name, each in kind.model_fields.items():
                yield from coded(each.annotation, name, seen)
    else:
        for each in get_args(kind):
            yield from coded(each, field, seen)


EVERY_CODE = sorted({found for model in TYPES.values() for found in coded(model, "", set())})


def test_the_walk_finds_the_codes_of_the_contract() -> None:
    assert {("kind", "port-out"), ("outcome", "lowered"), ("cause", "delay"), ("level", "court")} <= set(EVERY_CODE)


@pytest.mark.parametrize(("field", "code"), EVERY_CODE)
def test_every_code_that_a_field_may_hold_has_words_in_both_languages(field: str, code: str) -> None:
    zh, en = FIELDS[field][code]
    assert CHINESE.search(zh) and en and not CHINESE.search(en)


def of_the_services() -> set[str]:
    texts = [each.read_text() for each in (ROOT / "services").rglob("*.py")]
    return {name for text in texts for found in ATTENTION.findall(text) for name in found if name}


SHOWN = [
    *sorted(REFUSALS),
    *sorted(OF_THE_CARRIER),
    *sorted(of_the_services()),
    *("unbelievable-answer", "no-route", "out-of-turn", "fee-too-high", "disputed-at-the-carrier"),
    *sorted({*phone.GROUNDS, *phone.COMPLAINTS}),
]


@pytest.mark.parametrize("code", sorted(set(SHOWN)))
def test_every_code_that_the_console_can_show_has_words_in_both_languages(code: str) -> None:
    zh, en = console.CODES[code]
    assert CHINESE.search(zh) and en and not CHINESE.search(en)


def test_every_code_of_a_dead_letter_has_words() -> None:
    rows = (ROOT / "docs" / "runbooks" / "dead-letters.md").read_text().splitlines()
    listed = {
        code for row in rows if row.startswith("| `") for code in re.findall(r"`([a-z0-9.-]+)`", row.split("|")[1])
    }
    assert listed >= {"breaks-contract", "decision-failed"} and listed <= console.LETTER_CODES.keys()


def test_phone_and_console_say_what_they_both_say_in_the_words_of_the_contract() -> None:
    assert phone.REASONS is code_words.REASONS and phone.GROUNDS is code_words.GROUNDS
    assert phone.LEVELS is code_words.LEVELS and phone.RULINGS is code_words.RULINGS
    for mine, shared in (
        (console.CHANNELS, code_words.CHANNELS),
        (console.REASONS, code_words.REASONS),
        (console.ROUTES, code_words.ROUTES),
        (console.KINDS, code_words.KINDS),
        (console.CODES, code_words.FIELDS["ground"]),
    ):
        assert shared.items() <= mine.items()
