"""Turns a refused set of facts into lines for people without Python: the field, and what is allowed there."""

from collections.abc import Iterator
from datetime import date
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
        return f"there is no such field; the fields are: {', '.join(fields_of(owner))}"
    if kind == "missing":
        return f"is missing: {owner.model_fields[name].description}"
    if kind.startswith("int_"):
        hint = "a whole number of minor units, 150.00 is written 15000" if _is_minor(place) else "a whole number"
        return f"must be {hint}, not {value!r}"
    return _sentence(kind, message, value)


def _sentence(kind: str, message: str, value: Any) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    shown = value.isoformat() if isinstance(value, date) else repr(value)
    return f"{message.replace('Input should', 'must')}, not {shown}"


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
