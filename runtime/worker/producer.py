"""Decides what to do when a record could not be sent: wait, keep this record back, or stop."""

from collections.abc import Awaitable, Callable, Sequence

from confluent_kafka import KafkaError, KafkaException

from runtime.envelope import Record
from runtime.kafka.client_config import GRANT_IT
from runtime.kernel.dead_letters import NO_VALUE
from runtime.worker.giving_up import NotAllowed, Unpublishable

Send = Callable[[Sequence[Record]], Awaitable[None]]
NEVER = (  # this record, however often it is sent
    KafkaError.MSG_SIZE_TOO_LARGE,
    KafkaError.RECORD_LIST_TOO_LARGE,
    KafkaError.POLICY_VIOLATION,
    KafkaError.INVALID_TIMESTAMP,
    KafkaError.INVALID_RECORD,
    KafkaError.UNSUPPORTED_FOR_MESSAGE_FORMAT,
)
FORBIDDEN = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED)
UNKNOWN = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.TOPIC_EXCEPTION,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION,
)


def publisher(send: Send) -> Send:
    """`send` returns once the broker has all, and raises what librdkafka said."""

    async def publish(records: Sequence[Record]) -> None:
        """Returns once the broker has acknowledged every one of them."""
        try:
            await send([with_something(record) for record in records])
        except Exception as error:
            raise meaning(error, sorted({record.topic for record in records})) from error

    return publish


def meaning(error: Exception, topics: Sequence[str]) -> Exception:
    """The error itself where waiting may help."""
    if isinstance(error, TypeError | ValueError):
        return Unpublishable(f"{type(error).__name__}: {error}"[:300])
    if not isinstance(error, KafkaException):
        return error
    said, where = error.args[0], ", ".join(topics)
    if said.code() in FORBIDDEN:
        return NotAllowed(f"the broker does not let us write to {where} ({said.name()}): {GRANT_IT}")
    if said.code() in UNKNOWN:
        return LookupError(f"the broker does not know all of {where} ({said.name()}); run: tuiding topics apply")
    if said.code() in NEVER:
        return Unpublishable(f"{said.name()}: {said.str()}"[:300])
    return error


def with_something(record: Record) -> Record:
    """A dead letter of neither key nor value says in a header that it was nothing."""
    if record.key is not None or record.value is not None:
        return record
    return record._replace(value=b"", headers=[*record.headers, NO_VALUE])
