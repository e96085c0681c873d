"""What /openapi.json says beside the routes: bodies read by hand, who may ask, and what generators of clients need."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contracts.for_generators import readable
from runtime.http.problems import REFERENCE, ProblemBody

VERSIONS = ("v1",)
LICENSE = {"name": "Apache 2.0", "identifier": "Apache-2.0"}
HERE = {"url": "/", "description": "where this description is served"}


class Signing(NamedTuple):
    """`schemes`: how a caller can show who it is; `ways`: which of them together, or none of them, will do."""

    schemes: dict[str, Any]
    ways: list[dict[str, list[str]]]


def takes(model: type[BaseModel], example: dict[str, Any] | None = None) -> dict[str, Any]:
    """`openapi_extra` of a route that reads `model` by hand."""
    said: dict[str, Any] = {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}
    said |= {"example": example} if example else {}
    return {"requestBody": {"required": True, "content": {"application/json": said}}}


def describe(app: FastAPI, models: Sequence[type[BaseModel]], signing: Signing) -> None:
    """Adds what `takes` and `problems.refuses` refer to, and the rest, once, when somebody asks for the description."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            wanted = [(model, "validation") for model in (*models, ProblemBody)]
            _, schemas = models_json_schema(wanted, ref_template=REFERENCE)  # type: ignore[arg-type]
            said = described()
            known = said.setdefault("components", {}).setdefault("schemas", {})
            known |= {name: schema for name, schema in schemas["$defs"].items() if name not in known}
            readable(known)
            said["components"]["securitySchemes"], said["security"] = signing
            said["info"]["license"], said["servers"] = LICENSE, [HERE]
            _name_operations(said["paths"])
        return described()

    app.openapi = openapi  # type: ignore[method-assign]


def _name_operations(paths: dict[str, Any]) -> None:
    """A generator makes functions of them: else they would be our names with the address twice."""
    for path, methods in paths.items():
        for method, operation in methods.items():
            operation["operationId"] = "_".join((method, *_words(path)))


def _words(path: str) -> Iterator[str]:
    """`/v1/requests/{request_id}/letters`: request, letters."""
    for part, behind in pairwise((*path.strip("/").split("/"), "")):
        if part not in VERSIONS and not part.startswith("{"):
            yield (part.removesuffix("s") if behind.startswith("{") else part).replace("-", "_")
