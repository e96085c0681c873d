"""What is wrong with a field, in both languages: the library that checks it speaks English only."""

from collections.abc import Mapping
from typing import Any

from contracts.words import Text

A_MOMENT = "; write a day of the calendar, a time and its offset, such as 2027-03-01T00:00:00+08:00"
MOMENTS = ("datetime", "timezone")  # how the types of a moment that is none begin
MOMENT_ZH = "应为日历上的日期、时刻和时差，如 2027-03-01T00:00:00+08:00"
CHINESE = {
    "json_invalid": "不是有效的 JSON：{error}",
    "far_too_many": "有 {many} 处与约定不符",
    "missing": "缺少此字段",
    "extra_forbidden": "约定中没有此字段",
    "enum": "只能是 {expected}",
    "literal_error": "只能是 {expected}",
    "string_type": "应为文本",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "bool_type": "应为 true 或 false",
    "tuple_type": "应为列表",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "string_pattern_mismatch": "格式不对，应符合 {pattern}",
    "string_too_long": "过长，最多 {max_length} 个字符",
    "string_too_short": "过短，至少 {min_length} 个字符",
    "too_long": "过多，最多 {max_length} 项",
    "too_short": "过少，至少 {min_length} 项",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "greater_than": "必须大于 {gt}",
    "less_than": "必须小于 {lt}",
}


def in_words(fault: Mapping[str, Any]) -> Text:
    """Of one error as pydantic lists it; what the table does not know is said in English in both."""
    kind, english = str(fault["type"]), str(fault["msg"])
    if kind.startswith(MOMENTS):
        return Text(zh=MOMENT_ZH, en=english + A_MOMENT)
    return Text(zh=CHINESE[kind].format_map(_given(fault)) if kind in CHINESE else english, en=english)


def _given(fault: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value).replace(" or ", " 或 ") for name, value in (fault.get("ctx") or {}).items()}
