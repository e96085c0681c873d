"""Money on an account by where it came from: what it may pay, where each part of it goes (N12, FV-37, FV-38). Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from contracts.carrier.accounts import Balance
from contracts.final_account import BalanceFate
from contracts.words import Text
from policies.pack import Pack
from policies.rules.balances import PreDeposit, PreDepositOutcome, pre_deposit
from policies.rules.core import RuleError
from policies.rules.registry import read_facts
from policies.rules.words import money, said
from services.billing.strange_sums import refuse_another_currency, refuse_too_much

OWN = ("deposit", "own", "pre-deposit")  # pays what is owed, in this order; what is left is paid out
FATES = {
    "deposit": said("押金抵扣应付款项，余额退还", "the deposit pays what is owed, the rest is paid back"),
    "own": said("自有余额抵扣应付款项，余额退还", "own money pays what is owed, the rest is paid back"),
    "gift": said("赠送金不退还", "a gift is never paid out"),
    "third-party": said("他人代付的金额退回原支付方", "what others paid goes back to them"),
}
GIFT_PAYS = said(
    "赠送金抵扣自有余额不足的部分，余额不退还", "a gift pays what own money does not; the rest is never paid out"
)


class Usable(NamedTuple):
    """Minor units that may pay what is owed."""

    deposit: int
    own: int
    pre_deposit: int
    gift: int

    @property
    def customers(self) -> int:
        return self.deposit + self.own + self.pre_deposit


class Row(NamedTuple):
    fate: BalanceFate
    flags: tuple[str, ...] = ()


def usable(balances: tuple[Balance, ...], pack: Pack) -> Usable:
    """Raises `ValueError` where a balance makes no sense."""

    def total(origin: str) -> int:
        return sum(_reach(each, pack) for each in balances if each.origin == origin)

    return Usable(total("deposit"), total("own"), total("pre-deposit"), total("gift"))


def fates(balances: tuple[Balance, ...], owed: int, gift_used: int, pack: Pack) -> Iterator[Row]:
    """`owed`: what is due in minor units; the customer's own money pays it first, then so much of a gift."""
    left = {"gift": gift_used} | dict.fromkeys(OWN, min(owed, usable(balances, pack).customers))
    order = [*OWN, "gift", "third-party"]
    for balance in sorted(balances, key=lambda each: order.index(each.origin)):
        used = min(_reach(balance, pack), left.get(balance.origin, 0))
        for origin in OWN if balance.origin in OWN else (balance.origin,):
            left[origin] = left.get(origin, 0) - used
        yield _row(balance, used, pack)


def _row(balance: Balance, used: int, pack: Pack) -> Row:
    reach, whole = _reach(balance, pack), balance.amount.minor
    out = reach - used if balance.origin in OWN else 0
    back = whole if balance.origin == "third-party" else 0
    steps, flags = _words(balance, pack)
    fate = BalanceFate(
        origin=balance.origin,
        amount=pack.money(whole),
        used=pack.money(used),
        paid_out=pack.money(out),
        returned=pack.money(back),
        lost=pack.money(whole - used - out - back),
        steps=(*steps, _sum(balance, used, out, back, pack)),
        clauses=pack.final_account.resting_on(balance.origin),
    )
    return Row(fate, flags)


def _reach(balance: Balance, pack: Pack) -> int:
    """What of it may pay what is owed, and where it is the customer's goes back to them."""
    place = f"balances/{balance.origin}"
    refuse_another_currency(place, balance.amount, pack)
    if balance.amount.minor < 0:
        raise ValueError(f"{place}: {balance.amount.minor} is below zero; what is owed is a charge")
    refuse_too_much(place, balance.amount)
    if balance.origin == "pre-deposit":
        found = _pre_deposit(balance, pack)
        return found.released_minor + found.amount_minor
    return 0 if balance.origin == "third-party" else balance.amount.minor


def _pre_deposit(balance: Balance, pack: Pack) -> PreDepositOutcome:
    given = {
        "deposit_minor": balance.amount.minor,
        "release_months": balance.release_months,
        "months_released": balance.months_released,
        "rest": pack.final_account.pre_deposit,
        "rounding": pack.rounding,
        "currency": pack.currency,
    }
    try:
        return pre_deposit(read_facts(PreDeposit, given))
    except RuleError as error:
        raise RuleError(f"balances/{balance.origin}/{error}") from None


def _words(balance: Balance, pack: Pack) -> tuple[tuple[Text, ...], tuple[str, ...]]:
    if balance.origin == "pre-deposit":
        found = _pre_deposit(balance, pack)
        return found.steps, found.flags
    if balance.origin == "gift" and pack.final_account.gift_offsets:
        return (GIFT_PAYS,), ()
    return (FATES[balance.origin],), ()


def _sum(balance: Balance, used: int, out: int, back: int, pack: Pack) -> Text:
    whole = balance.amount.minor
    parts = (("抵扣", "set off", used), ("退还", "paid out", out), ("退回原支付方", "returned", back))
    shown = [
        (zh, en, money(minor, pack.currency))
        for zh, en, minor in (*parts, ("不退还", "lost", whole - used - out - back))
        if minor
    ]
    total = money(whole, pack.currency)
    zh = "，".join(f"{name} {amount}" for name, _, amount in shown) or "无"
    return said(f"{total}：{zh}", f"{total}: {', '.join(f'{name} {amount}' for _, name, amount in shown) or 'nothing'}")
