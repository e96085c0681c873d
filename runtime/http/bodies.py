"""Reads what is posted to a door, strictly: size, type, encoding, then JSON without a second meaning, then the model.

JSON libraries differ on a field that is there twice, on NaN and on how deep they follow; whoever checks and whoever
acts must not read two different requests out of one body. So such a body is refused, with the place.
"""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError, create_model
from starlette.datastructures import Headers

from contracts.messages import Message
from contracts.words import RequestId, Text, Value
from runtime.faults import first_faults
from runtime.http.fault_words import in_words
from runtime.http.problems import Fault, Problem, pointer
from runtime.http.strict_json import look_over
from runtime.media_types import BLANKS, header_says, other_than_json
from runtime.odd_packing import odd_packing

M = TypeVar("M", bound=BaseModel)
V = TypeVar("V", bound=Value)
S = TypeVar("S", bound=Message)
REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LARGEST_BODY_BYTES = 64 * 1024


async def read_body(request: Request, model: type[M]) -> M:
    """Raises `Problem` naming the place and what is wrong."""
    _refuse_other_packing(request.headers)
    content = await whole_body(request)
    look_over(_text(content))
    return validated(content, model)


def _refuse_other_packing(headers: Headers) -> None:
    """Packed, in another encoding or of two types, it would be read by one reader so and by another so."""
    told = headers.getlist("content-type")
    if wrong := other_than_json(told[0] if len(told) == 1 else ", ".join(told)):
        raise Problem("not-json", wrong)
    codings = headers.getlist("content-encoding")
    packed = [each for each in codings if each.strip(BLANKS).lower() not in ("", "identity")]
    if packed:
        raise Problem("not-json", header_says("Content-Encoding", packed[0]))


async def whole_body(request: Request) -> bytes:
    """Never holds more than is allowed, whatever Content-Length says or leaves out; asked again, it is the same."""
    kept: bytes | None = getattr(request.state, "whole_body", None)
    if kept is not None:
        return kept
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST_BODY_BYTES:
            raise too_large()
    request.state.whole_body = bytes(content)
    return bytes(content)


def too_large() -> Problem:
    most = LARGEST_BODY_BYTES
    return Problem("too-large", Text(zh=f"超过 {most} 字节。", en=f"More than {most} bytes."))


def _text(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        at = Text(zh=f"第 {error.start} 个字节不是 UTF-8。", en=f"Byte {error.start} is not UTF-8.")
        raise Problem("not-utf8", _odd(content) or at) from None
    if not text.strip():
        raise Problem("malformed", Text(zh="正文为空。", en="The body is empty."))
    return text


def validated(content: bytes, model: type[M]) -> M:
    try:
        return model.model_validate_json(content, strict=True)
    except ValidationError as error:
        found = first_faults(error)
    if found[0]["type"] == "json_invalid":
        raise Problem("malformed", _odd(content) or in_words(found[0]))
    raise Problem("invalid", faults=[Fault(pointer(each["loc"]), _odd(content) or in_words(each)) for each in found])


def _odd(content: bytes) -> Text | None:
    found = odd_packing(content)
    return Text(zh=f"正文{found.zh}。", en=f"{found.en[0].upper()}{found.en[1:]}.") if found else None


# ---- a message whose request the address names -----------------------------------------------------------------------


def body_of(
    message: type[Message],
    name: str,
    base: type[V] = Value,  # type: ignore[assignment]
    without: Sequence[str] = (),
    **stricter: Any,
) -> type[V]:
    """The model of a body: the message without the request id and what else is known `without` the caller saying it.

    `stricter`: what a field must be at the door only.
    """
    known = {"request_id", *without}
    told = {field: info for field, info in message.model_fields.items() if field not in known}
    fields: dict[str, Any] = {field: (info.annotation, info) for field, info in told.items()}
    fields |= {field: (kind, ...) for field, kind in stricter.items()}
    return create_model(name, __base__=base, __doc__=message.__doc__, **fields)


def message_of(kind: type[S], request_id: RequestId, body: Value, **known: Any) -> S:
    said = {name: value for name, value in body if name in kind.model_fields}
    return kind(request_id=request_id, **said, **known)


def request_id_of(text: str) -> RequestId:
    """What is no id is no request; in capitals it is the same one."""
    if not REQUEST_ID.fullmatch(text.lower()):
        raise Problem("unknown-request", about=text[:60])
    return text.lower()
