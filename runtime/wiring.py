"""How a service names its decisions: which message, answer or alarm goes to which function."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from contracts.messages import Message
from policies.pack import Pack
from runtime.decision import Case, Decision

Decide = Callable[[Any, Any, datetime, Pack], Decision]  # (case or None, message, now, pack) -> decision


class Wiring(NamedTuple):
    """One service on one page: read it as «on this message, take this decision»."""

    service: str
    case: type[Case]
    on: Mapping[type[Message], Decide]
    answers: Mapping[str, Decide] = {}  # operation -> decision on its answer
    refusals: Mapping[str, Decide] = {}  # operation -> decision on a refusal
    rings: Mapping[str, Decide] = {}  # alarm name -> decision
    taken: Decide | None = None  # another open request holds what this one claims
