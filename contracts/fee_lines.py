"""One amount of a quote or of a final account, with everything it was worked out from."""

from typing import Literal

from contracts.words import ClauseId, ItemId, Money, Text, Value

LineKind = Literal["early-termination", "arrears", "late-fee", "usage", "period-fee", "device"]
LineStatus = Literal["due", "paid", "held", "not-charged"]


class FeeLine(Value):
    """One amount with its rule, what it was worked out from, the steps of the arithmetic in words, clause and tax.

    `amount` is with tax. Nothing is charged where `reason` says why not; `held`: disputed, so in no sum for now.
    """

    line: str
    rule: str
    item: ItemId | None
    name: Text
    amount: Money
    steps: tuple[Text, ...]
    clauses: tuple[ClauseId, ...]
    refundable_on_dispute: bool = True
    kind: LineKind = "early-termination"
    status: LineStatus = "due"
    reason: str = ""
    inputs: dict[str, str] = {}
    net: Money | None = None
    tax: Money | None = None
    tax_code: str = ""
