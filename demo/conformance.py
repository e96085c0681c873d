"""Does a carrier keep the contract? Asks any URL what tuiding will ask, as a friend who wants it to pass.

It works on a test line, moves one minor unit each way, switches one item off and on again, and closes the line.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from contracts.carrier.operations import OPERATIONS, Operation
from contracts.carrier.subscriptions import Item, Subscription
from demo.findings import Finding, read, refused, same_again, shape

NOBODY = "sub-nobodyatall"
TIMEOUT_SECONDS = 10
ONE_DAY = timedelta(days=1)
MONEY = {"amount": {"minor": 1, "currency": "CNY"}}
WORDS = {"notice": "conformance", "subject": "测试 / test", "body": "一条测试短信。 A test message."}
SAMPLES: dict[str, dict[str, Any]] = {  # in the order of a line's life; the line is closed by the last
    "charge": {**MONEY, "purpose": "settlement"},
    "refund": {**MONEY, "purpose": "withdrawal"},
    "waive": {**MONEY, "purpose": "delay"},
    "send": {"language": "zh", **WORDS},
    "port-code": {},
    "switch-off": {},
    "restore": {},
    "final-bill": {"charge_end": "2026-03-31T16:00:00Z"},
}


def check(base_url: str, subscription: str, item: str, transport: httpx.BaseTransport | None = None) -> list[Finding]:
    """All we rely on, operation by operation. `subscription` is an open test line that has `item` switched on."""
    findings: list[Finding] = []
    try:
        with httpx.Client(base_url=base_url, timeout=TIMEOUT_SECONDS, transport=transport) as client:
            findings.extend(_all(Visit(client, subscription, item)))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        told = f"{base_url} does not answer ({type(error).__name__}): is it running, is the address right?"
        findings.append(Finding(False, "every", "can be reached", told))
    return findings


class Visit:
    """One run of the check; its request id is new, so runs never meet each other's keys."""

    def __init__(self, client: httpx.Client, subscription: str, item: str) -> None:
        self.client = client
        self.subscription = subscription
        self.item = item
        self.request_id = str(uuid4())

    def sample(self, operation: Operation) -> dict[str, Any]:
        about = {"request_id": self.request_id, "subscription": self.subscription}
        more = {"item": self.item} if "item" in operation.ask.model_fields else {}
        return about | more | SAMPLES[operation.name]

    def post(self, operation: Operation, body: Any, key: str | None) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.client.post(operation.path, json=body, headers=headers)

    def look_up(self, subscription: str) -> httpx.Response:
        return self.client.get(OPERATIONS["look-up"].path.format(subscription=subscription))


def _all(visit: Visit) -> Iterator[Finding]:
    known, findings = _look_up(visit)
    yield from findings
    fit = _fit_for_the_check(known, visit.item)
    yield fit
    if known is None or not fit.ok:
        return
    for name in SAMPLES:
        route = {"route": known.routes[0]} if name == "send" else {}
        yield from _post(visit, OPERATIONS[name], visit.sample(OPERATIONS[name]) | route)


def _look_up(visit: Visit) -> tuple[Subscription | None, list[Finding]]:
    operation = OPERATIONS["look-up"]
    answer = visit.look_up(visit.subscription)
    shown = shape(operation, answer, {"subscription": visit.subscription})
    stranger = refused(operation, "an unknown subscription is refused", visit.look_up(NOBODY), (404,))
    known = Subscription.model_validate_json(answer.content) if shown.ok else None
    today = datetime.now(UTC).date()
    days = [*_days_of(known), *(each for item in known.items for each in _changes_of(item, today))] if known else []
    return known, [shown, stranger, *days]


def _days_of(known: Subscription) -> Iterator[Finding]:
    """`end` is exclusive: where the last day may have been sent instead, the carrier is asked about it."""
    for contract in (item.contract for item in known.items if item.contract):
        ends = f"{contract.contract} ends after it starts, and was concluded no later than it ends"
        told = f"start {contract.start}, end {contract.end}, concluded {contract.concluded}: send the first day after"
        in_order = contract.start < contract.end and (contract.concluded or contract.start) < contract.end
        yield Finding(in_order, "look-up", ends, "" if in_order else told)
        free = contract.free_exit
        if free and free.from_day and not contract.start <= free.from_day <= contract.end:
            asked = f"is free_exit/from_day of {contract.contract}, {free.from_day}, a day of its term?"
            yield Finding(True, "look-up", asked)
        after = contract.end + ONE_DAY
        if after.day == contract.start.day != contract.end.day:
            asked = f"is {contract.end} the last day of {contract.contract}? then send {after}, the first one after"
            yield Finding(True, "look-up", asked)


def _changes_of(item: Item, today: date) -> Iterator[Finding]:
    """What is ordered already lies ahead: once it is carried out the item itself has it."""
    days = [change.from_day for change in item.price_changes]
    once = f"each day in price_changes of {item.item} is there once"
    apart = len(days) == len(set(days))
    yield Finding(apart, "look-up", once, "" if apart else "two prices from one day on: send the one that holds")
    for name, ordered in (("change_from", [item.change_from]), ("price_changes", days)):
        behind = [day for day in ordered if day and day < today - ONE_DAY]  # today is a day later somewhere
        if behind:
            asked = f"is {name} of {item.item}, {behind[0]}, carried out? then leave it out: the item has it"
            yield Finding(True, "look-up", asked)


def _fit_for_the_check(known: Subscription | None, item: str) -> Finding:
    what = "the test line is fit for the check"
    if known is None:
        return Finding(False, "look-up", what, "without a look-up nothing else can be tried")
    switched_on = any(one.item == item and one.active for one in known.items)
    if known.status == "active" and switched_on and known.routes:
        return Finding(True, "look-up", what)
    told = (
        f"name an open line that has {item} switched on and a contact route; a line that was checked before is closed"
    )
    return Finding(False, "look-up", what, told)


def _post(visit: Visit, operation: Operation, ask: dict[str, Any]) -> Iterator[Finding]:
    yield from _refusals(visit, operation, ask)
    key = str(uuid4())
    first = visit.post(operation, ask, key)
    repeated = {name: ask[name] for name in operation.answer.model_fields if name in ask}
    yield shape(operation, first, repeated)
    yield same_again(operation, first, visit.post(operation, ask, key))
    other = visit.post(operation, ask | {"request_id": str(uuid4())}, key)
    yield refused(operation, "the same key with another body is refused", other, (409, 422))
    if operation.name in ("switch-off", "restore"):
        yield _seen_by_the_crm(visit, operation)


def _refusals(visit: Visit, operation: Operation, ask: dict[str, Any]) -> Iterator[Finding]:
    """First, because nothing may have happened before the real ask comes."""
    tries: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
        ("an unknown subscription is refused", {"subscription": NOBODY}, (404,)),
        ("a number where text belongs is refused", {"request_id": 7}, (400, 422)),
        ("an unknown field is refused", {"unheard_of": True}, (400, 422)),
    ]
    if "amount" in ask:
        tries += [(f"{what} is refused", {"amount": amount}, (400, 422)) for what, amount in _wrong_amounts()]
    if "item" in ask:
        tries.append(("an unknown item is refused", {"item": "no-such-item"}, (404, 422)))
    yield refused(operation, "an ask without a key is refused", visit.post(operation, ask, None), (400,))
    for what, change, statuses in tries:
        yield refused(operation, what, visit.post(operation, ask | change, str(uuid4())), statuses)


def _wrong_amounts() -> Iterator[tuple[str, dict[str, Any]]]:
    for what, minor in (("zero money", 0), ("negative money", -1), ("a fraction of a minor unit", 1.5)):
        yield what, {"minor": minor, "currency": "CNY"}


def _seen_by_the_crm(visit: Visit, operation: Operation) -> Finding:
    what, active = f"a look-up shows the item after {operation.name}", operation.name == "restore"
    known, fault = read(Subscription, visit.look_up(visit.subscription))
    if not isinstance(known, Subscription):
        return Finding(False, operation.name, what, fault)
    seen = next((one.active for one in known.items if one.item == visit.item), None)
    return Finding(seen is active, operation.name, what, "" if seen is active else f"{visit.item} has active={seen}")
