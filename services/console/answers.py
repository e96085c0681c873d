"""What `/v1` answers, for its description: each shape as it is sent, and no field beside it."""

from typing import Literal

from pydantic import JsonValue

from contracts.words import Moment, Text, Value
from policies.clocks.clock import Clock
from policies.clocks.words import State

LetterState = Literal["open", "redriven", "discarded", "erased"]


class ClockRead(Clock):
    """A clock, read now: in seconds, negative where it is overdue, and in the words of the pages."""

    state: State
    seconds_left: int
    title: Text
    state_text: Text
    owed_by_text: Text


class ClockDue(ClockRead):
    request_id: str
    stage: str
    channel: str
    masked_number: str


class Due(Value):
    """What is owed by the end of this day or the next hour; `more`: requests beyond those that were looked at."""

    late: tuple[ClockDue, ...]
    hour: tuple[ClockDue, ...]
    today: tuple[ClockDue, ...]
    now: Moment
    more: bool


class RequestRow(Value):
    """One request; `end` is empty while it goes on, `attention` how many of its incidents wait for a person."""

    request_id: str
    subscription: str
    masked_number: str
    channel: str
    kind: str
    stage: str
    language: str
    first_at: Moment
    last_at: Moment
    end: str
    attention: int
    late: bool
    last_digits: str
    reason: str


class Requests(Value):
    """`after` is what to ask the next page with; it is missing on the last one."""

    requests: tuple[RequestRow, ...]
    after: str = ""


class RequestWhole(RequestRow):
    """`root` is the command that began it; `ended_at` is null while it goes on."""

    root: str
    incidents: tuple[str, ...]
    ended_at: Moment | None


class EventRead(Value):
    """`body` is the text itself where it is no JSON; personal data is hidden in it, `sha256` is of what was sent."""

    id: str
    request_id: str
    type: str
    source: str
    topic: str
    partition: int
    offset: int
    at: Moment
    channel: str
    sequence: int
    cause: str
    root: str
    body: JsonValue
    service: str
    place: str
    sha256: str


class OneRequest(Value):
    """`request` is null where only events are known that begin none."""

    request_id: str
    request: RequestWhole | None
    policy: str
    clocks: tuple[ClockRead, ...]
    events: tuple[EventRead, ...]


class Incident(Value):
    """What waits for a person, the event that opened it, and as `act` the command that answers it."""

    request_id: str
    incident: str
    stage: str
    channel: str
    service: str
    event: str
    type: str
    at: str
    code: str
    detail: str
    retry_ordered_at: Moment | None
    act: str


class Attention(Value):
    attention: tuple[Incident, ...]


class DeadLetter(Value):
    """`value` is its beginning, with personal data hidden; `bytes` how long all of it is."""

    place: str
    letter: str
    service: str
    code: str
    reason: str
    request_id: str
    value: str
    original_topic: str
    original_partition: int
    original_offset: int
    at: Moment
    state: LetterState
    operator: str
    decision: str
    decided_at: Moment | None
    bytes: int


class DeadLetters(Value):
    dead_letters: tuple[DeadLetter, ...]


class DeadLetterToDo(DeadLetter):
    act: str


class OnTheBoard(Value):
    """Requests of one stage and channel; `oldest_at` is when the longest-waiting one began."""

    stage: str
    channel: str
    requests: int
    oldest_at: Moment


class MoneyMoved(Value):
    """Minor units; a final bill is negative where the customer's own money went back."""

    kind: str
    currency: str
    minor: int
    moves: int


class GroupBehind(Value):
    """`started` is false for a group that has committed nothing here yet: then `behind` is an upper bound."""

    group: str
    behind: int
    started: bool
    seconds_behind: float
    verdict: str
    clears_in_seconds: float | None


class TopicSeen(Value):
    """`uncommitted`: records that nobody reads yet, because a transaction before them has not ended."""

    topic: str
    written_by: str
    rate_per_second: float | None
    end: int
    uncommitted: int
    uncommitted_seconds: float
    groups: tuple[GroupBehind, ...]


class Overview(Value):
    board: tuple[OnTheBoard, ...]
    clocks: Due
    calendar_warning: Text | None
    attention: tuple[Incident, ...]
    dead_letters: tuple[DeadLetterToDo, ...]
    dead_letters_by_state: dict[str, int]
    money: tuple[MoneyMoved, ...]
    policy: str
    topics: tuple[TopicSeen, ...]
    broker_problem: str
