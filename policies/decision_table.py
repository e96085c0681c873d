"""A row of the review's decision table, as a pack holds it."""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt, model_validator

from contracts.words import ClauseId, Kind, Text, Value


class Test(Value):
    """`{fact: arrears, above: 0}`: one comparison of one fact, a fact being one of `FACTS` or `answered:<question>`."""

    fact: str
    above: StrictInt | None = None
    below: StrictInt | None = None
    is_: Annotated[str | int | bool | None, Field(alias="is")] = None
    is_not: str | int | bool | None = None

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if self.above is self.below is self.is_ is self.is_not is None:
            raise ValueError("needs one of above, below, is, is_not")
        return self

    def fits(self, value: str | int | bool) -> bool:
        return (
            (self.is_ is None or value == self.is_)
            and (self.is_not is None or value != self.is_not)
            and (self.above is None or int(value) > self.above)
            and (self.below is None or int(value) < self.below)
        )


class Condition(Value):
    """A row of the review's decision table: when all tests hold, this outcome, on this ground.

    `reason` and `remedy` may name a fact in braces, such as `{dependents_en}`. An `ask` row is the question named like
    the rule and no longer holds once it is answered. `field` is the part of the form a `return` row points at.
    """

    rule: str
    applies_to: tuple[Kind, ...]
    when: tuple[Test, ...]
    outcome: Literal["return", "reject", "ask", "refer"]
    clause: ClauseId
    reason: Text
    remedy: Text
    field: str = "/items"
