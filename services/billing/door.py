"""Billing's HTTP door: what would it cost and change, today and at later dates. Nothing is stored by asking."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import APIRouter, FastAPI, Request

from contracts.carrier.asks import SubscriptionAsk
from contracts.carrier.subscriptions import Subscription
from contracts.channel_rights import QUOTE
from contracts.quotes import EXAMPLE, FURTHEST_END, QUOTE_REFUSALS, QuoteAnswer, QuoteAsk
from contracts.words import Kind, Text
from policies.money_terms import UnknownFeeRule
from policies.pack import Pack
from runtime.http.bodies import read_body
from runtime.http.callers.agreed import why_not as why_not
from runtime.http.callers.caller import asked_by, caller_of
from runtime.http.callers.described import CHANNELS
from runtime.http.callers.gate import Gate
from runtime.http.callers.problem_codes import CALLERS
from runtime.http.described import describe, takes
from runtime.http.host_context import HostContext
from runtime.http.problem_codes import GENERAL, Code
from runtime.http.problems import Fault, Problem, answer_with_problems, refuses
from runtime.worker.carrier import Carrier, Outage, Refusal, connect
from services.billing.curve import simulate

PAST = Text(
    zh="已经过去：请写以后的时刻，或不写（尽快）",
    en="This lies in the past: name a later moment, or leave it out for as soon as possible",
)
YEARS = FURTHEST_END.days // 366
FAR = Text(zh=f"太远：请写 {YEARS} 年以内的时刻", en=f"This is too far away: name a moment within {YEARS} years")
UNKNOWN = Text(zh="查不到该用户", en="The carrier knows no such subscription")
CLOSED = Text(zh="该号码已经销户", en="This line is closed already")
NO_ITEMS = Text(zh="请列出要退订的业务", en="List the items to drop")
OFF, NOT_THERE = (
    Text(zh="该业务已经关闭", en="This item is off already"),
    Text(zh="该号码没有此业务", en="The line has no such item"),
)
CODES = GENERAL | CALLERS | {name: Code(*refusal) for name, refusal in QUOTE_REFUSALS.items()}


def routes(host: HostContext, carrier: Carrier | None = None, gate: Gate | None = None) -> APIRouter:
    """`carrier`: whom to ask; `gate`: who stands before it; both instead of what the settings say."""
    settings, gate = host.settings, gate or Gate(host, "billing", CODES)
    asked = carrier or Carrier(connect(settings))

    @asynccontextmanager
    async def closing(app: FastAPI) -> AsyncIterator[None]:
        async with gate.open():
            yield
        await asked.client.aclose()

    router = APIRouter(lifespan=closing, route_class=gate.route())

    @router.post(
        "/v1/quotes",
        summary="What an end would cost and change, now and at later dates; creates nothing",
        openapi_extra=takes(QuoteAsk, EXAMPLE),
        responses=refuses(CODES, 400, 401, 403, 404, 409, 413, 415, 422, 429, 502, 503),
    )
    async def quote(request: Request) -> QuoteAnswer:
        now = datetime.now(UTC)
        ask = await read_body(request, QuoteAsk)
        caller_of(request).permit(QUOTE, asked_by(ask, ask.subscription), unknown="unknown-subscription")
        _refuse([*wrong_dates(ask, now), *_wrong_items(ask)])
        known = await _look_up(asked, ask.subscription)
        if known.status == "closed":
            raise Problem("line-ended", faults=[Fault("/subscription", CLOSED)])
        _refuse(_items_not_there(ask, known))
        return _simulated(ask, known, now, host.pack)

    return router


def _simulated(ask: QuoteAsk, known: Subscription, now: datetime, pack: Pack) -> QuoteAnswer:
    """What cannot be priced for a request cannot be priced here either."""
    try:
        return simulate(ask, known, now, pack)
    except (UnknownFeeRule, ValueError) as error:
        why = str(error)[:300]
        raise Problem("cannot-be-priced", Text(zh=f"无法计算：{why}", en=why)) from None


def prepare(app: FastAPI) -> None:
    answer_with_problems(app, CODES)
    describe(app, (QuoteAsk,), CHANNELS)


async def _look_up(carrier: Carrier, subscription: str) -> Subscription:
    try:
        known = await carrier.ask("look-up", SubscriptionAsk(subscription=subscription), "")
    except Refusal as no:
        fault = Fault("/subscription", UNKNOWN)
        unknown = no.code == "unknown-subscription"
        raise Problem("unknown-subscription", faults=[fault]) if unknown else Problem("carrier-refused") from None
    except Outage:
        raise Problem("carrier-away") from None
    assert isinstance(known, Subscription)
    return known


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise Problem("invalid", faults=faults)


def wrong_dates(ask: QuoteAsk, now: datetime) -> list[Fault]:
    named = [("/requested_end", ask.requested_end), *((f"/dates/{at}", date) for at, date in enumerate(ask.dates))]
    past = [Fault(place, PAST) for place, date in named if date and date < now]
    far = [Fault(place, FAR) for place, date in named if date and date > now + FURTHEST_END]
    return past + far


def _wrong_items(ask: QuoteAsk) -> list[Fault]:
    if ask.kind is Kind.PRODUCT and not ask.items:
        return [Fault("/items", NO_ITEMS)]
    if ask.kind is not Kind.PRODUCT and ask.items:
        whole = Text(
            zh="此类申请针对整个号码：不要写 items", en=f"A {ask.kind} request is about the whole line: leave items out"
        )
        return [Fault("/items", whole)]
    return []


def _items_not_there(ask: QuoteAsk, known: Subscription) -> list[Fault]:
    active = {item.item: item.active for item in known.items}
    return [
        Fault(f"/items/{at}", OFF if item in active else NOT_THERE)
        for at, item in enumerate(ask.items)
        if not active.get(item)
    ]
