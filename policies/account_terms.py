"""What a pack says of the final account of a line that closes, and of leaving free after worse terms (N12, FV-52)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.carrier.accounts import Origin
from contracts.fee_lines import LineKind
from contracts.words import ClauseId, Text, Value
from policies.rules.core import AtLeastOne, Count
from policies.rules.still_asked import Asked, StillAsked
from policies.spans import Span

Taxed = Literal["arrears", "late-fee", "usage", "period-fee", "device"]
Grounded = LineKind | Origin | Literal["overcharge"]


class FinalAccountTerms(Value):
    """Left out entirely: the days of the last month, no late fee, every balance but a gift goes back, no tax on top."""

    closing_month: Literal["full-month", "daily", "half-month"] = "daily"
    unit_price: Literal["exact", "rounded"] = "exact"  # of a day, where the last month is paid by days
    late_fee_clause: ClauseId | None = None  # the contract's own rate; the strictest law in force caps it
    pre_deposit: Literal["returned", "forfeited"] = "returned"  # what becomes of the part not released yet
    gift_offsets: bool = False
    overcharge_times: Annotated[AtLeastOne, Field(le=10)] = 1
    taxes: Annotated[dict[Taxed, str], Field(default_factory=dict)]  # on top, by kind of charge
    clauses: Annotated[dict[Grounded, ClauseId], Field(default_factory=dict)]  # what a kind, or an origin, rests on

    @model_validator(mode="after")
    def _unusual_terms_name_their_clause(self) -> Self:
        wanted = {"gift": self.gift_offsets, "pre-deposit": self.pre_deposit == "forfeited"}
        if missing := next((name for name, needed in wanted.items() if needed and name not in self.clauses), ""):
            raise ValueError(f"clauses/{missing}: is missing: what costs the customer money rests on a clause")
        return self

    def cited(self) -> tuple[tuple[tuple[str, ...], ClauseId], ...]:
        """Every place below `final_account` that names a clause, with the clause."""
        rate = ((("late_fee_clause",), self.late_fee_clause),) if self.late_fee_clause else ()
        return (*((("clauses", kind), clause) for kind, clause in self.clauses.items()), *rate)

    def tax_on(self, kind: LineKind) -> str:
        """The tax code, or nothing."""
        return next((code for taxed, code in self.taxes.items() if taxed == kind), "")

    def resting_on(self, name: str) -> tuple[ClauseId, ...]:
        return tuple(clause for kind, clause in self.clauses.items() if kind == name)


class FreeExit(Value):
    """So long after worse terms were announced, leaving costs nothing: so many `days`, or `within` a span."""

    days: Count | None = None
    within: Span | None = None
    clause: ClauseId

    @model_validator(mode="after")
    def _says_how_long(self) -> Self:
        if (self.days is None) is (self.within is None):
            raise ValueError("days: say either days, such as 30, or within, such as 3 months")
        return self


class ExitGround(Value):
    """A ground on which a contract is left free, or for less, once it is found to hold; `proof`: what shows it."""

    name: Text
    proof: Text
    clause: ClauseId
    asks: StillAsked | None = None  # of the fee by its rule; left out: nothing
    by_rule: dict[str, Asked] = {}  # where it asks otherwise of a rule of `fees`
    notice: Span | None = None  # in place of the notice period of a contract; left out: that one holds

    def asked_of(self, rule: str) -> Asked | None:
        return self.by_rule.get(rule, self.asks)
