"""Reads what a channel posts, strictly: size, type, encoding, then JSON without a second meaning, then the model.

JSON libraries differ on a field that is there twice, on NaN and on how deep they follow; whoever checks and whoever
acts must not read two different requests out of one body. So such a body is refused, with the place.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema

from runtime.http.problem_codes import CODES
from runtime.http.problems import REFERENCE, Fault, Problem, ProblemBody, pointer

M = TypeVar("M", bound=BaseModel)
LARGEST_BODY_BYTES = 64 * 1024
DEEPEST = 32
MOST_FAULTS = 20
TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},:]|-?(?:NaN|Infinity)', re.DOTALL)  # linear, whatever it is fed


async def read_body(request: Request, model: type[M]) -> M:
    """Raises `Problem` naming the place and what is wrong."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        raise Problem("not-json", f"Content-Type is {media[:60]!r}.")
    content = await _limited(request)
    look_over(_text(content))
    return validated(content, model)


async def _limited(request: Request) -> bytes:
    """Never holds more than is allowed, whatever Content-Length says or leaves out."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST_BODY_BYTES:
            raise Problem("too-large", f"More than {LARGEST_BODY_BYTES} bytes.")
    return bytes(content)


def _text(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise Problem("not-utf8", f"Byte {error.start} is not UTF-8.") from None
    if not text.strip():
        raise Problem("malformed", "The body is empty.")
    return text


def look_over(text: str) -> None:
    """What a JSON parser lets pass or chokes on; that it is JSON at all is checked by the parser afterwards."""
    places = _Places()
    for token in TOKEN.finditer(text):
        places.take(token[0])


class _Places:
    """Where in the document we are: one step and the names seen so far for each open object or list."""

    def __init__(self) -> None:
        self.steps: list[str | int] = []
        self.seen: list[set[str]] = []
        self.word = ""

    def take(self, token: str) -> None:
        match token:
            case "{" | "[":
                self._open("" if token == "{" else 0)
            case "}" | "]" if self.steps:
                self.steps.pop()
                self.seen.pop()
            case "," if self.steps and isinstance(self.steps[-1], int):
                self.steps[-1] += 1
            case ":" if self.steps and isinstance(self.steps[-1], str):
                self._name()
            case "NaN" | "Infinity" | "-NaN" | "-Infinity":
                raise self._fault("not-a-number")
            case _ if token[0] == '"':
                self.word = token

    def _open(self, step: str | int) -> None:
        if len(self.steps) >= DEEPEST:
            raise self._fault("too-deep")
        self.steps.append(step)
        self.seen.append(set())

    def _name(self) -> None:
        name = _unescaped(self.word)
        self.steps[-1] = name
        if name in self.seen[-1]:
            raise self._fault("duplicate-key")
        self.seen[-1].add(name)

    def _fault(self, code: str) -> Problem:
        return Problem(code, faults=[Fault(pointer(self.steps), CODES[code].title.en)])


def _unescaped(word: str) -> str:
    r"""`"\u0061"` and `"a"` are the same name."""
    try:
        return str(json.loads(word)).encode("utf-8", "replace").decode()
    except ValueError:
        return word


def validated(content: bytes, model: type[M]) -> M:
    try:
        return model.model_validate_json(content, strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)[:MOST_FAULTS]
    if found[0]["type"] == "json_invalid":
        raise Problem("malformed", found[0]["msg"])
    raise Problem("invalid", faults=[Fault(pointer(each["loc"]), each["msg"]) for each in found])


# ---- the same, for /openapi.json -------------------------------------------------------------------------------------


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` of a route that reads `model` by hand."""
    schema = {"$ref": REFERENCE.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def describe_bodies(app: FastAPI, models: Sequence[type[BaseModel]]) -> None:
    """Adds what `takes` and `problems.refuses` refer to, once, when somebody asks for the description."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            wanted = [(model, "validation") for model in (*models, ProblemBody)]
            _, schemas = models_json_schema(wanted, ref_template=REFERENCE)  # type: ignore[arg-type]
            known = described().setdefault("components", {}).setdefault("schemas", {})
            known |= {name: schema for name, schema in schemas["$defs"].items() if name not in known}
        return described()

    app.openapi = openapi  # type: ignore[method-assign]
