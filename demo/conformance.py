"""Does a carrier keep the contract? Asks any URL what tuiding will ask, as a friend who wants it to pass.

It works on a test line, moves one minor unit for every purpose, switches one item off and on again, and closes it.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx

from contracts.carrier.operations import OPERATIONS, PURPOSES, Operation
from contracts.carrier.subscriptions import Subscription
from demo.findings import Finding, in_currency, in_parts, in_time, read, refused, same_again, shape
from demo.line_facts import facts_of

NOBODY = "sub-nobodyatall"
TIMEOUT_SECONDS = 10
ONLY_IF_THERE = {"final-bill", "third-party"}  # refunds of what lies on the account, which may be nothing
WORDS = {"notice": "conformance", "subject": "测试 / test", "body": "一条测试短信。 A test message."}
SAMPLES: dict[str, dict[str, Any]] = {  # in the order of a line's life; the line is closed by the last
    "charge": {"purpose": "settlement"},
    "refund": {"purpose": "withdrawal"},
    "waive": {"purpose": "delay"},
    "send": {"language": "zh", **WORDS},
    "port-code": {},
    "switch-off": {},
    "restore": {},
    "final-bill": {"charge_end": "2026-03-31T16:00:00Z"},
}


def check(
    base_url: str,
    subscription: str,
    item: str,
    transport: httpx.BaseTransport | None = None,
    currency: str = "CNY",
) -> list[Finding]:
    """All we rely on, operation by operation. `subscription` is an open test line that has `item` switched on."""
    findings: list[Finding] = []
    try:
        with httpx.Client(base_url=base_url, timeout=TIMEOUT_SECONDS, transport=transport) as client:
            findings.extend(_all(Visit(client, subscription, item, currency)))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        told = f"{base_url} does not answer ({type(error).__name__}): is it running, is the address right?"
        findings.append(Finding(False, "every", "can be reached", told))
    return findings


class Visit:
    """One run of the check; its request id is new, so runs never meet each other's keys."""

    def __init__(self, client: httpx.Client, subscription: str, item: str, currency: str) -> None:
        self.client = client
        self.subscription = subscription
        self.item = item
        self.currency = currency
        self.request_id = str(uuid4())

    def sample(self, operation: Operation) -> dict[str, Any]:
        about = {"request_id": self.request_id, "subscription": self.subscription}
        more = {"item": self.item} if "item" in operation.ask.model_fields else {}
        money = {"amount": self.money(1)} if "amount" in operation.ask.model_fields else {}
        return about | more | money | SAMPLES[operation.name]

    def money(self, minor: float) -> dict[str, Any]:
        return {"minor": minor, "currency": self.currency}

    def post(self, operation: Operation, body: Any, key: str | None) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.client.post(operation.path, json=body, headers=headers)

    def look_up(self, subscription: str) -> httpx.Response:
        return self.client.get(OPERATIONS["look-up"].path.format(subscription=subscription))


def looked_at(
    base_url: str, subscriptions: Sequence[str], transport: httpx.BaseTransport | None = None
) -> Iterator[tuple[str, Subscription | None, list[Finding]]]:
    """What is said of these lines; nothing is moved, and whoever does not answer says nothing."""
    with (
        suppress(httpx.HTTPError, httpx.InvalidURL),
        httpx.Client(base_url=base_url, timeout=TIMEOUT_SECONDS, transport=transport) as client,
    ):
        for subscription in subscriptions:
            known, findings = _known(Visit(client, subscription, "", ""))
            yield subscription, known, findings


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
    yield from _every_purpose(visit)


def _look_up(visit: Visit) -> tuple[Subscription | None, list[Finding]]:
    known, findings = _known(visit)
    stranger = refused(OPERATIONS["look-up"], "an unknown subscription is refused", visit.look_up(NOBODY), (404,))
    return known, [*findings, stranger]


def _known(visit: Visit) -> tuple[Subscription | None, list[Finding]]:
    answer = visit.look_up(visit.subscription)
    shown = shape(OPERATIONS["look-up"], answer, {"subscription": visit.subscription})
    known = Subscription.model_validate_json(answer.content) if shown.ok else None
    return known, [shown, *(facts_of(known) if known else ())]


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
    for more in (in_time(operation, first), in_currency(operation, first, visit.currency), in_parts(operation, first)):
        if more:
            yield more
    other = visit.post(operation, ask | {"request_id": str(uuid4())}, key)
    yield refused(operation, "the same key with another body is refused", other, (409, 422))
    if operation.name in ("switch-off", "restore"):
        yield _seen_by_the_crm(visit, operation)


def _every_purpose(visit: Visit) -> Iterator[Finding]:
    """Last of all: a closed account, too, is charged and refunded."""
    for name, purposes in PURPOSES.items():
        for purpose in purposes:
            if purpose == SAMPLES[name]["purpose"] or (name == "refund" and purpose in ONLY_IF_THERE):
                continue
            ask = visit.sample(OPERATIONS[name]) | {"purpose": purpose}
            found = shape(OPERATIONS[name], visit.post(OPERATIONS[name], ask, str(uuid4())), {"amount": ask["amount"]})
            yield found._replace(what=f"purpose {purpose} is carried out on an account that is closed")


def _refusals(visit: Visit, operation: Operation, ask: dict[str, Any]) -> Iterator[Finding]:
    """First, because nothing may have happened before the real ask comes."""
    tries: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
        ("an unknown subscription is refused", {"subscription": NOBODY}, (404,)),
        ("a number where text belongs is refused", {"request_id": 7}, (400, 422)),
        ("an unknown field is refused", {"unheard_of": True}, (400, 422)),
    ]
    if "amount" in ask:
        tries += [(f"{what} is refused", {"amount": amount}, (400, 422)) for what, amount in _wrong_amounts(visit)]
    yield refused(operation, "an ask without a key is refused", visit.post(operation, ask, None), (400,))
    for what, change, statuses in tries:
        yield refused(operation, what, visit.post(operation, ask | change, str(uuid4())), statuses)
    if "item" in ask:
        yield from _used_up(visit, operation, ask)


def _used_up(visit: Visit, operation: Operation, ask: dict[str, Any]) -> Iterator[Finding]:
    """A no is for good: what was refused under a key is never carried out under it."""
    unknown, key = ask | {"item": "no-such-item"}, str(uuid4())
    no = visit.post(operation, unknown, key)
    yield refused(operation, "an unknown item is refused", no, (404, 422))
    yield refused(operation, "a refusal uses its key up", visit.post(operation, ask, key), (404, 409, 422))


def _wrong_amounts(visit: Visit) -> Iterator[tuple[str, dict[str, Any]]]:
    for what, minor in (("zero money", 0), ("negative money", -1), ("a fraction of a minor unit", 1.5)):
        yield what, visit.money(minor)


def _seen_by_the_crm(visit: Visit, operation: Operation) -> Finding:
    what, active = f"a look-up shows the item after {operation.name}", operation.name == "restore"
    known, fault = read(Subscription, visit.look_up(visit.subscription))
    if not isinstance(known, Subscription):
        return Finding(False, operation.name, what, fault)
    seen = next((one.active for one in known.items if one.item == visit.item), None)
    return Finding(seen is active, operation.name, what, "" if seen is active else f"{visit.item} has active={seen}")
