"""The same end on different days: the fee, what the items regularly cost until then, the cheapest day. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from contracts.carrier.subscriptions import Subscription
from contracts.messages.review import Ground
from contracts.offer import Quote
from contracts.quotes import QuoteAnswer, QuoteAsk, QuoteOnDate
from policies.conditions import facts, holding, targets
from policies.lawful import bound_until
from policies.pack import Pack
from services.billing.days_of_service import delay_cost
from services.billing.quoting import quote

DRY_RUN = 0  # the version of a quote that nobody can confirm
USUAL_DAYS = (0, 7, 30, 90, 180)


def simulate(ask: QuoteAsk, known: Subscription, now: datetime, pack: Pack) -> QuoteAnswer:
    ends = sorted(set(ask.dates or usual_ends(ask, known, now, pack)))
    return QuoteAnswer(
        kind=ask.kind,
        subscription=ask.subscription,
        items=ask.items,
        asked_at=now,
        quote=_quote(ask, known, ask.requested_end or now, now, pack),
        dates=_marked(_on(end, ask, known, now, pack) for end in ends),
        obstacles=obstacles(ask, known, now, pack),
        time_zone=pack.time_zone,
    )


def obstacles(ask: QuoteAsk, known: Subscription, now: datetime, pack: Pack) -> tuple[Ground, ...]:
    """What review would reject it for today, such as what still needs an item that is to end."""
    truths = facts(ask.kind, ask.items, known, now.astimezone(pack.zone).date(), pack)
    return tuple(
        Ground(code=row.rule, rule=row.rule, clause=row.clause, reason=row.reason, remedy=row.remedy)
        for row in holding(pack, ask.kind, truths, ("reject",))
    )


def usual_ends(ask: QuoteAsk, known: Subscription, now: datetime, pack: Pack) -> tuple[datetime, ...]:
    """Today, some round spans from now, and the day each running contract ends, in the carrier's time zone."""
    today = now.astimezone(pack.zone).date()
    contracts = (item.contract for item in targets(ask.kind, ask.items, known) if item.contract)
    last_days = {day for contract in contracts if (day := bound_until(contract, pack, today)) > today}
    midnights = (datetime.combine(day, time(), pack.zone).astimezone(UTC) for day in last_days)
    return (*(now + timedelta(days=days) for days in USUAL_DAYS), *midnights)


def _quote(ask: QuoteAsk, known: Subscription, end: datetime, now: datetime, pack: Pack) -> Quote:
    return quote(ask.kind, ask.items, known, end, DRY_RUN, now, pack)


def _on(end: datetime, ask: QuoteAsk, known: Subscription, now: datetime, pack: Pack) -> QuoteOnDate:
    offer = _quote(ask, known, end, now, pack)
    ending = targets(ask.kind, ask.items, known)
    today = now.astimezone(pack.zone).date()
    regular = delay_cost(ending, _days(now, offer.charge_end), pack.currency, today)
    return QuoteOnDate(
        requested_end=end,
        service_end=offer.service_end,
        charge_end=offer.charge_end,
        fee=offer.total,
        regular_fees=regular,
        altogether=offer.total + regular,
        lowest_fee=False,
        cheapest=False,
    )


def _days(start: datetime, end: datetime) -> int:
    """Begun days count."""
    return -((start - end) // timedelta(days=1))


def _marked(points: Iterable[QuoteOnDate]) -> tuple[QuoteOnDate, ...]:
    found = list(points)
    cheapest = min(found, key=lambda point: (point.altogether.minor, point.requested_end))
    lowest = min(found, key=lambda point: (point.fee.minor, point.requested_end))
    return tuple(
        point.model_copy(update={"cheapest": point is cheapest, "lowest_fee": point is lowest}) for point in found
    )
