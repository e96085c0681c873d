"""What is looked at afterwards: the carrier's books, the topics, the offsets, the tables; plain values of any run.

The simulation, the chaos runs, the demo and the benchmark each fill in what they can see; what is left empty is simply
not checked, so a run must say itself that it saw something.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal, NamedTuple

from contracts.messages import Message
from policies.promises import Clocks


class Violation(NamedTuple):
    """A broken promise: which, about whom, and one sentence a person understands."""

    invariant: str
    request_id: str
    sentence: str


class Event(NamedTuple):
    """A readable record of any topic. `sequence` is 0 where the speaker keeps no count of this request."""

    topic: str
    partition: int
    offset: int
    id: str
    source: str
    message: Message
    root: str
    cause: str
    sequence: int
    at: datetime

    @property
    def request_id(self) -> str:
        return self.message.request_id

    @property
    def place(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


class Effect(NamedTuple):
    """A row of the carrier's ledger: what was truly carried out."""

    entry: int
    kind: str
    key: str
    request_id: str
    subscription: str
    what: str
    amount_minor: int
    effect_minor: int
    at: datetime


class Account(NamedTuple):
    account: str
    opening_minor: int
    closing_minor: int


class Commit(NamedTuple):
    """A consumer group moved its offset; `lowest_unfinished` is the first record not yet stored at that moment."""

    group: str
    topic: str
    partition: int
    offset: int
    lowest_unfinished: int


class Waiting(NamedTuple):
    """An open row of a service's store: a call, an alarm or a record to publish."""

    service: str
    request_id: str
    what: Literal["call", "alarm", "outbox"]
    name: str
    due: datetime


class AlarmFact(NamedTuple):
    """One step in an alarm's life, in the order of the transactions; `due` is None for a cancellation."""

    service: str
    request_id: str
    name: str
    what: Literal["armed", "cancelled", "rang"]
    due: datetime | None
    at: datetime


class Letter(NamedTuple):
    """A dead letter; `original` is the place it names, the bytes are its own without the `x-` headers."""

    group: str
    code: str
    original: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    stands_for: tuple[str, ...] = ()  # the places of many that it tells together


class Raw(NamedTuple):
    """A record as it lies in its topic."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass
class History:
    """Everything a run left behind. `events` holds every copy, in the order of each partition."""

    events: Sequence[Event] = ()
    effects: Sequence[Effect] = ()
    accounts: Sequence[Account] = ()
    commits: Sequence[Commit] = ()
    waiting: Sequence[Waiting] = ()
    alarms: Sequence[AlarmFact] = ()
    letters: Sequence[Letter] = ()
    raw: Mapping[str, Raw] = field(default_factory=dict)  # place -> record, of whatever became a dead letter
    mended: frozenset[tuple[str, str]] = frozenset()  # (group, place) a build failed on; sent again, decided once
    unreadable: frozenset[tuple[str, str]] = frozenset()  # (group, place) of what that group had to set aside
    accepted: frozenset[str] = frozenset()  # request ids of 2xx answers, beside the submissions on the topic
    live: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (service, request id) -> case as it is
    rebuilt: Mapping[tuple[str, str], str] | None = None  # the same, made again from the topics
    spoke_again: Sequence[str] = ()  # what a second reading of every topic said, asked or woke
    lag: Mapping[str, int] | None = None  # group/topic/partition -> records not read, after the quiet
    longest_still_seconds: float = 0.0
    manual_steps: Sequence[str] = ()
    erased: Mapping[str, str] = field(default_factory=dict)  # request id -> the subscription it was about
    personal: Sequence[str] = ()  # names, numbers, addresses that only the carrier may hold
    texts: Mapping[str, bytes] = field(default_factory=dict)  # place -> everything that was written there
    patience: timedelta = Clocks.model_fields["awaited_request"].default  # with what comes before its request
    clock_error: timedelta = timedelta(0)  # how far clocks were set apart on purpose

    @cached_property
    def said(self) -> list[Event]:
        """Each event once, where it was first seen."""
        first: dict[str, Event] = {}
        for event in self.events:
            first.setdefault(event.id, event)
        return list(first.values())

    @cached_property
    def by_request(self) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = defaultdict(list)
        for event in self.said:
            found[event.request_id].append(event)
        return found

    @cached_property
    def effects_of(self) -> dict[str, list[Effect]]:
        found: dict[str, list[Effect]] = defaultdict(list)
        for effect in self.effects:
            found[effect.request_id].append(effect)
        return found

    @cached_property
    def held_up(self) -> dict[str, list[Waiting]]:
        found: dict[str, list[Waiting]] = defaultdict(list)
        for row in self.waiting:
            found[row.request_id].append(row)
        return found
