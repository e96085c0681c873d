"""The final account of a line: charges by kind, money by origin, one explained settlement (N12, FV-37, FV-47). Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime

from contracts.carrier.accounts import AccountCharge, Balance
from contracts.carrier.asks import FinalBill
from contracts.carrier.subscriptions import Item, Subscription
from contracts.fee_lines import FeeLine, LineKind
from contracts.final_account import FinalAccount
from contracts.offer import Quote
from contracts.words import Money, Text
from policies.pack import Pack
from policies.rules.instants import last_day
from policies.rules.netting import Netting, NettingOutcome, named, netting
from policies.rules.registry import read_facts
from policies.rules.words import money, said
from services.billing.balances import fates, usable
from services.billing.charges import Row, rows_of
from services.billing.cooling_off import month_withdrawn
from services.billing.strange_sums import refuse_another_currency
from services.billing.tax_of_documents import by_document

OPEN_KINDS: tuple[LineKind, ...] = ("arrears", "late-fee", "usage", "period-fee")  # may still grow until the end
BEFORE_ACCOUNTS: tuple[LineKind, ...] = ("usage",)  # what a quote without an account has always told
USAGE = Text(zh="未出账使用费", en="Usage not billed before")


def expected(known: Subscription, charge_end: datetime, withdrawn: Collection[str], pack: Pack) -> FinalAccount:
    """For the quote: as it would be with what the CRM knows today. Raises `ValueError`: the account makes no sense."""
    _refuse_strange_arrears(known.arrears, pack)
    charges = _left_open(known.charges, withdrawn, known.items)
    rows = [row for charge in charges for row in rows_of(charge, None, charge_end, pack)]
    return _settled(_taxed(rows, charge_end, pack), known.balances, pack).model_copy(update={"open_kinds": OPEN_KINDS})


def _refuse_strange_arrears(arrears: Money, pack: Pack) -> None:
    if arrears.minor < 0:
        raise ValueError(f"arrears: {arrears.minor} is below zero; what is the customer's is a balance")
    refuse_another_currency("arrears", arrears, pack)


def final(
    bill: FinalBill,
    quote: Quote,
    held: Iterable[str],
    pack: Pack,
    left_at: datetime | None = None,
    let_go: Iterable[str] = (),
    items: tuple[Item, ...] = (),
) -> FinalAccount:
    """When the line is closed, or its number left; `held`: the quote's lines under dispute. Raises like `expected`.

    `let_go`: those that nobody takes. `items`: what was on the line when it was quoted.
    """
    left = _left_open(_charges(bill), quote.cooling_off, items)
    charges = [(charge, _told(charge, quote, pack)) for charge in left]
    ends = left_at or quote.charge_end
    rows = _taxed([row for charge, told in charges for row in rows_of(charge, told, ends, pack)], ends, pack)
    argued, free = set(held), set(let_go)
    fees = (_settled_before(line, line.line in argued, line.line in free) for line in quote.lines)
    return _settled([*rows, *map(Row, fees)], _balances(bill), pack)


def _taxed(rows: list[Row], charge_end: datetime, pack: Pack) -> list[Row]:
    lines = by_document((row.line for row in rows), last_day(charge_end, pack.zone), pack)
    return [row._replace(line=line) for row, line in zip(rows, lines, strict=True)]


def _left_open(
    charges: Iterable[AccountCharge], withdrawn: Collection[str], items: tuple[Item, ...]
) -> tuple[AccountCharge, ...]:
    """Whoever withdraws from a contract pays for the days used with the quote, and not once more as a month."""
    return tuple(
        each for each in charges if each.kind != "period-fee" or not month_withdrawn(withdrawn, items, each.charge)
    )


def _charges(bill: FinalBill) -> tuple[AccountCharge, ...]:
    """A carrier that gives only the sums has usage alone."""
    if bill.charges or not bill.unbilled_usage.minor:
        return bill.charges
    return (AccountCharge(charge="unbilled", kind="usage", name=USAGE, amount=bill.unbilled_usage),)


def _balances(bill: FinalBill) -> tuple[Balance, ...]:
    if bill.balances or not bill.own_balance.minor:
        return bill.balances
    return (Balance(origin="own", amount=bill.own_balance),)


def _told(charge: AccountCharge, quote: Quote, pack: Pack) -> Money | None:
    """How much of it was disclosed; None where the kind was told to be open."""
    if charge.kind in (quote.account.open_kinds if quote.account else BEFORE_ACCOUNTS):
        return None
    name, lines = f"{charge.kind}/{charge.charge}", quote.account.lines if quote.account else ()
    return sum((line.net for line in lines if line.line == name and line.net), pack.money(0))


def _settled_before(line: FeeLine, held: bool, let_go: bool) -> FeeLine:
    """A fee of the quote: settled when the customer said yes, or still argued about."""
    status = "held" if held else "paid" if line.amount.minor and not let_go else "not-charged"
    return line.model_copy(update={"status": status})


def _settled(rows: Iterable[Row], balances: tuple[Balance, ...], pack: Pack) -> FinalAccount:
    found_rows = sorted(rows, key=lambda row: pack.netting_order.index(row.line.kind))
    lines = tuple(row.line for row in found_rows)
    found = _netted(lines, balances, pack)
    owed = sum((line.amount for line in lines if line.status == "due"), pack.money(0))
    money_rows = tuple(fates(balances, owed.minor, found.gift_used_minor, pack))
    marks = [flag for row in found_rows for flag in row.flags] + [flag for row in money_rows for flag in row.flags]
    return FinalAccount(
        lines=lines,
        balances=tuple(row.fate for row in money_rows),
        owed=owed,
        held=pack.money(found.held_minor),
        net=pack.money(found.amount_minor),
        steps=(*found.steps, *_still_open(found, pack)),
        flags=tuple(dict.fromkeys((*marks, *found.flags))),
    )


def _netted(lines: tuple[FeeLine, ...], balances: tuple[Balance, ...], pack: Pack) -> NettingOutcome:
    mine = usable(balances, pack)
    given = {
        "charges": [_charge(line) for line in lines if line.status in ("due", "held")],
        "deposit_minor": mine.deposit,
        "prepaid_minor": mine.own,
        "pre_deposit_minor": mine.pre_deposit,
        "gift_minor": mine.gift,
        "gift_offsets": pack.final_account.gift_offsets,
        "order": pack.netting_order,
        "currency": pack.currency,
    }
    return netting(read_facts(Netting, given))


def _charge(line: FeeLine) -> dict[str, object]:
    tax = line.tax.minor if line.tax else 0
    about = {"kind": line.kind, "disputed": line.status == "held"}
    return about | {"amount_minor": line.amount.minor - tax, "tax_minor": tax}


def _still_open(found: NettingOutcome, pack: Pack) -> tuple[Text, ...]:
    """Which charges the money on the account did not reach, going down the pack's order."""
    if not found.open_minor:
        return ()
    rows = [(kind, money(minor, pack.currency)) for kind, minor in found.open_minor.items()]
    zh, en = ([f"{named(kind, language)} {amount}" for kind, amount in rows] for language in ("zh", "en"))
    return (said(f"余额未能抵扣：{'、'.join(zh)}", f"not covered by the money on the account: {', '.join(en)}"),)
