"""Turns a refused set of facts into lines for people without Python: the field, and what is allowed there."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from contracts.words import Text, Value, as_a_check_said_it
from policies.rules.core import PLAIN_NAME, Given

Place = tuple[int | str, ...]
Users = Callable[[str], Iterable[str]]  # who else uses a field of that name
FULL_WIDTH_COLON = "："
IN_WORDS = {  # patterns
    "^[A-Z]{3}$": Text(zh="三个大写字母，如 CNY", en="three capital letters such as CNY"),
    PLAIN_NAME: Text(
        zh="字母、数字、点和连字符，如 2026.1，没有空格和引号",
        en="letters, digits, dots and dashes such as 2026.1, without blanks or quotes in it",
    ),
}
THEIRS = (
    ("Input should", "must"),
    ("String should", "must"),
    ("a valid decimal", "a number"),
    ("a valid tuple", "a list, in [ ] or with a dash before each row"),
    *((f"match pattern '{pattern}'", f"be {told.en}") for pattern, told in IN_WORDS.items()),
)
NEVER_WRITTEN = ("digest",)  # worked out from all the rest


def nobody(name: str) -> Iterable[str]:
    return ()


def lines_of(error: ValidationError, model: type[Value], users: Users = nobody) -> Iterator[str]:
    """`price_minor: is missing: what was charged for the period, minor units`."""
    for fault in error.errors(include_url=False):
        place: Place = fault["loc"]
        what = what_is_wrong(fault["type"], fault["msg"], fault.get("input"), place, model, users)
        yield f"{'/'.join(map(str, place))}: {what}" if place else what  # otherwise the sentence begins with the field


def what_is_wrong(
    kind: str,
    message: str,
    value: Any,
    place: Place,
    model: type[Value],
    users: Users = nobody,
    noun: str = "field",
    more: Iterable[str] = (),
) -> str:
    """`more`: names beside the fields there."""
    name, owner = str(place[-1]) if place else "", model_at(model, place[:-1])
    if kind == "extra_forbidden":
        known = [owner.model_fields[key].alias or key for key in fields_of(owner) if key not in NEVER_WRITTEN]
        return _stray(name, [*known, *more], list(users(name)), noun)
    if kind == "missing":
        description = owner.model_fields[name].description if name in owner.model_fields else None
        return f"is missing: {description}" if description else "is missing"
    if (keys := keys_of(kind, model, place)) and not (isinstance(value, str) and FULL_WIDTH_COLON in value):
        return f"must be keys and their values, {keys}, not {shown(value)}"
    return what_fits(kind, message, value, place)


def keys_of(kind: str, model: type[Value], place: Place) -> str:
    """Where one value stands for several: `{zh: ..., en: ...}`, or the names of rows; empty for any other fault."""
    if kind == "dict_type":
        names = _names_of_rows(model_at(model, place[:-1]), str(place[-1]))
        return f"{{{names[0]}: ...}}: {', '.join(names)}" if names else "{name: ...}"
    if kind not in ("model_type", "model_attributes_type"):
        return ""
    fields = model_at(model, place).model_fields
    needed = [name for name, field in fields.items() if field.is_required()] or list(fields)[:1]
    more = [name for name in fields if name not in needed]
    written = "{" + ", ".join(f"{name}: ..." for name in needed) + "}"
    return f"{written}; also {', '.join(more)}" if more else written


def _names_of_rows(owner: type[Value], field: str) -> list[str]:
    """Where a mapping has names of ours only, such as the kinds of a request."""
    annotation = owner.model_fields[field].annotation if field in owner.model_fields else None
    key = next(iter(get_args(annotation)), None)
    return [str(each) for each in key] if isinstance(key, type) and issubclass(key, StrEnum) else []


def _stray(name: str, known: list[str], users: list[str], noun: str) -> str:
    if FULL_WIDTH_COLON in name:
        return f"the colon in it is a full-width {FULL_WIDTH_COLON}; write `{_thin(name)}`（全角冒号，请改用半角）"
    if name.isdecimal():
        return f"there is no such {noun}: was {name} the rest of a number? 36,000 is written 36000（数字中不写逗号）"
    belongs = f"; {name} is used by: {', '.join(users)}" if users else ""
    return f"there is no such {noun}; the {noun}s are: {meant(name, known)}{belongs}"


def what_fits(kind: str, message: str, value: Any, place: Place) -> str:
    """Of one fault that pydantic found: what must be there instead, in the words of vectors and packs."""
    if kind == "value_error":
        return as_a_check_said_it(message)
    if kind in ("too_short", "dict_too_short"):
        return "must not be empty"
    if kind == "invalid_key":
        return f"put the key in quotes: without them it is read as {shown(value)}, not as a word（请给键加引号）"
    if value is None and kind.endswith("_type"):
        return "has nothing behind it: write its value, or leave it out（冒号后面没有值）"
    if kind == "string_type" and isinstance(value, bool):
        return f"put it in quotes: without them it is read as {shown(value)}, not as a word（请加引号）"
    if kind == "string_type" and isinstance(value, int | float | Decimal | date):
        return f'put it in quotes, such as "{shown(value)}": it is not read as words without them（请加引号）'
    if isinstance(value, str) and FULL_WIDTH_COLON in value and kind.endswith(("_type", "_attributes_type")):
        return (
            f"the colon in {value!r} is a full-width {FULL_WIDTH_COLON}; write `{_thin(value)}`（全角冒号，请改用半角）"
        )
    if kind.startswith("decimal_") and isinstance(value, str) and value.endswith(("%", "‰")):
        return f"is a number without a sign, {value[:-1].strip()}, not {shown(value)}"
    fits = _kind_of(kind, place) or _in_our_words(message)
    return f"{fits}, not {shown(value)}"


def _in_our_words(message: str) -> str:
    for theirs, ours in THEIRS:
        message = message.replace(theirs, ours)
    return message


def _thin(text: str) -> str:
    return text.replace(FULL_WIDTH_COLON, ": ").replace("，", ", ")


def _kind_of(kind: str, place: Place) -> str:
    if kind.startswith("int_") and _is_minor(place):
        return "must be a whole number of minor units, 150.00 is written 15000"
    if kind.startswith("int_"):
        return "must be a whole number"
    if kind == "decimal_type":
        return "must be a number"
    if kind.startswith("bool_"):
        return "must be true or false, without quotes"
    if kind == "timezone_aware":
        return "must have its offset, such as 2026-10-15T16:30:00Z or 2026-10-16T00:30:00+08:00"
    return ""


def shown(value: Any) -> str:
    """As somebody writes it in YAML, not as Python shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{shown(key)}: {shown(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    return f"{value:f}" if isinstance(value, Decimal) else repr(value)


def meant(name: str, known: Iterable[str]) -> str:
    """All there are; first the one that is nearest to what was written."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.7)
    return f"{', '.join(names)} (did you mean {near[0]}?)" if near else ", ".join(names)


def fields_of(model: type[Value]) -> list[str]:
    """Its own first, then those that every rule has."""
    common = [name for name in Given.model_fields if issubclass(model, Given)]
    return [*(name for name in model.model_fields if name not in common), *common]


def names_in(model: type[Value]) -> set[str]:
    """Of its own fields and of those of its rows."""
    inner = [found for field in model.model_fields.values() if (found := _model_in(field.annotation))]
    return {*model.model_fields, *(name for each in inner for name in names_in(each))}


def _is_minor(place: Place) -> bool:
    return any(str(step).endswith("_minor") for step in place)


def model_at(model: type[Value], place: Place) -> type[Value]:
    """The model a place lies in; a number steps into a row."""
    for step in place:
        if isinstance(step, str) and step in model.model_fields:
            model = _model_in(model.model_fields[step].annotation) or model
    return model


def _model_in(annotation: Any) -> type[Value] | None:
    return next(inner_models(annotation), None)


def inner_models(annotation: Any) -> Iterator[type[Value]]:
    """Every model that an annotation speaks of, through lists, mappings and choices."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        if issubclass(annotation, Value):
            yield annotation
        return
    for each in get_args(annotation):
        yield from inner_models(each)
