"""Makes decision records: what was decided on as a hash, the rules and clauses, the amounts, the words. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from contracts.decisions import ClauseStatus, DecisionRecord
from contracts.words import Money, Text, Value
from policies.pack import Pack


def record(
    decision: str,
    outcome: str,
    inputs: Value | Mapping[str, Any],
    pack: Pack,
    words: Text,
    rules: Iterable[str] = (),
    clauses: Iterable[str] = (),
    **amounts: Money,
) -> DecisionRecord:
    """`inputs`: everything the outcome depends on besides the pack, and nothing else."""
    return DecisionRecord(
        decision=decision,
        outcome=outcome,
        policy=pack.id,
        inputs_sha256=sha256_of(inputs),
        rules=tuple(dict.fromkeys(rules)),
        clauses=_with_status(clauses, pack),
        amounts=amounts,
        explanation=words,
    )


def sha256_of(inputs: Value | Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(inputs)).hexdigest()


def canonical(inputs: Value | Mapping[str, Any]) -> bytes:
    """RFC 8785 for what our messages hold: names are ASCII, numbers are whole; Values as they are on the wire."""
    return orjson.dumps(_plain(inputs), option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def _plain(part: Any) -> Any:
    if isinstance(part, Value):
        return part.model_dump(mode="json")
    if isinstance(part, Mapping):
        return {name: _plain(each) for name, each in part.items()}
    return [_plain(each) for each in part] if isinstance(part, tuple | list) else part


def _with_status(named: Iterable[str], pack: Pack) -> dict[str, ClauseStatus]:
    known: dict[str, ClauseStatus] = dict.fromkeys(named, "unverified")
    if known:
        known |= {each.clause: each.status for each in pack.clauses if each.clause in known}
    return known
