"""A quote without a request: what a channel asks, what billing answers. Nothing is created by asking."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from contracts.messages.commands import Items
from contracts.messages.review import Ground
from contracts.offer import Quote
from contracts.words import Channel, Kind, Moment, Money, SubscriptionRef, Text, Value

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
    `time_zone` is the rules': which day a moment belongs to; a customer is shown every time in it.
    """

    kind: Kind
    subscription: SubscriptionRef
    items: Items
    asked_at: Moment
    quote: Quote
    dates: tuple[QuoteOnDate, ...]
    obstacles: tuple[Ground, ...] = ()
    time_zone: str = ""


EXAMPLE = {"kind": "product", "subscription": "sub-freeaddon01", "items": ["video-pack"], "channel": "app"}
# Every no of POST /v1/quotes that is not about the form: its HTTP status, what it means, what to do. Two doors say it.
QUOTE_REFUSALS: dict[str, tuple[int, Text, Text]] = {
    "unknown-subscription": (
        404,
        Text(zh="查不到该用户。", en="The carrier knows no such subscription."),
        Text(zh="请核对用户编号。", en="Check the subscription reference."),
    ),
    "line-ended": (
        409,
        Text(zh="该号码已经销户。", en="This line has ended already."),
        Text(
            zh="无需再办理；如号码有误，请更正。",
            en="Nothing more to do. If it is the wrong line, correct the subscription.",
        ),
    ),
    "cannot-be-priced": (
        409,
        Text(zh="费用暂时无法计算。", en="What this would cost cannot be worked out."),
        Text(zh="请提交申请，由人工核实。", en="Submit a request: a person will look into it."),
    ),
    "carrier-refused": (
        502,
        Text(zh="运营商系统拒绝了查询。", en="The carrier's system refused to answer."),
        Text(zh="请稍后再试；如持续出现请联系运维。", en="Try again later; if it stays, tell the operators."),
    ),
    "carrier-away": (
        503,
        Text(zh="运营商系统暂时没有应答。", en="The carrier's system does not answer for now."),
        Text(zh="请稍后再试。", en="Try again in a few seconds."),
    ),
}
