"""How a service names its decisions: which message, answer or alarm goes to which function."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from contracts.messages import Message
from policies.pack import Pack
from runtime.decision import AlarmRang, Answered, Call, Case, Decision, Refused, Taken

M = TypeVar("M", bound=Message)
Decide = Callable[[Any, Any, datetime, Pack], Decision]  # (case or None, message, now, pack) -> decision
OnAnswer = Callable[[Any, Answered, datetime, Pack], Decision]
OnRefusal = Callable[[Any, Refused, datetime, Pack], Decision]
OnAlarm = Callable[[Any, AlarmRang, datetime, Pack], Decision]
OnTaken = Callable[[Any, Taken, datetime, Pack], Decision]


class Hears(NamedTuple):
    """One line of a service's wiring; made by `hears`, where the type checker compares message and decision."""

    model: type[Message]
    decide: Decide
    may_wait: bool = False  # a moment, for others like it


def hears(model: type[M], decide: Callable[[Any, M, datetime, Pack], Decision], may_wait: bool = False) -> Hears:
    """On this message, take this decision: one that takes another message is a type error."""
    return Hears(model, decide, may_wait)


def at_once(call: Call) -> bool:
    """Somebody waits for what is decided on its answer."""
    return False


class Wiring(NamedTuple):
    """One service on one page: read it as «on this message, take this decision»."""

    service: str
    case: type[Case]
    on: tuple[Hears, ...]
    answers: Mapping[str, OnAnswer] = {}  # operation -> decision on its answer
    refusals: Mapping[str, OnRefusal] = {}  # operation -> decision on a refusal
    rings: Mapping[str, OnAlarm] = {}  # alarm name -> decision
    taken: OnTaken | None = None  # another open request holds what this one claims
    on_sight: frozenset[Callable[..., Decision]] = frozenset()  # these look at the case only where they change it
    unhurried: Callable[[Call], bool] = at_once  # whether the decision on its answer may wait a moment, for others
    silent: Callable[[str, Pack], bool] | None = None  # whether a type of message leads to nothing under that pack

    @property
    def decisions(self) -> dict[str, Decide]:
        """By the type of the message."""
        return {each.model.type: each.decide for each in self.on}

    @property
    def patient(self) -> frozenset[str]:
        """Types of messages on whose decision nobody waits."""
        return frozenset(each.model.type for each in self.on if each.may_wait)
