"""The first faults of what is not as agreed: a record can hold a hundred thousand, and each takes time to write out."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

MOST_TOLD = 20
MOST_WRITTEN_OUT = 500  # the library writes out all or none


def first_faults(error: ValidationError) -> Sequence[Mapping[str, Any]]:
    """As the library lists them, without what was said, which may be personal; of very many only how many there are."""
    many = error.error_count()
    if many > MOST_WRITTEN_OUT:
        message = f"in {many} places it is not as agreed"
        return ({"type": "far_too_many", "loc": (), "msg": message, "ctx": {"many": many}},)
    return error.errors(include_url=False, include_input=False)[:MOST_TOLD]
