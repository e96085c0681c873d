"""A quote without a request: what a channel asks, what billing answers. Nothing is created by asking."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from contracts.messages.billing import Quote
from contracts.messages.commands import Items
from contracts.messages.review import Ground
from contracts.words import Channel, Kind, Moment, Money, SubscriptionRef, Value

FURTHEST_END = timedelta(days=50 * 366)  # beyond this no promise of an end means anything (and calendars end)


class QuoteAsk(Value):
    """What would it cost and change to end this at `requested_end` (as soon as possible if it is left out)?"""

    kind: Kind
    subscription: SubscriptionRef
    items: Items = ()
    requested_end: Moment | None = None
    channel: Channel | None = None
    dates: Annotated[
        tuple[Moment, ...],
        Field(
            max_length=24,
            description="further ends to compare; if none: today, in 7, 30, 90 and 180 days, and when a contract ends",
        ),
    ] = ()


class QuoteOnDate(Value):
    """One point of the curve: the fee for ending then, and what the items regularly cost until then."""

    requested_end: Moment
    service_end: Moment
    charge_end: Moment
    fee: Money
    regular_fees: Annotated[Money, Field(description="a thirtieth of the monthly fees a day, until charge_end")]
    altogether: Money
    lowest_fee: Annotated[bool, Field(description="the earliest date with the lowest fee")]
    cheapest: Annotated[bool, Field(description="the earliest date with the lowest sum of both")]


class QuoteAnswer(Value):
    """`quote.version` is 0: this quote cannot be confirmed; the one of a request can.

    All of it, later ends too, is by the edition of the rules in force at `asked_at`, which `quote.policy` names.
    `obstacles`: why a request for just this would be rejected today, and what to do about it (N14); empty: nothing.
    """

    kind: Kind
    subscription: SubscriptionRef
    items: Items
    asked_at: Moment
    quote: Quote
    dates: tuple[QuoteOnDate, ...]
    obstacles: tuple[Ground, ...] = ()
