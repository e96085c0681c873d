"""The quote: every fee, every effect, both end dates, before anybody says yes (R19-R26, R40, R41)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from contracts.carrier import Balance, Item, Subscription
from contracts.messages.billing import FeeLine, FinalAccount, Impact, Quote
from contracts.words import Dates, Kind, Money, Text
from policies.amounts import in_both
from policies.conditions import targets
from policies.kept_numbers import kept_for, reopening_terms
from policies.pack import Pack
from policies.rules.instants import end_of_month, first_day_not_served, last_day
from policies.spans import Length
from services.billing.account import expected
from services.billing.cooling_off import used_so_far, withdrawn_from
from services.billing.fees import early_termination_fee
from services.billing.relations import effects, new_package_needed, relations
from services.billing.shared_contracts import not_yet, under_contracts
from services.billing.tax_of_documents import by_document


def quote(
    kind: Kind,
    items: tuple[str, ...],
    known: Subscription,
    requested_end: datetime,
    version: int,
    now: datetime,
    pack: Pack,
) -> Quote:
    """What ending these items on the earliest allowed day costs and changes, valid from `now`.

    Raises `ValueError` where that cannot be told: a contract or an account makes no sense, or nothing would end.
    """
    ending = targets(kind, items, known)
    if not ending and kind is not Kind.PORT_OUT:
        raise ValueError("nothing that is switched on would end")
    asked = requested_end.astimezone(pack.zone).date()
    withdrawn = withdrawn_from(ending, known, asked, pack)
    service_end = max(requested_end, pack.due(now, _notice_period(kind, ending, withdrawn, now, pack)))
    charge_end = service_end if withdrawn else _charge_end(kind, service_end, pack)
    bound = tuple(item for item in ending if item not in withdrawn)
    lines = (*(used_so_far(item, asked, pack) for item in withdrawn), *fee_lines(bound, known, service_end, pack, now))
    impacts = _impacts(kind, ending, known, service_end, pack)
    account = None if kind is Kind.PRODUCT else expected(known, charge_end, bool(withdrawn), pack)
    return Quote(
        version=version,
        lines=lines,
        total=total_of(lines, pack),
        impacts=impacts,
        clauses=_clauses(lines, impacts, account),
        service_end=service_end,
        charge_end=charge_end,
        valid_until=pack.due(now, pack.clocks.quote_validity),
        policy=pack.id,
        account=account,
        relations=relations(ending, known),
        new_package_needed=new_package_needed(kind, ending, known),
        cooling_off=tuple(item.item for item in withdrawn),
        reopening=reopening_terms(pack) if kind is Kind.LINE else None,
    )


def _clauses(lines: tuple[FeeLine, ...], impacts: tuple[Impact, ...], account: FinalAccount | None) -> tuple[str, ...]:
    """Each once, in the order in which they are first named."""
    named = [clause for line in (*lines, *(account.lines if account else ())) for clause in line.clauses]
    named += [clause for impact in impacts for clause in impact.clauses]
    named += [clause for fate in (account.balances if account else ()) for clause in fate.clauses]
    return tuple(dict.fromkeys(named))


def dates(
    quote: Quote, requested: datetime, pack: Pack, settled_at: datetime | None = None, asked: datetime | None = None
) -> Dates:
    """We promise from the end of the service on, or from the settlement: a customer's own delay is not ours."""
    begins = max(quote.service_end, settled_at or quote.service_end)
    return Dates(
        requested=requested,
        asked=asked,
        promised=pack.due(begins, pack.clocks.termination_promise),
        service_end=quote.service_end,
        charge_end=quote.charge_end,
    )


def unknown_fee_rules(ending: tuple[Item, ...], pack: Pack) -> list[str]:
    known = {rule.rule for rule in pack.fees}
    return sorted({item.contract.fee_rule for item in ending if item.contract and item.contract.fee_rule not in known})


def fee_lines(
    ending: tuple[Item, ...], known: Subscription, service_end: datetime, pack: Pack, asked: datetime
) -> tuple[FeeLine, ...]:
    """`asked`: when the customer wants to leave, which is what a free exit after worse terms counts from."""
    today = asked.astimezone(pack.zone).date()
    end, last = first_day_not_served(service_end, pack.zone), last_day(service_end, pack.zone)
    found = [
        (early_termination_fee(each.item, end, pack, today, last), each.stay)
        for each in under_contracts(ending, known, pack)
    ]
    lines = [not_yet(line, stay) if stay and line.amount.minor else line for line, stay in found if line is not None]
    return by_document(lines, last, pack)


def _notice_period(
    kind: Kind, ending: tuple[Item, ...], withdrawn: tuple[Item, ...], now: datetime, pack: Pack
) -> Length:
    """A withdrawal needs no notice, and what has no contract of its own goes along with it."""
    today = now.astimezone(pack.zone).date()
    period = pack.clocks.notice_period[kind]
    running = tuple(item for item in ending if item.contract and item.contract.start <= today < item.contract.end)
    if withdrawn and all(item in withdrawn for item in running):
        return timedelta(0)
    inside = bool(running)
    return period.inside_contract if inside else period.outside_contract


def _charge_end(kind: Kind, service_end: datetime, pack: Pack) -> datetime:
    if pack.charge_end[kind] == "at-service-end":
        return service_end
    return end_of_month(service_end, pack.zone)


def _impacts(
    kind: Kind, ending: tuple[Item, ...], known: Subscription, service_end: datetime, pack: Pack
) -> tuple[Impact, ...]:
    return (
        *(_item_stops(item) for item in ending),
        *[_change_dropped(item, last_day(service_end, pack.zone)) for item in ending if item.change_from],
        *effects(kind, ending, known),
        *(_shared(item) for item in ending if item.shared_with),
        *(() if kind is Kind.PRODUCT else _of_the_line(kind, known, pack)),
    )


def _item_stops(item: Item) -> Impact:
    what = Text(zh=f"{item.name.zh}停止使用", en=f"{item.name.en} stops working")
    return Impact(item=item.item, what=what)


def _change_dropped(item: Item, last: date) -> Impact:
    """A change that was ordered: it takes effect while the service still runs, or never."""
    day = item.change_from
    assert day is not None
    if day <= last:
        what = Text(
            zh=f"{item.name.zh}的变更自 {day} 起生效，直至终止",
            en=f"The change of {item.name.en} holds from {day} on, until the end",
        )
    else:
        what = Text(
            zh=f"{item.name.zh}自 {day} 起的变更不再生效",
            en=f"The change of {item.name.en} from {day} on does not come",
        )
    return Impact(item=item.item, what=what)


def _shared(item: Item) -> Impact:
    what = Text(
        zh=f"另有 {item.shared_with} 个号码共享{item.name.zh}，将一并停用",
        en=f"{item.shared_with} other lines share {item.name.en} and lose it",
    )
    return Impact(item=item.item, what=what)


LEAVES = Impact(
    item=None,
    what=Text(
        zh="号码随您转到新的运营商；授权码过期未用的，号码和业务照旧",
        en="The number goes with you to the new carrier; if its code is not used in time, all goes on here",
    ),
)


def _number(pack: Pack) -> Impact:
    kept = kept_for(pack)
    what = Text(
        zh=f"号码保留 {kept.zh}后可能分配给他人，请先解绑银行、支付等第三方账户",
        en=f"The number may be given to somebody else after {kept.en}: unbind bank and other accounts first",
    )
    return Impact(item=None, what=what, clauses=(pack.quarantine_clause,))


def _of_the_line(kind: Kind, known: Subscription, pack: Pack) -> Iterator[Impact]:
    yield LEAVES if kind is Kind.PORT_OUT else _number(pack)
    yield from _reopening(kind, pack)
    yield from (_balance(each, pack) for each in known.balances)


def _reopening(kind: Kind, pack: Pack) -> tuple[Impact, ...]:
    """Told before the yes, or it could never be charged."""
    terms = reopening_terms(pack) if kind is Kind.LINE else None
    if terms is None:
        return ()
    fee, kept = in_both(terms.fee), kept_for(pack)
    what = Text(
        zh=f"号码保留的 {kept.zh}内可以恢复，恢复费 {fee.zh}，申请恢复时才收取",
        en=f"Within these {kept.en} the line can be reopened for {fee.en}, charged only if you ask for it",
    )
    return (Impact(item=None, what=what, clauses=terms.clauses),)


FATE = {
    "own": Text(zh="随终账退还", en="is paid back with the final bill"),
    "deposit": Text(zh="抵扣应付款项后退还", en="is a deposit and is paid back after what is owed is set off"),
    "gift": Text(zh="赠送金额不退还", en="is a gift and is not paid out"),
    "third-party": Text(zh="退回原支付方", en="goes back to who paid it"),
}
PRE_DEPOSIT = {
    "returned": Text(zh="为预存款，随终账退还", en="is a pre-deposit and is paid back with the final bill"),
    "forfeited": Text(zh="为预存款，未返还部分不退还", en="is a pre-deposit; the part not released yet is forfeited"),
}
GIFT_PAYS = Text(zh="赠送金额可抵扣应付款项，余额不退还", en="is a gift: it may pay what is owed and is not paid out")


def _balance(balance: Balance, pack: Pack) -> Impact:
    amount, fate = in_both(balance.amount), _fate(balance, pack)
    what = Text(zh=f"余额 {amount.zh} {fate.zh}", en=f"The balance of {amount.en} {fate.en}")
    return Impact(item=None, what=what, clauses=pack.final_account.resting_on(balance.origin))


def _fate(balance: Balance, pack: Pack) -> Text:
    if balance.origin == "pre-deposit":
        return PRE_DEPOSIT[pack.final_account.pre_deposit]
    return GIFT_PAYS if balance.origin == "gift" and pack.final_account.gift_offsets else FATE[balance.origin]


def total_of(lines: tuple[FeeLine, ...], pack: Pack) -> Money:
    return sum((line.amount for line in lines), pack.money(0))
