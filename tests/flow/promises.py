"""What the letters of a pack say with a date, a span or an amount, and what carries each of them out."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa
from jinja2 import nodes

from contracts.messages import Message
from contracts.words import Money
from policies.pack import Pack
from policies.templates import ENVIRONMENT
from runtime.kernel.arrivals import Arrival
from runtime.kernel.tables import ALARMS
from tests.flow.system import System

SHOWN = ("money", "day", "moment", "span")
Told = tuple[str, str]  # an event's type, and what of it a letter shows


class Alarm(NamedTuple):
    """At that moment this alarm is set, once the request has come so far; a name may have a word before it."""

    service: str
    name: str
    once: tuple[str, ...] = ()


class Moved(NamedTuple):
    """So much was moved at the carrier: one of these kinds."""

    kinds: tuple[str, ...]


class Same(NamedTuple):
    """The same as another event says of the request, where that one was said."""

    event: str
    field: str


class Clock(NamedTuple):
    """A span of the pack; this test holds the moment at which it is over."""

    test: str


class Fact(NamedTuple):
    """It happened before the letter: who knows it."""

    of: str


Proof = Alarm | Moved | Same | Clock | Fact

DATES: dict[str, Proof] = {
    "dates.asked": Same("request.accepted.v1", "application.accepted_at"),
    "dates.requested": Same("request.accepted.v1", "application.requested_end"),
    "dates.promised": Alarm("termination", "promise", ("service.terminated.v1", "port-code.issued.v1")),
    "dates.effective": Fact("the carrier, when it switched the last item off or the number left"),
    "pack.clocks.dispute_window": Clock("test_a_dispute_is_taken_until_its_window_is_over"),
}
LINES: dict[str, Proof] = {
    "line.amount": Fact("the pack's rule; the letter shows its steps"),
    "line.tax": Fact("the pack's rate of the day of supply"),
    "fate.amount": Fact("the carrier's account"),
}
ENDS: dict[str, Proof] = {
    "dates.service_end": Alarm("termination", "service-end", ("termination.scheduled.v1",)),
    "dates.charge_end": Same("quote.issued.v1", "quote.charge_end"),
}
OVER: dict[str, Proof] = {
    "dates.service_end": Same("quote.issued.v1", "quote.service_end"),
    "dates.promised": Same("fee.settled.v1", "dates.promised"),
    "each.at": Fact("the carrier, when it switched the item"),
}
ELSEWHERE = Fact("an operator: what was owed, and is billed or given back elsewhere, or let go")
TABLE: dict[str, dict[str, Proof]] = {
    "request.accepted.v1": {
        "application.accepted_at": Fact("intake, when it took the request in"),
        "application.requested_end": Fact("the customer"),
        "due(application.accepted_at, pack.clocks.review_decision)": Alarm(
            "review", "review-decision", ("review.referred.v1",)
        ),
    },
    "information.required.v1": {"answer_due": Alarm("review", "information-answer")},
    "review.referred.v1": {"decide_by": Alarm("review", "review-decision")},
    "review.overdue.v1": {"decide_by": Same("review.referred.v1", "decide_by")},
    "quote.issued.v1": DATES
    | LINES
    | {
        "quote.total": Moved(("charge",)),
        "quote.service_end": Alarm("termination", "service-end", ("termination.scheduled.v1",)),
        "quote.charge_end": Same("service.terminated.v1", "dates.charge_end"),
        "quote.valid_until": Alarm("billing", "quote-deadline"),
        "quote.account.net": Fact("the carrier's account, netted in the pack's order, as known today"),
        "-quote.account.net": Fact("the carrier's account, netted in the pack's order, as known today"),
    },
    "settlement.failed.v1": {
        "amount": Same("quote.issued.v1", "quote.total"),
        "retry_until": Alarm("billing", "payment-deadline"),
    },
    "settlement.abandoned.v1": {"amount": Same("quote.issued.v1", "quote.total")},
    "fee.settled.v1": DATES
    | {
        "application.accepted_at": Same("request.accepted.v1", "application.accepted_at"),
        "confirmed_at": Fact("intake, when the customer said yes"),
        "paid": Moved(("charge",)),
        "held": Same("dispute.opened.v1", "amount"),
        "elsewhere.amount": Fact("an operator: what was agreed to, and is billed elsewhere or let go"),
    },
    "fee.refunded.v1": {"amount": Moved(("refund",)), "elsewhere.amount": ELSEWHERE},
    "fee.waived.v1": {"amount": Moved(("waive",)), "elsewhere.amount": ELSEWHERE},
    "dispute.opened.v1": {
        "amount": Fact("the lines that the customer disputes"),
        "answer_due": Alarm("billing", "dispute-answer"),
    },
    "dispute.resolved.v1": {
        "owed": Fact("the operator's decision"),
        "elsewhere.amount": ELSEWHERE,
        "charged": Moved(("charge",)),
        "refunded": Moved(("refund",)),
        "compensation": Fact("the operator's decision, times the pack's `overcharge_times`"),
        "pack.clocks.dispute_window": DATES["pack.clocks.dispute_window"],
        "pack.clocks.complaint_answer[operator]": Alarm("intake", "complaint", ("complaint.escalated.v1",)),
    },
    "termination.scheduled.v1": {name: DATES[name] for name in DATES if name.startswith("dates")} | ENDS,
    "service.terminated.v1": DATES
    | ENDS
    | OVER
    | {
        "pack.clocks.number_quarantine": Clock("test_a_number_is_kept_as_long_as_its_letter_says"),
        "number_free_from": Alarm("termination", "number-quarantine"),
        "reopening.fee": Same("reopening.paid.v1", "paid"),
    },
    "termination.late.v1": {"promised": Same("fee.settled.v1", "dates.promised")},
    "termination.reprocessed.v1": {"each.at": OVER["each.at"]},
    "port-code.issued.v1": {"valid_until": Alarm("termination", "port-code-over")},
    "number.ported.v1": {
        "dates.asked": DATES["dates.asked"],
        "dates.requested": DATES["dates.requested"],
        "dates.promised": OVER["dates.promised"],
        "dates.effective": DATES["dates.effective"],
        "left_at": Fact("the carrier, when the number left"),
    },
    "port-code.expired.v1": {"valid_until": Same("port-code.issued.v1", "valid_until")},
    "final-bill.issued.v1": LINES
    | {
        "account.held": Same("dispute.opened.v1", "amount"),
        "unbilled_usage": Fact("the carrier's final bill"),
        "own_balance": Fact("the carrier's final bill"),
        "net": Moved(("charge",)),
        "-net": Moved(("refund",)),
        "pack.clocks.dispute_window": DATES["pack.clocks.dispute_window"],
    },
    "reopening.paid.v1": {"paid": Moved(("charge",))},
    "reopening.declined.v1": {
        "amount": Same("service.terminated.v1", "reopening.fee"),
        "number_free_from": Alarm("termination", "number-quarantine"),
    },
    "line.reopened.v1": {name: DATES[name] for name in DATES if name.startswith("dates.")}
    | {"each.at": OVER["each.at"], "paid": Same("reopening.paid.v1", "paid")}
    | {"dates.promised": OVER["dates.promised"]},
    "reopening.failed.v1": {"number_free_from": Alarm("termination", "number-quarantine")},
    "complaint.escalated.v1": {
        "each.at": Fact("intake, when the earlier complaint came"),
        "answer_due": Alarm("intake", "complaint"),
    },
}


def told(pack: Pack, language: str) -> set[Told]:
    """Everything with a date, a span or an amount in the letters of a pack."""
    found = set()
    for notice in pack.notices:
        for text in (notice.subject, notice.body):
            tree = ENVIRONMENT.parse(text.in_language(language))
            shown = (each for each in tree.find_all(nodes.Filter) if each.name in SHOWN)
            found |= {(notice.event, source(each.node)) for each in shown}
    return found


def bare_numbers(pack: Pack, language: str) -> set[str]:
    """Digits in the words themselves, which nothing would carry out."""
    texts = (text.in_language(language) for n in pack.notices for text in (n.subject, n.body))
    return {number for text in texts for number in re.findall(r"\d+", re.sub(r"{[{%].*?[%}]}", "", text, flags=re.S))}


def source(node: Any) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{source(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        return f"{source(node.node)}[{source(node.arg)}]"
    if isinstance(node, nodes.Neg):
        return f"-{source(node.node)}"
    if isinstance(node, nodes.Filter):
        return f"{node.name}({', '.join(source(each) for each in (node.node, *node.args))})"
    return str(node.name if isinstance(node, nodes.Name) else node.value)


class Watched(System):
    """Remembers every alarm that was ever set."""

    def __init__(self, pack: str = "cn-carrier") -> None:
        self.alarms: set[tuple[str, str, str, int]] = set()
        super().__init__(pack)

    def _turn(self, name: str) -> bool:
        moved = super()._turn(name)
        self._remember(name)
        return moved

    def _again(self, name: str, answers: list[Arrival]) -> None:
        self._remember(name)  # the answer may stop what was just set
        super()._again(name, answers)

    def _remember(self, name: str) -> None:
        rows = self.steppers[name].store.read(sa.select(ALARMS.c.request_id, ALARMS.c.name, ALARMS.c.due))
        self.alarms |= {(name, row.request_id, row.name, row.due) for row in rows}


def field(event: Message, path: str, pack: Pack) -> Any:
    """What a letter shows of an event; None where it is not there."""
    if path.startswith("due("):
        start, clock = path.removeprefix("due(").removesuffix(")").split(", ")
        return pack.due(field(event, start, pack), getattr(pack.clocks, clock.split(".")[-1]))
    found: Any = event
    for name in path.lstrip("-").split("."):
        found = getattr(found, name, None)
    return -found if path.startswith("-") and isinstance(found, Money) else found


def reachable(path: str) -> bool:
    """What is shown of each of several, or of the pack, is no field of the event itself."""
    return not path.startswith(("line.", "fate.", "each.", "pack."))


def events_of(system: System, request: str, kind: str) -> Iterator[Message]:
    return (event for event in system.events(request) if event.type == kind)
