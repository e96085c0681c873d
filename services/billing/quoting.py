"""The quote: every fee, every effect, both end dates, before anybody says yes (R19-R26, R40, R41)."""

from datetime import datetime, timedelta

from contracts.carrier import Balance, Item, Subscription
from contracts.messages.billing import FeeLine, Impact, Quote
from contracts.words import Dates, Kind, Money, Text
from policies.conditions import targets
from policies.kept_numbers import kept_for, reopening_terms
from policies.pack import Pack
from policies.rules.words import money
from services.billing.cooling_off import used_so_far, withdrawn_from
from services.billing.fees import early_termination_fee


def quote(
    kind: Kind,
    items: tuple[str, ...],
    known: Subscription,
    requested_end: datetime,
    version: int,
    now: datetime,
    pack: Pack,
) -> Quote:
    """What ending these items on the earliest allowed day costs and changes, valid from `now`."""
    ending = targets(kind, items, known)
    asked = requested_end.astimezone(pack.zone).date()
    withdrawn = withdrawn_from(ending, known, asked, pack)
    service_end = max(requested_end, now + _notice_period(kind, ending, withdrawn, now, pack))
    bound = tuple(item for item in ending if item not in withdrawn)
    lines = (*(used_so_far(item, asked, pack) for item in withdrawn), *fee_lines(bound, service_end, pack))
    impacts = _impacts(kind, ending, known, pack)
    return Quote(
        version=version,
        lines=lines,
        total=total_of(lines, pack),
        impacts=impacts,
        clauses=_clauses(lines, impacts),
        service_end=service_end,
        charge_end=service_end if withdrawn else _charge_end(kind, service_end, pack),
        valid_until=now + pack.clocks.quote_validity,
        policy=pack.id,
        cooling_off=tuple(item.item for item in withdrawn),
        reopening=reopening_terms(pack) if kind is Kind.LINE else None,
    )


def _clauses(lines: tuple[FeeLine, ...], impacts: tuple[Impact, ...]) -> tuple[str, ...]:
    """Each once, in the order in which they are first named."""
    named = [clause for line in lines for clause in line.clauses]
    named += [clause for impact in impacts for clause in impact.clauses]
    return tuple(dict.fromkeys(named))


def dates(quote: Quote, requested: datetime, pack: Pack, settled_at: datetime | None = None) -> Dates:
    """We promise from the end of the service on, or from the settlement: a customer's own delay is not ours."""
    begins = max(quote.service_end, settled_at or quote.service_end)
    return Dates(
        requested=requested,
        promised=begins + pack.clocks.termination_promise,
        service_end=quote.service_end,
        charge_end=quote.charge_end,
    )


def unknown_fee_rules(ending: tuple[Item, ...], pack: Pack) -> list[str]:
    known = {rule.rule for rule in pack.fees}
    return sorted({item.contract.fee_rule for item in ending if item.contract and item.contract.fee_rule not in known})


def fee_lines(ending: tuple[Item, ...], service_end: datetime, pack: Pack) -> tuple[FeeLine, ...]:
    day = service_end.astimezone(pack.zone).date()
    return tuple(line for item in ending if (line := early_termination_fee(item, day, pack)) is not None)


def _notice_period(
    kind: Kind, ending: tuple[Item, ...], withdrawn: tuple[Item, ...], now: datetime, pack: Pack
) -> timedelta:
    """A withdrawal needs no notice, and what has no contract of its own goes along with it."""
    today = now.astimezone(pack.zone).date()
    period = pack.clocks.notice_period[kind]
    running = tuple(item for item in ending if item.contract is not None and item.contract.end > today)
    if withdrawn and all(item in withdrawn for item in running):
        return timedelta(0)
    inside = bool(running)
    return period.inside_contract if inside else period.outside_contract


def _charge_end(kind: Kind, service_end: datetime, pack: Pack) -> datetime:
    if pack.charge_end[kind] == "at-service-end":
        return service_end
    local = service_end.astimezone(pack.zone)
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=32)).replace(day=1)
    return following.astimezone(service_end.tzinfo)


def _impacts(kind: Kind, ending: tuple[Item, ...], known: Subscription, pack: Pack) -> tuple[Impact, ...]:
    return (
        *(_item_stops(item) for item in ending),
        *(_left_alone(item, ending) for item in known.items if item.active and _hangs_on(item, ending)),
        *(_shared(item) for item in ending if item.shared_with),
        *(
            ()
            if kind is Kind.PRODUCT
            else (_number(pack), *_reopening(kind, pack), *(_balance(each) for each in known.balances))
        ),
    )


def _item_stops(item: Item) -> Impact:
    what = Text(zh=f"{item.name.zh}停止使用", en=f"{item.name.en} stops working")
    return Impact(item=item.item, what=what)


def _hangs_on(item: Item, ending: tuple[Item, ...]) -> bool:
    gone = {each.item for each in ending}
    return item.item not in gone and bool(gone & set(item.depends_on))


def _left_alone(item: Item, ending: tuple[Item, ...]) -> Impact:
    what = Text(
        zh=f"{item.name.zh}依赖将终止的业务，需另办套餐",
        en=f"{item.name.en} relies on what ends and needs a new package",
    )
    return Impact(item=item.item, what=what)


def _shared(item: Item) -> Impact:
    what = Text(
        zh=f"另有 {item.shared_with} 个号码共享{item.name.zh}，将一并停用",
        en=f"{item.shared_with} other lines share {item.name.en} and lose it",
    )
    return Impact(item=item.item, what=what)


def _number(pack: Pack) -> Impact:
    kept = kept_for(pack)
    what = Text(
        zh=f"号码保留 {kept.zh}后可能分配给他人，请先解绑银行、支付等第三方账户",
        en=f"The number may be given to somebody else after {kept.en}: unbind bank and other accounts first",
    )
    return Impact(item=None, what=what, clauses=(pack.quarantine_clause,))


def _reopening(kind: Kind, pack: Pack) -> tuple[Impact, ...]:
    """Told before the yes, or it could never be charged."""
    terms = reopening_terms(pack) if kind is Kind.LINE else None
    if terms is None:
        return ()
    fee, kept = money(terms.fee.minor, terms.fee.currency), kept_for(pack)
    what = Text(
        zh=f"号码保留的 {kept.zh}内可以恢复，恢复费 {fee}，申请恢复时才收取",
        en=f"Within these {kept.en} the line can be reopened for {fee}, charged only if you ask for it",
    )
    return (Impact(item=None, what=what, clauses=terms.clauses),)


FATE = {
    "own": Text(zh="随终账退还", en="is paid back with the final bill"),
    "gift": Text(zh="赠送金额不退还", en="is a gift and is not paid out"),
    "pre-deposit": Text(zh="按合约约定处理", en="is handled as the contract says"),
    "third-party": Text(zh="退回原支付方", en="goes back to who paid it"),
}


def _balance(balance: Balance) -> Impact:
    amount = f"{balance.amount.minor // 100}.{balance.amount.minor % 100:02d}"
    fate = FATE[balance.origin]
    return Impact(item=None, what=Text(zh=f"余额 {amount} 元{fate.zh}", en=f"The balance of {amount} {fate.en}"))


def total_of(lines: tuple[FeeLine, ...], pack: Pack) -> Money:
    return sum((line.amount for line in lines), pack.money(0))
