"""What intake remembers of a request: enough to refuse what cannot be, and to tell anybody where it stands."""

import hashlib
from collections import Counter
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from contracts.carrier.asks import SubscriptionAsk
from contracts.carrier.subscriptions import Subscription
from contracts.messages import TYPES
from contracts.messages.base import Audience, Command
from contracts.messages.billing import About
from contracts.messages.commands import ComplaintLevel, ReportProblem, SubmitCancellation
from contracts.messages.intake import Application, ComplaintRound, Fault
from contracts.messages.review import Ground
from contracts.offer import Quote
from contracts.words import Dates, Moment, Money, RequestId, Ruling, SubscriptionRef, Value
from runtime.decision import Call, Case

LOOK_UP = "look-up"  # what the carrier is asked
LINE, WISH, CONTRACT = "line", "wish", "contract"  # in the names that are claimed


class Stage(StrEnum):
    """Where a request is, in the order in which it usually gets there; the last seven are ends."""

    CHECKING = "checking"
    IN_REVIEW = "in-review"
    INFORMATION_REQUIRED = "information-required"
    REFERRED = "referred"
    QUOTED = "quoted"
    CONFIRMED = "confirmed"
    PAYMENT_FAILED = "payment-failed"
    SETTLED = "settled"
    SCHEDULED = "scheduled"
    SWITCHING_OFF = "switching-off"
    LATE = "late"
    TERMINATED = "terminated"
    CLOSED = "closed"
    RETURNED = "returned"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"
    JOINED = "joined"  # the same thing was already on its way under another id


ENDS = {Stage.CLOSED, Stage.RETURNED, Stage.REJECTED, Stage.EXPIRED, Stage.WITHDRAWN, Stage.FAILED, Stage.JOINED}
WAITING = {Stage.INFORMATION_REQUIRED, Stage.REFERRED, Stage.PAYMENT_FAILED}  # until a moment that is told
PIVOT_PASSED = {Stage.SWITCHING_OFF, Stage.LATE, Stage.TERMINATED, Stage.CLOSED}


class Complaint(Value):
    """`rounds`: what each side said, level by level, the latest last."""

    level: ComplaintLevel
    answer_due: Moment
    answered: bool = False
    rounds: tuple[ComplaintRound, ...] = ()


class DisputeSeen(Value):
    """What billing said of a dispute; no `outcome` while it is looked into."""

    about: About = "quote"
    lines: tuple[str, ...] = ()  # none: kept before they were
    ground: str
    amount: Money
    held: bool
    answer_due: Moment
    outcome: Ruling | Literal[""] = ""
    owed: Money | None = None
    reason: str = ""


class EarlyCommand(Value):
    """A follow-up that came before its request, as it came."""

    type: str
    body: str

    @property
    def command(self) -> Command:
        command = TYPES[self.type].model_validate_json(self.body)
        assert isinstance(command, Command)
        return command


class IntakeCase(Case):
    stage: Stage = Stage.CHECKING
    audience: Audience
    submit: SubmitCancellation | None = None
    login_problem: ReportProblem | None = None
    application: Application | None = None
    received_at: Moment
    quote: Quote | None = None
    confirmed_version: int | None = None
    yeses: tuple[int, ...] = ()  # to which versions, also where one was refused
    withdrawing: bool = False
    withdrawal_asked: bool = False  # ever, also where it was refused
    problem_reported: bool = False
    dates: Dates | None = None
    due: Moment | None = None  # by when the answer, the decision or the payment this stage waits for must come
    due_of: Stage | None = None  # ... which stage that is, whatever was heard since
    given: bool = False  # the customer has answered or tried to pay, and it is not judged yet
    lapsed: str = ""  # the end that was said before its moment, by our clock
    faults: tuple[Fault, ...] = ()
    grounds: tuple[Ground, ...] = ()
    joined: RequestId | None = None
    complaint: Complaint | None = None
    settled_at: Moment | None = None
    disputes: tuple[DisputeSeen, ...] = ()
    number_free_from: Moment | None = None  # of a closed line
    port_code_until: Moment | None = None  # the customer can take the number elsewhere until then
    final_bill: bool = False
    reopening: Literal["", "requested", "restoring", "reopened"] = ""  # the request stays closed meanwhile
    reopened_at: Moment | None = None
    reopening_asked: bool = False  # ever, also where nothing came of it
    disputed: int | None = None  # how often the customer did; none: the case was stored before that was counted
    incident: str = ""
    switched_off: bool = False  # termination says so
    expired_version: int | None = None  # of the quote that billing calls expired, and we do not yet
    closing: bool = False  # the customer was told of an end that we have not heard of
    out_of_turn: tuple[str, ...] = ()  # incidents: ends that what we know contradicts
    early: tuple[EarlyCommand, ...] = ()  # heard before the request

    @property
    def begun(self) -> bool:
        return not self.awaited

    @property
    def awaited(self) -> bool:
        """Nothing has come yet but what follows it."""
        return self.submit is None and self.login_problem is None

    def said_yes_to(self, version: int) -> bool:
        return version in (*self.yeses, self.confirmed_version)

    def is_about(self, wish: SubmitCancellation) -> bool:
        """Whether this submission is the one that is known under this id, or belongs to the login problem that is."""
        if self.submit is not None:
            return claim_names(self.submit) == claim_names(wish)
        return self.login_problem is None or self.login_problem.subscription == wish.subscription

    @property
    def said_yes(self) -> bool:
        return bool(self.yeses) or self.confirmed_version is not None

    @property
    def asked_to_reopen(self) -> bool:
        return self.reopening_asked or bool(self.reopening)

    @property
    def waits_for(self) -> Stage | None:
        """Of a case that was stored before it was noted, the stage it is in."""
        return self.due_of or (self.stage if self.stage in WAITING else None)

    @property
    def goes_on(self) -> bool:
        """Whoever could not log in was answered with what we know; nothing follows it."""
        asked = self.open and not self.awaited and self.submit is not None
        coming_back = self.reopening in ("requested", "restoring")
        return asked or coming_back or (self.complaint is not None and not self.complaint.answered)

    @property
    def party(self) -> str:
        return self.audience.subscription

    @property
    def ended(self) -> bool:
        return self.stage in ENDS


def begun(first: Command, audience: Audience, now: datetime, **said: Any) -> IntakeCase:
    """Of the first word about a request, whichever it is."""
    return IntakeCase(request_id=first.request_id, audience=audience, received_at=now, disputed=0, **said)


def look_up(subscription: SubscriptionRef) -> Call:
    """What the CRM knows of the line; asked once, so that every later decision rests on the same facts."""
    return Call(LOOK_UP, SubscriptionAsk(subscription=subscription))


def claim_names(submit: SubmitCancellation) -> tuple[str, ...]:
    """What only one open request may hold: each item of the line, or the line itself; and the very wish.

    Two requests are the same wish only where both are held: an item is also held by a request to close its line.
    """
    held = sorted(set(submit.items)) or [LINE]
    wish = hashlib.sha256(f"{submit.kind}|{','.join(held)}".encode()).hexdigest()[:16]
    return (*(f"{submit.subscription}/{item}" for item in held), f"{submit.subscription}/{WISH}/{wish}")


def contract_claims(wish: SubmitCancellation, known: Subscription) -> tuple[str, ...]:
    """Two requests about one contract would each leave its fee to the other; of one item alone the item is enough."""
    bound = [(item.item, item.contract.contract) for item in known.items if item.active and item.contract]
    times = Counter(name for _, name in bound)
    names = {name for item, name in bound if item in wish.items and times[name] > 1}
    return tuple(sorted(f"{known.subscription}/{CONTRACT}/{name}" for name in names))


def line_claims(known: Subscription) -> tuple[str, ...]:
    """Closing or porting a line is about all that is on it: no item may be in another request's hands (or charged)."""
    return tuple(sorted(f"{known.subscription}/{item.item}" for item in known.items if item.active))
