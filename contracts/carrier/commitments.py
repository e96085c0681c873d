"""What the CRM knows of the contract on an item, and whether leaving it is free."""

from typing import Annotated

from pydantic import AfterValidator, Field

from contracts.visible import PLAIN, clean
from contracts.words import ClauseId, Day, Money, Reference, Text, Value, says_nothing


def _told_clean(name: Text) -> Text:
    """It goes into events, pages and letters: nothing in it acts, and a second line's number is nobody's to read."""
    plain = PLAIN.fullmatch(name.zh + name.en)  # as nearly all are: one look at both
    return name if plain else Text(zh=clean(name.zh), en=clean(name.en))


Name = Annotated[Text, AfterValidator(_told_clean)]


ExitGroundName = Annotated[
    str, Field(pattern=r"^[a-z0-9-]{2,60}$", description="a ground of the policy pack's `exit_grounds`, such as moved")
]


class FreeExit(Value):
    """That the customer may leave a contract free of charge, as the carrier or a person of its has found already."""

    ground: ExitGroundName
    from_day: Annotated[
        Day | None, Field(description="the first day that need not be served, such as the day after a move")
    ] = None


class Contract(Value):
    """A commitment on one item. `lock_in` is true only where the contract says so in words (CN-19).

    `end` is exclusive: of a contract whose last day is 10 May it is 11 May.
    """

    contract: Reference
    start: Annotated[Day, Field(description="the first day of the term")]
    end: Annotated[Day, Field(description="the first day after the term, when no fee is due any more; not its last")]
    lock_in: bool
    clause: ClauseId
    fee_rule: Annotated[str, Field(description="a fee rule of the policy pack, such as share-of-remaining")]
    full_fee: Money = Money(minor=0)
    terms_changed_on: Annotated[Day | None, Field(description="when worse terms were announced, if they were")] = None
    concluded: Annotated[
        Day | None, Field(description="the day it was agreed, where that is not `start`: rights run from then")
    ] = None
    free_exit: Annotated[
        FreeExit | None,
        Field(description="where it was found that leaving it is free, and on which ground", exclude_if=says_nothing),
    ] = None
