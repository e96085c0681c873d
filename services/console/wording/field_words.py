"""What is wrong with what an operator typed, under the field's name on the page, and what may stand there."""

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.words import Text
from runtime.http.fault_words import in_words
from services.console.action import REFERENCE
from services.console.actions import LETTER, OWED
from services.console.noting import EVIDENCE

REFERENCE_FORM = Text(
    zh="只能用字母、数字和 _ . : / -，不含空格", en="letters, digits and _ . : / - only, and no blank between them"
)
TYPED = {"owed": OWED, "answer": LETTER, "evidence": EVIDENCE}  # by their names in the body of an order
NAMES = {name: Text(zh=field.zh, en=field.en) for name, field in TYPED.items()} | {
    "reason": Text(zh="为什么", en="Why"),
    "ground": Text(zh="依据", en="Ground"),
    "level": Text(zh="投诉级别", en="Level of the complaint"),
}
SHAPES = {
    "reason": Text(
        zh="请写成一行，不含 <、>、@，也不含超过五位的数字（如电话号码）",
        en="write one line without <, > or @ and without a number of more than five digits, such as a phone number",
    ),
} | {name: REFERENCE_FORM for name, field in TYPED.items() if field.pattern == REFERENCE}
CHOICES = {"ground": Text(zh="请选择一项", en="choose one")}


def told(faults: Iterable[Mapping[str, Any]]) -> Text:
    """Of the faults that pydantic lists: never its own words, nor how a field is written for machines."""
    each = [_told(fault) for fault in faults]
    return Text(zh="".join(f"{one.zh}。" for one in each), en=" ".join(f"{one.en}." for one in each))


def _told(fault: Mapping[str, Any]) -> Text:
    name = str(fault["loc"][0]) if fault["loc"] else ""
    known = NAMES.get(name, Text(zh=name, en=name))
    shape = SHAPES.get(name) if fault["type"] == "string_pattern_mismatch" else None
    what = CHOICES.get(name) or shape or in_words(fault)
    return Text(zh=f"{known.zh}：{what.zh}", en=f"{known.en}: {what.en}")
