"""Turns a refused set of facts into lines for people without Python: the field, and what is allowed there."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from contracts.words import Value
from policies.rules.core import Given

Place = tuple[int | str, ...]


def lines_of(error: ValidationError, model: type[Value]) -> Iterator[str]:
    """`price_minor: is missing: what was charged for the period, minor units`."""
    for fault in error.errors(include_url=False):
        place: Place = fault["loc"]
        what = _what(fault["type"], fault["msg"], fault.get("input"), place, model)
        yield f"{'/'.join(map(str, place))}: {what}" if place else what  # otherwise the sentence begins with the field


def _what(kind: str, message: str, value: Any, place: Place, model: type[Value]) -> str:
    name, owner = str(place[-1]) if place else "", _model_at(model, place[:-1])
    if kind == "extra_forbidden":
        return f"there is no such field; the fields are: {meant(name, fields_of(owner))}"
    if kind == "missing":
        return f"is missing: {owner.model_fields[name].description}"
    return what_fits(kind, message, value, place)


def what_fits(kind: str, message: str, value: Any, place: Place) -> str:
    """Of one fault that pydantic found: what must be there instead, in the words of vectors and packs."""
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if kind in ("too_short", "dict_too_short"):
        return "must not be empty"
    if kind.startswith("decimal_") and isinstance(value, str) and value.endswith(("%", "‰")):
        return f"is a number without a sign, {value[:-1].strip()}, not {shown(value)}"
    fits = _kind_of(kind, place) or message.replace("Input should", "must").replace("a valid decimal", "a number")
    return f"{fits}, not {shown(value)}"


def _kind_of(kind: str, place: Place) -> str:
    if kind.startswith("int_") and _is_minor(place):
        return "must be a whole number of minor units, 150.00 is written 15000"
    if kind.startswith("int_"):
        return "must be a whole number"
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


def _is_minor(place: Place) -> bool:
    return any(str(step).endswith("_minor") for step in place)


def _model_at(model: type[Value], place: Place) -> type[Value]:
    """The model a place lies in; a number steps into a row."""
    for step in place:
        if isinstance(step, str) and step in model.model_fields:
            model = _model_in(model.model_fields[step].annotation) or model
    return model


def _model_in(annotation: Any) -> type[Value] | None:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, Value) else None
    return next((found for each in get_args(annotation) if (found := _model_in(each))), None)
