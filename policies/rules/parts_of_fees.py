"""A fee that is a sum, where a ground for leaving lets off one part of it and not another: the plan, not the phone."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, NamedTuple, Protocol

from pydantic import Field

from contracts.words import Text
from policies.rules.core import Outcome
from policies.rules.still_asked import FREE_EXIT
from policies.rules.words import said

PartName = Annotated[str, Field(pattern=r"^([a-z][a-z0-9-]*)?$")]
Asks = Callable[[Outcome], Outcome]
REST = Text(zh="其余部分", en="the rest")


class LetOff(NamedTuple):
    """What is still asked of each part that is named, and of what no part is named for."""

    whole: Asks
    parts: Mapping[str, Asks] = {}


class Part(Protocol):
    @property
    def part(self) -> str: ...
    @property
    def name(self) -> Text | None: ...
    @property
    def of(self) -> "tuple[Part, ...]": ...


def parts_fault(family: str, of: Sequence[Part]) -> str:
    """What is wrong with the names of parts, or nothing."""
    for number, each in enumerate(of):
        if each.part and family != "sum-of":
            return f"of/{number}/part: only what a sum-of is made of is let off apart, not {family}"
        if bool(each.part) is not bool(each.name):
            return f"of/{number}/part: a part that is let off apart has both `part` and `name`"
        if any(inner.part for inner in each.of):
            return f"of/{number}/of: only what the rule itself is made of has a `part`"
    twice = [name for name, times in Counter(each.part for each in of if each.part).items() if times > 1]
    return f"of: the part {twice[0]!r} is there twice" if twice else ""


def in_parts(fee: Outcome, of: Sequence[tuple[Part, Outcome]], let_off: LetOff, in_whole: Asks) -> Outcome:
    """Never more than without the ground: the limits of the whole fee, and its multiples, hold for what is left."""
    if fee.amount_minor == 0:
        return fee
    rest = sum(outcome.amount_minor for part, outcome in of if part.part not in let_off.parts)
    asked = [
        (part.name or REST, let_off.parts[part.part](Outcome(amount_minor=outcome.amount_minor)))
        for part, outcome in of
        if part.part in let_off.parts
    ]
    asked.append((REST, let_off.whole(Outcome(amount_minor=rest))))
    left = in_whole(Outcome(amount_minor=sum(outcome.amount_minor for _, outcome in asked)))
    minor = min(fee.amount_minor, left.amount_minor)
    told = tuple(
        said(f"{name.zh}：{step.zh}", f"{name.en}: {step.en}") for name, outcome in asked for step in outcome.steps
    )
    told += left.steps if minor < fee.amount_minor else ()
    reason = fee.reason if minor else FREE_EXIT
    return fee.model_copy(update={"amount_minor": minor, "reason": reason, "steps": (*fee.steps, *told)})
