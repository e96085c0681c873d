"""Gateways without a network: every service answers its own questions to the carrier, by the crowd's rules.

Deterministic, one answer for a key however often it is asked, and a small ledger of what was carried out, so that a run
with these gateways can be checked like one over HTTP.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from contracts.carrier.asks import Delivered, Receipt, Switched
from contracts.carrier.subscriptions import Subscription
from contracts.words import Value
from demo.carrier.crowd import DECLINED_ALWAYS_EACH, crowd
from demo.carrier.customer import Customer
from runtime.worker.carrier import Refusal

TROUBLE_COMES_BACK = DECLINED_ALWAYS_EACH  # the rarest trouble; the others come back more often within it


class InProcessCarrier:
    """`ask` is what a worker calls; `ledger` what was carried out: (request, operation, what) -> times."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self.answers: dict[str, Value] = {}
        self.ledger: Counter[tuple[str, str, str]] = Counter()
        self._people = list(crowd(TROUBLE_COMES_BACK, now().date(), mixed=True))
        self._tries: defaultdict[str, int] = defaultdict(int)

    async def ask(self, operation: str, ask: Any, key: str) -> Value:
        if operation == "look-up":
            return self._line(ask.subscription)
        if (before := self.answers.get(key)) is not None:
            return before
        answer: Value = getattr(self, f"_{operation.replace('-', '_')}")(ask, key)
        self.answers[key] = answer
        return answer

    def summary(self) -> dict[str, Any]:
        """In the form of the carrier's own `/ledger/summary`, as far as it can be known here."""
        doubled = [
            {"request_id": effect[0], "kind": effect[1], "what": effect[2], "times": times}
            for effect, times in self.ledger.items()
            if times > 1
        ]
        return {"doubled": doubled, "by_kind": dict(Counter(kind for _, kind, _ in self.ledger))}

    def _like(self, subscription: str) -> Customer:
        """One of the first customers, who has the same trouble."""
        return self._people[(int(subscription.removeprefix("sub-c")) - 1) % TROUBLE_COMES_BACK]

    def _line(self, subscription: str) -> Subscription:
        return self._like(subscription).line.model_copy(update={"subscription": subscription})

    def _charge(self, ask: Any, key: str) -> Receipt:
        quirks = self._like(ask.subscription).quirks.get("payment", ())
        tried, self._tries[ask.subscription] = self._tries[ask.subscription], self._tries[ask.subscription] + 1
        if "always-decline" in quirks or tried < len(quirks):
            raise Refusal("payment-declined", "the customer's bank declined the payment")
        self._note(ask, "charge", ask.purpose)
        return Receipt(**_about(ask), reference=f"charge-{key[:16]}", amount=ask.amount, at=self._now())

    def _switch_off(self, ask: Any, key: str) -> Switched:
        self._note(ask, "switch-off", ask.item)
        at = self._now()
        return Switched(**_about(ask), reference=f"switch-{key[:16]}", item=ask.item, active=False, at=at)

    def _send(self, ask: Any, key: str) -> Delivered:
        self._note(ask, "send", ask.notice)
        return Delivered(**_about(ask), reference=f"send-{key[:16]}", route=ask.route, at=self._now())

    def _note(self, ask: Any, operation: str, what: str) -> None:
        self.ledger[ask.request_id, operation, what] += 1


def _about(ask: Any) -> dict[str, str]:
    return {"request_id": ask.request_id, "subscription": ask.subscription}
