"""Holds every JSON answer of the console against what its description says of it."""

import re
from typing import Any

import httpx
import orjson
from fastapi import FastAPI
from jsonschema import Draft202012Validator

_DESCRIBED: list[tuple[re.Pattern[str], str, dict[str, Any]]] = []
_COMPONENTS: dict[str, Any] = {}


def learn(app: FastAPI) -> None:
    """Once: it is the same for every console."""
    if _DESCRIBED:
        return
    described = app.openapi()
    _COMPONENTS.update(described["components"])
    for path, operations in described["paths"].items():
        form = re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)))
        _DESCRIBED.extend((form, method.upper(), each["responses"]) for method, each in operations.items())
    _DESCRIBED.sort(key=lambda each: each[0].pattern.count("[^/]+"))  # an address by its name before one of many


async def held_to_it(response: httpx.Response) -> None:
    """Fails on a field that nobody described, and on a shape that nobody gave."""
    path, method = response.request.url.path, response.request.method
    if not path.startswith("/v1/") or response.status_code >= 300:
        return
    responses = next(each for form, verb, each in _DESCRIBED if verb == method and form.fullmatch(path))
    said = responses[str(response.status_code)]["content"]["application/json"]["schema"]
    assert said, f"{method} {path}: nothing is said of what it answers"
    whole = Draft202012Validator(said | {"components": _COMPONENTS})
    faults = [
        f"{each.json_path}: {each.message[:300]}" for each in whole.iter_errors(orjson.loads(await response.aread()))
    ]
    assert not faults, f"{method} {path}: {faults}"
