"""What is wrong with one key of a pack, in the words of whoever writes packs; and where a stray key belongs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from contracts.words import Text, Value
from policies.rules.family_names import FAMILIES, ONLY_THE_CONTRACT_SAYS
from policies.rules.refusal import (
    IN_WORDS,
    Place,
    fields_of,
    inner_models,
    keys_of,
    meant,
    model_at,
    shown,
    what_is_wrong,
)
from policies.rules.registry import RULES
from policies.schema import Pack

FORMS = ("StillAsked", "WorkingDays", "int", "str", "timedelta")  # of a value that may have several
ON_TOP = "the top of pack.yaml"
MOST_NAMED = 6  # families: more of them is nearly all
# What pydantic found, by its own name for it; what it says of a limit stands in the braces.
IN_CHINESE = {
    "literal_error": "须为以下之一：{expected}",
    "enum": "须为以下之一：{expected}",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "须不小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "须不大于 {le}",
    "too_short": "不能为空",
    "dict_too_short": "不能为空",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "不能超过 {max_length} 个字符",
    "string_type": "须为文字，必要时请加引号",
    "string_pattern_mismatch": "须符合 {pattern}",
    "int_type": "须为整数",
    "int_parsing": "须为整数",
    "int_from_float": "须为整数",
    "decimal_type": "须为数字",
    "decimal_parsing": "须为数字，不带符号",
    "bool_type": "须为 true 或 false，不加引号",
    "bool_parsing": "须为 true 或 false，不加引号",
    "date_type": "须为日期，如 2027-01-31",
    "date_from_datetime_parsing": "须为日期，如 2027-01-31",
    "tuple_type": "须为列表，写在 [ ] 里，或每行以短横线开头",
    "mapping_type": "须为键值对",
}


def misfits(error: ValidationError, data: Mapping[str, Any]) -> Iterator[tuple[Place, Text]]:
    """One for each place, also where several forms are allowed there and it fits none of them.

    What is missing comes last: a key above it may be that one, wrongly written.
    """
    found: dict[Place, list[Text]] = {}
    for fault in sorted(error.errors(include_url=False), key=lambda each: each["type"] == "missing"):
        found.setdefault(_written_place(tuple(fault["loc"]), data), []).append(_misfit(fault))
    for place, told in found.items():
        yield place, Text(zh="；或".join(each.zh for each in told), en="; or ".join(each.en for each in told))


def _written_place(place: Place, data: Any) -> Place:
    """Without the names that pydantic has for the forms of a value, and for the key of a mapping."""
    steps: list[int | str] = []
    for step in place:
        there = data[step] if _holds(data, step) else None
        if there is None and isinstance(step, str) and ("[" in step or step in FORMS):
            continue
        steps.append(step)
        data = there
    return tuple(steps)


def _holds(data: Any, step: int | str) -> bool:
    if isinstance(data, list | tuple):
        return isinstance(step, int) and step < len(data)
    return isinstance(data, dict) and step in data


def _misfit(fault: Any) -> Text:
    """`fault` is one of pydantic's. What a rule says of its own parameters it says in English only."""
    place = tuple(fault["loc"])
    en = what_is_wrong(
        fault["type"], fault["msg"], fault.get("input"), place, Pack, homes, noun="key", more=_more(place)
    )
    if "（" in en:  # a slip of the hand, whose cure is said in Chinese there
        return Text(zh=en, en=en)
    return Text(zh=_in_chinese(fault, str(place[-1]) if place else "") or en, en=en)


def _in_chinese(fault: Mapping[str, Any], name: str) -> str:
    if fault["type"] == "missing":
        return "缺少这一项"
    if fault["type"] == "extra_forbidden":
        place = tuple(fault["loc"])
        return _stray(name, model_at(Pack, place[:-1]), _more(place))
    if keys := keys_of(fault["type"], Pack, tuple(fault["loc"])):
        return f"须为键值对 {keys.replace('; also ', '，另有 ')}，不能是 {shown(fault.get('input'))}"
    if told := IN_WORDS.get(fault.get("ctx", {}).get("pattern", "")):
        return f"须为{told.zh}，不能是 {shown(fault.get('input'))}"
    if written := IN_CHINESE.get(fault["type"]):
        return f"{written.format(**fault.get('ctx', {}))}，不能是 {shown(fault.get('input'))}"
    return ""


def _more(place: Place) -> Sequence[str]:
    """Keys beside those of the pack that comes of it."""
    return ("extends",) if len(place) == 1 else ()


def _stray(name: str, owner: type[Value], more: Sequence[str]) -> str:
    known = [owner.model_fields[key].alias or key for key in fields_of(owner) if key != "digest"] + [*more]
    belongs = f"；用到 {name} 的有：{', '.join(homes(name))}" if homes(name) else ""
    return f"没有这一项；现有：{meant(name, known)}{belongs}"


def homes(key: str) -> list[str]:
    """Every place of a pack that has a key of that name, parameters of fees first."""
    families = [name for name, rule in FAMILIES.items() if rule in RULES and key in _parameters(rule)]
    named = f" ({', '.join(families)})" if len(families) <= MOST_NAMED else ""
    return [*([f"fees/parameters{named}"] if families else []), *dict.fromkeys(_homes(key, Pack, ON_TOP))]


def _parameters(rule: str) -> set[str]:
    return set(RULES[rule].given.model_fields) - ONLY_THE_CONTRACT_SAYS


def _homes(key: str, model: type[Value], place: str) -> Iterator[str]:
    if key in model.model_fields:
        yield place
    for name, field in model.model_fields.items():
        for inner in (each for each in inner_models(field.annotation) if each is not model):
            yield from _homes(key, inner, name if place == ON_TOP else f"{place}/{name}")
