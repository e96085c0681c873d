"""How one answer of a carrier is judged, and what is said about it."""

from typing import Any, NamedTuple

import httpx
from pydantic import ValidationError

from contracts.carrier.operations import CarrierProblem, Operation
from contracts.words import Value


class Finding(NamedTuple):
    """One thing that was tried. `detail` says what came instead, and what to do about it."""

    ok: bool
    operation: str
    what: str
    detail: str = ""


def shape(operation: Operation, answer: httpx.Response, repeated: dict[str, Any]) -> Finding:
    what = "answers in the agreed shape and repeats what it was asked"
    if answer.status_code != 200:
        return Finding(False, operation.name, what, f"200 was expected, {_told(answer)} came")
    model, fault = read(operation.answer, answer)
    if model is None:
        return Finding(False, operation.name, what, fault)
    given = model.model_dump(mode="json")
    wrong = [f"{name} is {given[name]!r}, not {value!r}" for name, value in repeated.items() if given[name] != value]
    return Finding(not wrong, operation.name, what, "; ".join(wrong))


def same_again(operation: Operation, first: httpx.Response, again: httpx.Response) -> Finding:
    what = "the same key and body get the same answer"
    if first.status_code == again.status_code == 200 and _json(first) == _json(again):
        return Finding(True, operation.name, what)
    return Finding(
        False, operation.name, what, f"first {_told(first)}, then {_told(again)}: it may have been done twice"
    )


def refused(operation: Operation, what: str, answer: httpx.Response, statuses: tuple[int, ...]) -> Finding:
    expected = " or ".join(str(status) for status in statuses)
    if answer.status_code not in statuses:
        return Finding(False, operation.name, what, f"{expected} was expected, {_told(answer)} came")
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return Finding(False, operation.name, what, "refused, but not as application/problem+json (RFC 9457)")
    problem, fault = read(CarrierProblem, answer)
    return Finding(problem is not None, operation.name, what, fault)


def read(model: type[Value], answer: httpx.Response) -> tuple[Value | None, str]:
    try:
        return model.model_validate_json(answer.content), ""
    except ValidationError as error:
        faults = (f"/{'/'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return None, f"is no {model.__name__}: {'; '.join(faults)}"


def _told(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:120]}".strip()


def _json(answer: httpx.Response) -> Any:
    """Compared as data, as a carrier may write its fields in any order; as text where it is no JSON."""
    try:
        return answer.json()
    except ValueError:
        return answer.text
