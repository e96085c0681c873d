"""The OpenAPI description of what a real carrier must provide, written from the contract's table and nothing else."""

from typing import Any

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contracts.carrier.operations import OPERATIONS, CarrierProblem, Operation

AT = "#/components/schemas/"
TITLE = "What tuiding asks of a carrier"
ABOUT = (
    "CRM, charging, provisioning and messaging, each once. A POST is carried out once for an Idempotency-Key: the same "
    "key and body get the same answer, the same key with another body is refused. A 4xx is a refusal for good, also of "
    "whatever comes later with that key; 429 and 5xx mean try again with the same key. Unknown fields are not allowed "
    "in either direction."
)
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "the same for every repetition of one ask, never used for another",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
LICENSE = {"name": "Apache 2.0", "identifier": "Apache-2.0"}  # of the description
PROBLEMS = {
    "400": "no Idempotency-Key",
    "402": "the customer's bank declined the payment",
    "404": "unknown subscription or item",
    "409": "the key was used for another ask, or the line is closed",
    "422": "wrong shape or value, or refused for good; the code says which",
    "429": "too many asks; Retry-After says when to come back",
    "503": "not now; ask again with the same key",
}
WHEN_LOOKING_UP = ("404", "429", "503")
ONLY_CHARGING = ("402",)


def openapi() -> dict[str, Any]:
    """The same bytes every time: the table's order, no dates."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS.values():
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    info = {"title": TITLE, "version": "1", "description": ABOUT, "license": LICENSE}
    servers = [{"url": "/", "description": "what TUIDING_CARRIER says; this is what the stand-in serves"}]
    return {"openapi": "3.1.0", "info": info, "servers": servers, "paths": paths, "components": {"schemas": _schemas()}}


def openapi_text() -> str:
    return orjson.dumps(openapi(), option=orjson.OPT_INDENT_2).decode() + "\n"


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": f"{operation.name} ({operation.system})",
        "tags": [operation.system],
        "parameters": [_in_path()] if operation.method == "GET" else [KEY],
        "responses": {"200": _json("done", operation.answer.__name__)} | _problems(operation),
    }
    if operation.method == "POST":
        described["requestBody"] = {"required": True, "content": _content(operation.ask.__name__)}
    return described


def _in_path() -> dict[str, Any]:
    schema = OPERATIONS["look-up"].ask.model_json_schema()["properties"]["subscription"]
    return {"name": "subscription", "in": "path", "required": True, "schema": schema}


def _problems(operation: Operation) -> dict[str, Any]:
    looking_up = operation.method == "GET"
    codes = [code for code in PROBLEMS if code in WHEN_LOOKING_UP or not looking_up]
    codes = [code for code in codes if code not in ONLY_CHARGING or operation.name == "charge"]
    return {code: _problem(PROBLEMS[code]) for code in codes}


def _problem(description: str) -> dict[str, Any]:
    return _json(description, CarrierProblem.__name__, "application/problem+json")


def _json(description: str, model: str, media_type: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": _content(model, media_type)}


def _content(model: str, media_type: str = "application/json") -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": AT + model}}}


def _schemas() -> dict[str, Any]:
    asks = [operation.ask for operation in OPERATIONS.values() if operation.method == "POST"]
    answers = [operation.answer for operation in OPERATIONS.values()]
    models: dict[type[BaseModel], None] = dict.fromkeys((*asks, *answers, CarrierProblem))
    _, document = models_json_schema([(model, "validation") for model in models], ref_template=AT + "{model}")
    return dict(sorted(document["$defs"].items()))
