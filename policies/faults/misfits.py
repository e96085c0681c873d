"""What is wrong with one key of a pack, in the words of whoever writes packs; and where a stray key belongs."""

from collections.abc import Iterator
from typing import Any

from contracts.words import Value
from policies.rules.refusal import inner_models, what_is_wrong
from policies.schema import Pack

ON_TOP = "the top of pack.yaml"


def misfit(fault: Any) -> str:
    """`fault` is one of pydantic's."""
    place = tuple(fault["loc"])
    return what_is_wrong(fault["type"], fault["msg"], fault.get("input"), place, Pack, homes, noun="key")


def homes(key: str) -> list[str]:
    """Every place of a pack that has a key of that name."""
    return list(dict.fromkeys(_homes(key, Pack, ON_TOP)))


def _homes(key: str, model: type[Value], place: str) -> Iterator[str]:
    if key in model.model_fields:
        yield place
    for name, field in model.model_fields.items():
        for inner in (each for each in inner_models(field.annotation) if each is not model):
            yield from _homes(key, inner, name if place == ON_TOP else f"{place}/{name}")
