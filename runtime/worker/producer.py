"""Sends through Faust's producer, and says what a failure means: wait, keep this record back, or stop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import errors
from aiokafka.client import AIOKafkaClient

from runtime.envelope import Record
from runtime.kernel.dead_letters import NO_VALUE
from runtime.worker.engine import NotAllowed, Unpublishable

REST_SECONDS = 0.1
NEVER = (  # this record, however often it is sent
    errors.MessageSizeTooLargeError,
    errors.RecordListTooLargeError,
    errors.PolicyViolationError,
    errors.InvalidTimestampError,
    errors.UnsupportedForMessageFormatError,
    TypeError,
    ValueError,
)
FORBIDDEN = (errors.TopicAuthorizationFailedError, errors.ClusterAuthorizationFailedError)
UNKNOWN = (errors.UnknownTopicOrPartitionError, errors.InvalidTopicError)


def rest_between_failures() -> None:
    """aiokafka asks a broker that is away for its metadata thousands of times a second, and logs each: now ten."""
    update = AIOKafkaClient._metadata_update
    if hasattr(update, "rests"):
        return

    async def restful(client: Any, *arguments: Any) -> bool:
        known: bool = await update(client, *arguments)
        if not known:
            await asyncio.sleep(REST_SECONDS)
        return known

    vars(restful)["rests"] = True
    AIOKafkaClient._metadata_update = restful


def publisher(send: Callable[..., Awaitable[Any]]) -> Callable[[Sequence[Record]], Awaitable[None]]:
    """`send` is the producer's: it returns, for each record, what tells when the broker has it."""

    async def publish(records: Sequence[Record]) -> None:
        """Returns once the broker has acknowledged every one of them."""
        try:
            sendable = map(with_something, records)
            pending = [await send(r.topic, r.key, r.value, None, None, list(r.headers)) for r in sendable]
            for delivered in pending:
                await delivered
        except Exception as error:
            raise meaning(error, sorted({record.topic for record in records})) from error

    return publish


def meaning(error: Exception, topics: Sequence[str]) -> Exception:
    """The error itself where waiting may help."""
    cause = error.__cause__ if isinstance(error.__cause__, errors.KafkaError) else error  # Faust wraps what it meets
    name, where = type(cause).__name__, ", ".join(topics)
    if isinstance(cause, FORBIDDEN):
        return NotAllowed(f"the broker does not let us write to {where} ({name}): grant it, then start again")
    if isinstance(cause, UNKNOWN):
        return LookupError(f"the broker does not know all of {where} ({name}); run: tuiding topics apply")
    if isinstance(cause, NEVER):
        return Unpublishable(f"{name}: {cause}"[:300])
    return error


def with_something(record: Record) -> Record:
    """aiokafka refuses what has neither key nor value; such a dead letter says in a header that it was nothing."""
    if record.key is not None or record.value is not None:
        return record
    return record._replace(value=b"", headers=[*record.headers, NO_VALUE])
