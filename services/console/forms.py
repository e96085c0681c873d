"""What an operator sent, checked before anything else looks at it."""

from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError

from services.console.problems import Fault, Problem, pointer

LARGEST_ORDER_BYTES = 16 * 1024
LONGEST_KEY = 200
Form = TypeVar("Form", bound=BaseModel)


def idempotency_key(request: Request) -> str:
    """Quoted as the draft standard has it, or bare."""
    key = request.headers.get("idempotency-key", "").strip().strip('"')
    if not 0 < len(key) <= LONGEST_KEY:
        raise Problem("key-missing", f"The Idempotency-Key must have 1 to {LONGEST_KEY} characters.")
    return key


async def json_object(request: Request) -> dict[str, Any]:
    """One JSON object of a sane size; any other content type could come from a foreign page's form."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Problem("not-json")
    try:
        body = orjson.loads(await _limited(request))
    except orjson.JSONDecodeError as error:
        raise Problem("malformed", f"Not JSON: {error}") from None
    if not isinstance(body, dict):
        raise Problem("malformed", "Expected one JSON object.")
    return body


async def _limited(request: Request) -> bytes:
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > LARGEST_ORDER_BYTES:
            raise Problem("too-large", f"Allowed are {LARGEST_ORDER_BYTES} bytes.")
    return bytes(raw)


def filled(form: type[Form], body: dict[str, Any], **known: str) -> Form:
    """`form` with the fields of the body; `known` fields come from the address and may not be in the body."""
    if twice := [Fault(f"/{name}", "is named by the address") for name in known if name in body]:
        raise Problem("invalid", faults=twice)
    try:
        return form.model_validate_json(orjson.dumps(body | known), strict=True)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise Problem("invalid", faults=[Fault(pointer(each["loc"]), each["msg"]) for each in found]) from None


def described(form: type[BaseModel], *known: str) -> dict[str, Any]:
    """The body for OpenAPI, without the fields of the address."""
    schema = form.model_json_schema(ref_template="#/components/schemas/{model}")
    schema["properties"] = {name: each for name, each in schema["properties"].items() if name not in known}
    schema["required"] = [name for name in schema.get("required", ()) if name not in known]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
