"""How one answer of a carrier is judged, and what is said about it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
from pydantic import ValidationError

from contracts.carrier.accounts import Balance
from contracts.carrier.asks import FinalBill
from contracts.carrier.operations import LARGEST_ANSWER_BYTES, CarrierProblem, Operation
from contracts.words import Value, as_a_check_said_it

CLOCKS_DIFFER = timedelta(minutes=15)


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
    expected = repeated | dict(operation.says)
    wrong = [f"{name} is {given[name]!r}, not {value!r}" for name, value in expected.items() if given[name] != value]
    return Finding(not wrong, operation.name, what, "; ".join(wrong))


def in_currency(operation: Operation, answer: httpx.Response, currency: str) -> Finding | None:
    """Of a final bill every amount; None where there is no other money than what was asked."""
    model, _ = read(operation.answer, answer)
    if not isinstance(model, FinalBill):
        return None
    parts = [*(charge.amount for charge in model.charges), *(balance.amount for balance in model.balances)]
    amounts = (model.unbilled_usage, model.own_balance, *parts)
    others = sorted({each.currency for each in amounts} - {currency})
    what = f"every amount is in {currency}, and none is below zero"
    told = f"{', '.join(others)} came" if others else "an amount is below zero: what is owed is a charge"
    ok = not others and all(each.minor >= 0 for each in amounts)
    return Finding(ok, operation.name, what, "" if ok else told)


def in_parts(operation: Operation, answer: httpx.Response) -> Finding | None:
    """Of a final bill; None where no pre-deposit is on it."""
    model, _ = read(operation.answer, answer)
    return released(operation.name, model.balances) if isinstance(model, FinalBill) else None


def released(operation: str, balances: Iterable[Balance]) -> Finding | None:
    """Where a pre-deposit is among them."""
    parts = [(each.months_released, each.release_months) for each in balances if each.origin == "pre-deposit"]
    if not parts:
        return None
    more = [f"months_released is {done} of {months} release_months" for done, months in parts if done > months]
    told = f"{', '.join(more)}: send no more than there are; of one that is released whole both are the same"
    return Finding(not more, operation, "of a pre-deposit no more is released than all of it", told if more else "")


def in_time(operation: Operation, answer: httpx.Response) -> Finding | None:
    """Local time that is written as UTC is hours away; None where the answer has no time, or is none."""
    model, _ = read(operation.answer, answer)
    at, until, now = getattr(model, "at", None), getattr(model, "valid_until", None), datetime.now(UTC)
    if at is not None:
        what, ok = "`at` is the time at which it was done", abs(at - now) < CLOCKS_DIFFER
        told = f"{at:%Y-%m-%dT%H:%M:%SZ} in UTC, and it is {now:%Y-%m-%dT%H:%M:%SZ}: is it local time written as UTC?"
        return Finding(ok, operation.name, what, "" if ok else told)
    if until is not None:
        what, ok = "`valid_until` lies ahead, by a year at most", now < until < now + timedelta(days=366)
        return Finding(ok, operation.name, what, "" if ok else f"{until.isoformat()}, and it is {now.isoformat()}")
    return None


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
    if len(answer.content) > LARGEST_ANSWER_BYTES:
        return None, f"has {len(answer.content)} bytes, at most {LARGEST_ANSWER_BYTES} are read"
    try:
        return model.model_validate_json(answer.content, strict=True), ""
    except ValidationError as error:
        found = error.errors()
        faults = [f"/{'/'.join(map(str, one['loc']))}: {as_a_check_said_it(one['msg'])}" for one in found[:5]]
        faults += [f"and {len(found) - 5} more"] if len(found) > 5 else []
        return None, f"is no {model.__name__}: {'; '.join(faults)}"


def _told(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:120]}".strip()


def _json(answer: httpx.Response) -> Any:
    """Compared as data, as a carrier may write its fields in any order; as text where it is no JSON."""
    try:
        return answer.json()
    except ValueError:
        return answer.text
