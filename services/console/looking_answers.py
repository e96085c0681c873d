"""What the doors for looking answer: findings, the carrier's systems, workers, the letters of a request."""

from typing import Literal

from contracts.health import Heartbeat, WaitingCall
from contracts.words import Moment, Text, Value
from services.console.watched.finding import Level


class FindingRead(Value):
    """`waiting`: how many wait because of it; `link` leads to them."""

    kind: str
    level: Level
    title: Text
    detail: Text
    since: Moment | None
    waiting: int
    link: str


class Findings(Value):
    findings: tuple[FindingRead, ...]


class SystemRead(Value):
    """A system of the carrier, as all workers see it together; times in seconds."""

    name: str
    away: bool
    answered: int
    failed: int
    since: Moment | None
    last_error: str
    answered_at: Moment | None
    seconds: float
    waiting: int
    p95: float
    resting: int
    verdict: Literal["away", "unsteady", "unasked", "ok"]


class CallRead(WaitingCall):
    system: str
    service: str


class Carrier(Value):
    systems: tuple[SystemRead, ...]
    calls: tuple[CallRead, ...]


class Worker(Heartbeat):
    """As it said last; `silent` where that is too long ago."""

    silent: bool


class Workers(Value):
    workers: tuple[Worker, ...]


class LetterSent(Value):
    """As the customer read it; empty where the words cannot be made again. `failed`: why it did not arrive."""

    notice: str
    route: str
    at: Moment
    failed: str
    subject: str
    body: str


class LettersSent(Value):
    letters: tuple[LetterSent, ...]
