"""Schemas of our models as generators of code read them right: what they would misunderstand is said in words."""

from typing import Any


def readable(schemas: dict[str, Any]) -> None:
    """In place: of each field the default, the title that only repeats its name, and a constant."""
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            _without_default(field)
            if isinstance(field.get("title"), str):  # names a type of its own, beside the schema of that name
                del field["title"]
            if "const" in field:  # quoted twice in Python
                field["enum"] = [field.pop("const")]


def _without_default(field: dict[str, Any]) -> None:
    """A field that has one is taken for one that is always there; of a list, in Java, it does not compile."""
    left_out = field.pop("default", None)
    if isinstance(left_out, str) and left_out:
        field["description"] = "; ".join(filter(None, (field.get("description"), f"left out: {left_out}")))
