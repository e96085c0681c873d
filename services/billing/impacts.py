"""What a quote says that stops or changes: items, what others share, the number, balances (R23-R26)."""

from collections.abc import Iterator
from datetime import date, datetime

from contracts.carrier.accounts import Balance
from contracts.carrier.subscriptions import Item, Subscription
from contracts.offer import Impact
from contracts.words import Kind, Text
from policies.amounts import in_both
from policies.kept_numbers import kept_for, reopening_terms
from policies.pack import Pack
from policies.rules.instants import last_day
from services.billing.relations import effects


def impacts_of(
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


FATE = {  # with the amount in it
    "own": Text(
        zh="自有余额 {} 先抵扣应付款项，余下的退还",
        en="Your own money, {}, pays what is owed first; the rest is paid back",
    ),
    "deposit": Text(
        zh="押金 {} 先抵扣应付款项，余下的退还", en="The deposit of {} pays what is owed first; the rest is paid back"
    ),
    "gift": Text(zh="赠送金 {} 不退还", en="The gift of {} is not paid out"),
    "third-party": Text(zh="他人代付 {} 退回原支付方", en="What others paid, {}, goes back to who paid it"),
}
PRE_DEPOSIT = {
    "returned": Text(
        zh="预存款 {} 先抵扣应付款项，余下的退还",
        en="The pre-deposit of {} pays what is owed first; the rest is paid back",
    ),
    "forfeited": Text(
        zh="预存款 {} 中尚未释放的部分不退还", en="Of the pre-deposit of {} the part not released yet is forfeited"
    ),
}
GIFT_PAYS = Text(
    zh="赠送金 {} 可抵扣应付款项，余下的不退还", en="The gift of {} may pay what is owed; the rest is not paid out"
)


def _balance(balance: Balance, pack: Pack) -> Impact:
    amount, fate = in_both(balance.amount), _fate(balance, pack)
    what = Text(zh=fate.zh.format(amount.zh), en=fate.en.format(amount.en))
    return Impact(item=None, what=what, clauses=pack.final_account.resting_on(balance.origin))


def _fate(balance: Balance, pack: Pack) -> Text:
    if balance.origin == "pre-deposit":
        return PRE_DEPOSIT[pack.final_account.pre_deposit]
    return GIFT_PAYS if balance.origin == "gift" and pack.final_account.gift_offsets else FATE[balance.origin]
