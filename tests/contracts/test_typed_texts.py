"""What a channel writes has a form in every field: no text, no name, no number and no list is without a limit."""

from collections.abc import Iterator
from typing import Any

import pytest

from contracts.messages import TYPES, Command, Message
from contracts.messages.commands import DisputeFee, SupplyInformation

FORMS = {"pattern", "enum", "const", "format"}
OUTSIDERS = [model for model in TYPES.values() if issubclass(model, Command)]
REQUEST = "00000000-0000-4000-8000-000000000000"
NOT_SAID = ("13812345678", "\x1b]0;x\x07", "\u202e", "a\nb", "x" * 301, "ask li@example.org")


def formless(schema: dict[str, Any], named: dict[str, Any], place: str) -> Iterator[str]:
    if "$ref" in schema:
        yield from formless(named[schema["$ref"].rpartition("/")[2]], named, place)
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from formless(each, named, place)
    if schema.get("type") == "string" and not FORMS & schema.keys():
        yield f"{place}: any text"
    if schema.get("type") in ("integer", "number") and not {"minimum", "maximum"} <= schema.keys():
        yield f"{place}: any number"
    if schema.get("type") == "array":
        yield from [] if "maxItems" in schema else [f"{place}: any length"]
        yield from formless(schema.get("items", {}), named, f"{place}/*")
    for name, each in schema.get("properties", {}).items():
        yield from formless(each, named, f"{place}/{name}")
    if isinstance(more := schema.get("additionalProperties"), dict):
        yield from [] if FORMS & schema.get("propertyNames", {}).keys() else [f"{place}: any names"]
        yield from formless(more, named, f"{place}/<name>")


@pytest.mark.parametrize("model", OUTSIDERS, ids=lambda model: model.type)
def test_every_text_of_a_command_has_a_form(model: type[Message]) -> None:
    schema = model.model_json_schema()
    assert list(formless(schema, schema.get("$defs", {}), model.type)) == []


@pytest.mark.parametrize("text", NOT_SAID, ids=ascii)
def test_neither_a_line_of_a_fee_nor_the_code_of_a_question_says_anything_else(text: str) -> None:
    known = {"request_id": REQUEST, "channel": "app"}
    with pytest.raises(ValueError, match="answers"):
        SupplyInformation.model_validate(known | {"answers": {text: "scan:1"}})
    if not text.isascii() or not text.isalnum() or len(text) > 200:
        with pytest.raises(ValueError, match="lines"):
            DisputeFee.model_validate(known | {"ground": "too-high", "lines": [text]})
