"""What a customer is offered: what it costs, what stops or changes, and until when it stands."""

from typing import Annotated

from pydantic import Field

from contracts.fee_lines import FeeLine
from contracts.final_account import FinalAccount
from contracts.relations import Relations
from contracts.words import ClauseId, ItemId, Moment, Money, ReopeningTerms, Text, Value


class Impact(Value):
    """One thing that stops or changes, and when (R23-R26)."""

    item: ItemId | None
    what: Text
    clauses: tuple[ClauseId, ...] = ()


class Quote(Value):
    """What it costs, what it changes and until when the offer stands; nothing outside it is ever charged.

    `cooling_off`: the items whose contract is withdrawn from within its first days. `reopening`: what having the line
    back would cost, later and only if asked for; None where the pack does not offer it.
    """

    version: int
    lines: tuple[FeeLine, ...]
    total: Money
    impacts: tuple[Impact, ...]
    clauses: tuple[ClauseId, ...]
    service_end: Moment
    charge_end: Moment
    valid_until: Moment
    policy: str
    relations: Relations = Relations()
    new_package_needed: bool = False
    account: Annotated[FinalAccount | None, Field(description="of a line that closes: the expected final account")] = (
        None
    )
    cooling_off: tuple[ItemId, ...] = ()
    reopening: ReopeningTerms | None = None
