"""What termination remembers of a request: what is to end, what has, and what went wrong on the way."""

from collections.abc import Iterable
from typing import Literal

from contracts.carrier.asks import Ask, SwitchAsk
from contracts.messages.base import Audience
from contracts.messages.billing import FeeSettled
from contracts.messages.shared import AttentionResolved
from contracts.messages.termination import ItemEnded, ItemRestored
from contracts.words import Dates, ItemId, Kind, Moment, Money, ReopeningTerms, Value
from policies.customers_word import lies_ahead
from runtime.decision import Call, Case

SWITCH_OFF, RESTORE, PORT_CODE = "switch-off", "restore", "port-code"  # what the carrier is asked


class Kept(Value):
    """The number of a closed line, kept until `free_from`; `attempt` counts the reopenings that were in time."""

    free_from: Moment
    state: Literal["quarantined", "held", "restoring", "undoing", "reopened", "released"] = "quarantined"
    terms: ReopeningTerms | None = None
    attempt: int = 0
    paid: Money | None = None
    reference: str | None = None
    restored: tuple[ItemRestored, ...] = ()
    operator: str = ""  # who gave it up, and why
    reason: str = ""


class Yes(Value):
    """The customer's, to this version of the quote; `quote_sha256` is of what was shown, where intake knew it.

    Without `given_at` where intake only said once more that there was one, or an older build noted it.
    """

    version: int
    quote_sha256: str | None = None
    given_at: Moment | None = None


class TerminationCase(Case):
    """`waiting`: a withdrawal, a yes or a settlement has been heard of so far, but not a yes and its settlement."""

    state: Literal["waiting", "scheduled", "running", "done", "withdrawn"] = "waiting"
    audience: Audience | None = None
    kind: Kind = Kind.PRODUCT
    items: tuple[ItemId, ...] = ()
    dates: Dates | None = None
    withdrawal_wanted: bool = False
    confirmations: tuple[Yes, ...] = ()
    held: tuple[FeeSettled, ...] = ()  # settlements that nobody has said yes to, as far as we know
    unconfirmed: bool = False  # ... and a person was asked to look
    not_all_held: bool = False  # more were said than are kept
    sought: bool = False  # billing was asked what it had settled: the one that belongs to the yes was not kept
    ended: tuple[ItemEnded, ...] = ()
    refused: tuple[ItemId, ...] = ()  # the carrier said no; an operator can order a retry
    doubtful: dict[ItemId, str] = {}  # refused because the answer could not be believed: the key to ask under again
    asked_again: tuple[ItemId, ...] = ()  # refused, and a retry is under way: a second one would do it twice
    late: bool = False
    restoring: tuple[ItemId, ...] = ()  # a repair under way: what is being turned on again
    restored: tuple[ItemId, ...] = ()
    repairing: tuple[ItemId, ...] = ()  # ... and what is being switched off again
    reopening: ReopeningTerms | None = None  # as disclosed with the quote
    kept: Kept | None = None  # once a line is closed
    code_issued_at: Moment | None = None  # of a number that goes elsewhere ...
    code_until: Moment | None = None
    look_up_refused: bool = False  # ... where the carrier would not say whether it did

    @property
    def to_whom(self) -> Audience:
        assert self.audience is not None
        return self.audience

    @property
    def when(self) -> Dates:
        assert self.dates is not None
        return self.dates

    @property
    def goes_on(self) -> bool:
        """But for a repair that came to nothing: what is to be switched off once more the carrier refused for good."""
        keeps_number = self.kept is not None and self.kept.state != "released"
        refused = set(self.refused).difference(self.asked_again)
        came_to_nothing = bool(self.repairing) and not self.restoring and refused.issuperset(self.repairing)
        return self.open and self.state != "waiting" and (keeps_number or not came_to_nothing)

    def waits_for_a_person(self, item: ItemId) -> bool:
        """Refused with a clear no, and not asked for again since."""
        return item in self.refused and item not in self.asked_again and item not in self.doubtful

    @property
    def left(self) -> tuple[ItemId, ...]:
        done = {ended.item for ended in self.ended}
        return tuple(item for item in self.items if item not in done)


def cured(case: TerminationCase, item: ItemId) -> TerminationCase:
    """The carrier has done it: no longer refused, nothing under way."""
    refused = _without(case.refused, item)
    return case.model_copy(update={"refused": refused, "asked_again": _without(case.asked_again, item)})


def refused_once_more(case: TerminationCase, item: ItemId) -> TerminationCase:
    refused = (*_without(case.refused, item), item)
    return case.model_copy(update={"refused": refused, "asked_again": _without(case.asked_again, item)})


def ask_again(case: TerminationCase, items: Iterable[ItemId]) -> tuple[TerminationCase, tuple[Call, ...]]:
    """What was refused, once more; a retry that is under way already goes on under its own key."""
    wanted = tuple(item for item in items if item not in case.asked_again)
    noted = case.model_copy(update={"asked_again": (*case.asked_again, *wanted)})
    return noted, tuple(_again(case, item) for item in wanted)


def incident_of(operation: str, item: ItemId) -> str:
    return operation if item == PORT_CODE else f"{operation}:{item}"


def resolved(case: TerminationCase, item: ItemId) -> AttentionResolved:
    """Said with the answer that cured it; `case` is as it was before."""
    return AttentionResolved(request_id=case.request_id, incident=incident_of(operation_for(case, item), item))


def operation_for(case: TerminationCase, item: ItemId) -> str:
    return PORT_CODE if item == PORT_CODE else RESTORE if item in case.restoring else SWITCH_OFF


def _again(case: TerminationCase, item: ItemId) -> Call:
    port = Call(PORT_CODE, Ask(request_id=case.request_id, subscription=case.to_whom.subscription))
    call = port if item == PORT_CODE else switch(case, operation_for(case, item), item)
    return call._replace(key=case.doubtful.get(item, ""))


def _without(items: tuple[ItemId, ...], item: ItemId) -> tuple[ItemId, ...]:
    return tuple(each for each in items if each != item)


def when_done(at: Moment, earliest: Moment | None, now: Moment) -> Moment:
    """The carrier's time of what it did, where it can be true: never before it was due, never before us."""
    if lies_ahead(at, now):
        return now
    return earliest if earliest is not None and lies_ahead(earliest, at) else at


def switch(case: TerminationCase, operation: str, item: ItemId) -> Call:
    ask = SwitchAsk(request_id=case.request_id, subscription=case.to_whom.subscription, item=item)
    return Call(operation, ask, note=item)
