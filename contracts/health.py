"""How a worker is, in its own words, every few seconds; nobody decides on it, so it carries no business."""

from typing import Annotated

import orjson
from pydantic import Field

from contracts.words import Moment, Value

HEALTH = "health.v1"  # the form; fields are added with a default, anything else is the next version
EVERY_SECONDS = 3.0
SILENT_SECONDS = 15.0  # a worker that said nothing for so long is taken for gone


class WaitingCall(Value):
    """A call to the carrier that did not get an answer yet and is asked again."""

    request_id: str
    operation: str
    attempt: Annotated[int, Field(description="how often it was tried in vain")]
    problem: Annotated[str, Field(description="what the last try ended with")]
    next_try: Moment


class SystemSeen(Value):
    """A system of the carrier as this worker sees it since it began."""

    system: str
    answered: int = 0
    failed: int = 0
    failed_in_a_row: Annotated[int, Field(description="tries in vain since its last answer")] = 0
    failing_since: Moment | None = None
    last_error: str = ""
    last_answer_at: Moment | None = None
    answer_ms: Annotated[int, Field(description="what an answer takes, as a moving average")] = 0
    waiting: Annotated[int, Field(description="calls that were tried in vain and are tried again")] = 0


class Heartbeat(Value):
    """One worker of one service. The record's key is `<service>/<worker>`: only the latest of each counts."""

    service: str
    worker: str
    version: str
    started: Moment
    at: Moment
    waiting_for: Annotated[str, Field(description="why it stands still; empty while it works")] = ""
    oldest_ms: Annotated[int, Field(description="how long the oldest work has been in hand")] = 0
    queued: int = 0
    partitions: dict[str, tuple[int, ...]] = {}
    calls: Annotated[int, Field(description="calls to the carrier without an answer")] = 0
    outbox: Annotated[int, Field(description="records decided, not yet with the broker")] = 0
    kept_back: int = 0
    gone: Annotated[
        dict[str, int],
        Field(description="topic: records deleted before this worker had read them; 0: the topic was made again"),
    ] = {}
    gone_at: Moment | None = None
    slowed: Annotated[tuple[str, ...], Field(description="senders that broke the contract too often")] = ()
    crowding: Annotated[
        tuple[str, ...], Field(description="senders of more commands than are decided: theirs wait, others go on")
    ] = ()
    early: Annotated[
        dict[str, int],
        Field(description="channel and topic: requests that only follow-ups have come for so far"),
    ] = {}
    systems: tuple[SystemSeen, ...] = ()
    p95_ms: Annotated[dict[str, int], Field(description="system: nineteen of twenty answers took at most so long")] = {}
    resting: Annotated[tuple[str, ...], Field(description="systems whose breaker is open: left alone")] = ()
    waiting_calls: Annotated[tuple[WaitingCall, ...], Field(description="the longest tried, not all of them")] = ()

    @property
    def key(self) -> str:
        return f"{self.service}/{self.worker}"


def heard(value: bytes) -> Heartbeat:
    """A newer build may say more: what is not known here is left out. Raises `ValueError`."""
    said = orjson.loads(value)
    if not isinstance(said, dict):
        raise ValueError("a heartbeat is an object")
    return Heartbeat.model_validate_json(
        orjson.dumps({name: each for name, each in said.items() if name in Heartbeat.model_fields})
    )
