"""What each operation does once it is known to be new: one function an operation, inside the caller's transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Any, NamedTuple

from contracts.carrier.asks import (
    Ask,
    Delivered,
    FinalBill,
    FinalBillAsk,
    MessageAsk,
    MoneyAsk,
    PortCode,
    Receipt,
    SwitchAsk,
    Switched,
)
from contracts.words import Money, Text
from demo.carrier.desk import CASH, GOODWILL, Line, keep, line_of, next_quirk, pay_out, post, set_aside
from demo.carrier.problems import Refused

AFTER_CLOSING = (
    "final-bill",
    "dispute",
    "account-dispute",
    "reopening",
)  # the only debts a closed line can still be charged for
PAYS_OUT = {"final-bill": ("own", "deposit", "pre-deposit"), "third-party": ("third-party",)}  # purpose -> origins
USAGE = Text(zh="未出账使用费", en="Usage not billed before")
PORT_CODE_VALID = timedelta(hours=1)  # CN-20
PORT_CODE_TEXT = Text(zh="您的携号转网授权码：{code}。", en="Your authorisation code for another carrier: {code}.")


class Act(NamedTuple):
    """The circumstances of one piece of work; `reference` is the same whenever it is repeated."""

    database: Connection
    reference: str
    at: datetime


class Done(NamedTuple):
    """A ledger row in the making: what was truly carried out, and what is answered about it."""

    answer: Ask
    kind: str
    what: str = ""
    amount_minor: int = 0
    effect_minor: int = 0
    content: str | None = None


def charge(act: Act, ask: MoneyAsk) -> Done:
    line = _payer(act, ask)
    if line.closed and ask.purpose not in AFTER_CLOSING:
        raise Refused("already-closed", f"a closed line is not charged for {ask.purpose}")
    if next_quirk(act.database, line, "payment") == "decline":
        raise Refused("payment-declined", "try again when the customer has changed the payment method")
    return _moved(act, ask, "charge", CASH, ask.amount.minor)


def refund(act: Act, ask: MoneyAsk) -> Done:
    _payer(act, ask)
    if origins := PAYS_OUT.get(ask.purpose):
        pay_out(act.database, ask.subscription, origins, ask.amount.minor)
    return _moved(act, ask, "refund", CASH, -ask.amount.minor)


def waive(act: Act, ask: MoneyAsk) -> Done:
    _payer(act, ask)
    return _moved(act, ask, "waive", GOODWILL, -ask.amount.minor)


def final_bill(act: Act, ask: FinalBillAsk) -> Done:
    line = line_of(act.database, ask.subscription)
    if line.closed and next_quirk(act.database, line, "ported") is None:
        raise Refused("already-closed", "the final bill was issued before")
    usage = Money(minor=line.unbilled_minor, currency=line.currency)
    line.snapshot["status"], line.unbilled_minor = "closed", 0
    charges, balances = line.empty()
    keep(act.database, line)
    set_aside(act.database, ask.subscription, balances)
    if usage.minor:
        charges.append({"charge": "unbilled", "kind": "usage", "name": USAGE, "amount": usage})
    lying = sum(each["amount"]["minor"] for each in balances if each["origin"] == "own")
    own = Money(minor=lying, currency=line.currency)
    about = _about(ask) | {"reference": act.reference, "unbilled_usage": usage, "own_balance": own}
    answer = FinalBill.model_validate(about | {"charges": charges, "balances": balances})
    return Done(answer, "final-bill", amount_minor=sum(each.amount.minor for each in answer.charges))


def switch_off(act: Act, ask: SwitchAsk) -> Done:
    line = line_of(act.database, ask.subscription)
    item = line.item(ask.item)
    if line.closed and not item["active"]:
        raise Refused("already-closed", f"{ask.item} went off with the line")
    answer = Switched(**_about(ask), reference=act.reference, item=ask.item, active=False, at=act.at)
    match (next_quirk(act.database, line, f"item:{ask.item}") or "").partition(":"):
        case "refuse", _, _:
            raise Refused("switch-off-refused", f"{ask.item} stays on until provisioning has fixed it")
        case "busy", _, _:
            raise Refused("switch-busy", f"{ask.item} cannot be switched right now", retry_after_seconds=1)
        case "lost", _, _:
            return Done(answer, "switch-off-lost", ask.item)
        case "cross", _, other:
            _switch(act, line, other, active=False)
            return Done(answer, "switch-off", other)
    _switch(act, line, ask.item, active=False)
    _close_again(act, line, ask)
    return Done(answer, "switch-off", ask.item)


def restore(act: Act, ask: SwitchAsk) -> Done:
    line = line_of(act.database, ask.subscription)
    if next_quirk(act.database, line, f"restore:{ask.item}") == "refuse":
        raise Refused("restore-refused", f"{ask.item} stays off until provisioning has fixed it")
    if line.closed:
        line.snapshot["status"] = "active"
    _switch(act, line, ask.item, active=True)
    answer = Switched(**_about(ask), reference=act.reference, item=ask.item, active=True, at=act.at)
    return Done(answer, "restore", ask.item)


def port_code(act: Act, ask: Ask) -> Done:
    line = line_of(act.database, ask.subscription)
    if line.closed:
        raise Refused("already-closed", "a closed line has no number to take along")
    code = str(int(act.reference[-12:], 16) % 10**8).zfill(8)
    told = PORT_CODE_TEXT.in_language(line.snapshot["language"]).format(code=code)
    answer = PortCode(**_about(ask), reference=act.reference, valid_until=act.at + PORT_CODE_VALID)
    return Done(answer, "port-code", content=told)


def send(act: Act, ask: MessageAsk) -> Done:
    line = line_of(act.database, ask.subscription)
    if ask.route not in line.snapshot["routes"]:
        raise Refused("undeliverable", f"no {ask.route} address is known")
    if next_quirk(act.database, line, f"route:{ask.route}") == "undeliverable":
        raise Refused("undeliverable", f"the {ask.route} address does not answer")
    answer = Delivered(**_about(ask), reference=act.reference, route=ask.route, at=act.at)
    return Done(answer, "send", ask.notice, content=f"{ask.subject}\n{ask.body}")


WORK: dict[str, Callable[[Act, Any], Done]] = {
    "charge": charge,
    "refund": refund,
    "waive": waive,
    "final-bill": final_bill,
    "switch-off": switch_off,
    "restore": restore,
    "port-code": port_code,
    "send": send,
}


def _payer(act: Act, ask: MoneyAsk) -> Line:
    if ask.amount.minor <= 0:
        raise Refused("amount-not-positive", f"{ask.amount.minor} is not above zero")
    line = line_of(act.database, ask.subscription)
    if ask.amount.currency != line.currency:
        raise Refused("wrong-currency", f"the account is kept in {line.currency}, not {ask.amount.currency}")
    return line


def _moved(act: Act, ask: MoneyAsk, kind: str, against: str, effect_minor: int) -> Done:
    post(act.database, ask.subscription, against, effect_minor)
    answer = Receipt(**_about(ask), reference=act.reference, amount=ask.amount, at=act.at)
    return Done(answer, kind, ask.purpose, ask.amount.minor, effect_minor)


def _switch(act: Act, line: Line, item: str, *, active: bool) -> None:
    line.item(item)["active"] = active
    keep(act.database, line)


def _close_again(act: Act, line: Line, ask: SwitchAsk) -> None:
    """A reopening that is taken back: the last item off closes a line whose final bill was issued."""
    billed = "select 1 from ledger where kind = 'final-bill' and request_id = ?"
    all_off = not any(item["active"] for item in line.snapshot["items"])
    if all_off and act.database.execute(billed, (ask.request_id,)).fetchone():
        line.snapshot["status"] = "closed"
        keep(act.database, line)


def _about(ask: Ask) -> dict[str, str]:
    return {"request_id": ask.request_id, "subscription": ask.subscription}
