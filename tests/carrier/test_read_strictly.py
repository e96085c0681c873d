"""What a carrier's JSON says in two ways, or in another type than was agreed, is refused by name and never guessed."""

import json
from typing import Any

import pytest

from contracts.carrier.asks import SubscriptionAsk, SwitchAsk
from contracts.carrier.operations import OPERATIONS
from contracts.words import Value
from runtime.http.strict_json import name_twice
from runtime.worker.carrier import TWICE_THERE, UNBELIEVABLE, Refusal, believe
from tests.carrier.test_odd_carriers import ASK, HANGS, RECEIPT, Odd, asked_by_us, once, outcome, whole

OWN = {"request_id": ASK.request_id, "subscription": ASK.subscription}
SWITCHED = OWN | {"reference": "r-1", "at": "2026-03-10T09:00:00Z", "item": "video-pack", "active": False}
TERM = {"contract": "c-1", "start": "2026-01-01", "end": "2028-01-01", "lock_in": False, "clause": "t-1"}
ITEM = {"item": "video-pack", "name": {"zh": "视频包", "en": "Video"}, "kind": "add-on", "shared_with": 0}
LINE = {
    "subscription": ASK.subscription,
    "masked_number": "138****8000",
    "status": "active",
    "account": "open",
    "real_name_verified": True,
    "items": [ITEM | {"contract": TERM | {"fee_rule": "share-of-remaining", "full_fee": {"minor": 100}}}, ITEM],
}
SAID: dict[str, tuple[Value, dict[str, Any]]] = {
    "charge": (ASK, RECEIPT),
    "switch-off": (SwitchAsk(item="video-pack", **OWN), SWITCHED),
    "look-up": (SubscriptionAsk(subscription=ASK.subscription), LINE),
}
TWICE = {
    "charge": (
        ('"reference"', '"amount": {"minor": 900}, "reference"'),
        ('"reference"', '"request_id": "99999999-2222-4333-8444-555555555555", "reference"'),
        ('"minor": 100', '"minor": 900, "minor": 100'),
        ('"minor": 100', '"\\u006dinor": 900, "minor": 100'),
        ('"minor": 100', '"minor": 100, "minor": 100'),
        ('"reference": "r-1"', '"reference": "r\\u002d0", "reference": "r-1"'),
    ),
    "switch-off": (('"active"', '"active": true, "active"'), ('"item"', '"item": "ring-tone", "item"')),
    "look-up": (
        ('"status"', '"status": "closed", "status"'),
        ('"lock_in"', '"lock_in": true, "lock_in"'),
        ('"items"', '"items": [], "items"'),
        ('"en": "Video"', '"en": "Audio", "en": "Video"'),
        ('"kind"', '"kind": "plan", "kind"'),
    ),
}
AT = '"2026-03-10T09:00:00+08:00"'
ANOTHER_TYPE: dict[tuple[str, str, str], tuple[str, ...]] = {  # operation, field, what stands there when it is sound
    ("charge", "/amount/minor", "100"): ('"100"', "100.0", "1e2", "1.0E+2", "NaN", "[100]", "true"),
    ("charge", "/at", AT): (
        *("1773104400", "1773104400000", "1773104400.5", '"1773104400"', '"1773104400000"', '"1773104400.5"'),
        *('"2026-03-10"', '"2026-03-10_09:00:00Z"', '"2026-03-10T09:00:00"', '"2026-03-10T24:00:00Z"', '""', "null"),
        *('"20260310T010000Z"', '"+1773104400"', '"Tue, 10 Mar 2026 01:00:00 GMT"', '"2026-02-30T09:00:00Z"'),
    ),
    ("switch-off", "/active", "false"): (
        *('"false"', '"off"', '"no"', '"F"', '"0"', "0", "0.0", "-0", "1", '"pending"', "null", "[]", "{}"),
    ),
    ("look-up", "/real_name_verified", "true"): ('"true"', "1", '"Y"'),
    ("look-up", "/items/0/shared_with", "0"): ('"0"', "0.0", "false", "-1"),
    ("look-up", "/items/0/contract/lock_in", "false"): ('"false"', "0", "null"),
    ("look-up", "/items/0/contract/end", '"2028-01-01"'): (
        *("1830297600", '"1830297600"', '"1830297600000"', '"2028-01-01T00:00:00Z"', '"20280101"', '"2028-1-1"'),
        *('"01/01/2028"', '"2028-01-32"', '"2028-01-01 "', '""'),
    ),
}


def refused(name: str, old: str, new: str) -> str:
    """Why, where `new` stands for `old` in a sound answer."""
    ask, sound = SAID[name]
    text = json.dumps(sound, ensure_ascii=False)
    assert old in text
    with pytest.raises(Refusal) as no:
        believe(OPERATIONS[name], ask, text.replace(old, new, 1).encode())
    assert no.value.code == UNBELIEVABLE
    return no.value.detail


@pytest.mark.parametrize("name", SAID)
def test_a_sound_answer_is_believed_however_it_is_laid_out(name: str) -> None:
    ask, sound = SAID[name]
    for text in (json.dumps(sound), json.dumps(sound, indent=4, ensure_ascii=False), json.dumps(sound) + "\n \n"):
        assert believe(OPERATIONS[name], ask, text.encode()).model_dump(mode="json", exclude_unset=True)


@pytest.mark.parametrize(("name", "old", "new"), [(name, *each) for name, some in TWICE.items() for each in some])
def test_an_answer_with_a_field_that_is_there_twice_is_refused(name: str, old: str, new: str) -> None:
    assert TWICE_THERE in refused(name, old, new)


@pytest.mark.parametrize(("place", "new"), [(place, new) for place, some in ANOTHER_TYPE.items() for new in some])
def test_a_value_of_another_type_is_refused_with_its_field(place: tuple[str, str, str], new: str) -> None:
    name, field, old = place
    last = f'"{field.rpartition("/")[2]}": '
    assert f"wrong shape at {field} (" in refused(name, last + old, last + new)


@pytest.mark.parametrize("field", ["code", "detail", "title"])
async def test_a_no_that_gives_two_reasons_is_no_reason(field: str) -> None:
    no = json.dumps({"title": "No", "status": 409, "code": "line-closed", "detail": "No."})
    two = no.replace(f'"{field}"', f'"{field}": "no-such-line", "{field}"').encode()
    for content, wanted in ((no.encode(), "line-closed"), (two, UNBELIEVABLE)):
        says = whole(content, b"Content-Type: application/problem+json\r\n", b"HTTP/1.1 409 Conflict")
        async with asked_by_us(Odd(once(says), HANGS)) as carrier:
            assert await outcome(carrier.ask("charge", ASK, "k-1")) == wanted


@pytest.mark.parametrize(
    ("text", "twice"),
    [
        ('{"a": "b", "b": "a"}', False),
        ('[{"a": 1}, {"a": 1}]', False),
        ('{"a": {"a": {"a": "a"}}}', False),
        ('{"a": ":", "b": ":"}', False),
        ('{"a": ",", "": 1}', False),
        ('{"a": "\\"a\\":", "b": 1}', False),
        ('{"a": 1, "a": 1}', True),
        ('[{"a": ["a", {"b": {}, "b": {}}]}]', True),
        ('{"": 1, "": 2}', True),
        ('{"a": "\\u0022\\u0022", "a": 1}', True),
        ('{"套": 1, "\\u5957": 2}', True),
    ],
)
def test_a_name_that_is_there_twice_is_found_wherever_it_is(text: str, twice: bool) -> None:
    assert name_twice(text.encode()) is twice


def test_of_an_answer_that_is_wrong_in_thousands_of_places_none_is_written_out() -> None:
    """A megabyte of them would take two seconds of everybody's time."""
    ask, sound = SAID["look-up"]
    with pytest.raises(Refusal, match=r"wrong shape at / \(in 9000 places it is not as agreed\)"):
        believe(OPERATIONS["look-up"], ask, json.dumps(sound | {"items": [1] * 9000}).encode())
