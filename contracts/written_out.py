"""A moment or a day in JSON is one that is written out: pydantic reads numbers as well, and texts of digits.

Whether those are seconds or milliseconds since 1970 it guesses by their size, so one too many is another century.
"""

from typing import Any, Literal

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, SchemaValidator
from pydantic_core.core_schema import (
    chain_schema,
    custom_error_schema,
    json_or_python_schema,
    no_info_before_validator_function,
    str_schema,
)

BEGINS = {"date": r"^\d{4}-\d\d-\d\d$", "date-time": r"^\d{4}-\d\d-\d\d[Tt ]"}
NO_NUMBER = "datetime_not_written_out", "Input should be written out, no number"


class WrittenOut:
    """Nothing of it is Python when a message is read."""

    def __init__(self, form: Literal["date", "date-time"]) -> None:
        kind, says = NO_NUMBER
        self.form = form
        self.text = custom_error_schema(str_schema(pattern=BEGINS[form]), kind, custom_error_message=says)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        read = handler(source)
        parsed = no_info_before_validator_function(SchemaValidator(read).validate_python, read)
        described = {"pydantic_js_functions": [lambda *_: {"type": "string", "format": self.form}]}
        return json_or_python_schema(chain_schema([self.text, parsed]), read, metadata=described)
