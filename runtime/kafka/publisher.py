"""The small publisher for channels: returns only when the broker has the record for certain."""

from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Self

from kafka import KafkaProducer  # type: ignore[import-untyped,unused-ignore]
from kafka.errors import AuthorizationError, KafkaError, RetriableError  # type: ignore[import-untyped,unused-ignore]

from runtime.kafka.connect import BrokerRefused, NotPublished, naming_silence, reach

__all__ = ["BrokerRefused", "NotPublished", "Published", "Publisher"]

DELIVERY_SECONDS = 30.0
LARGEST_REQUEST_BYTES = 2 * 1024 * 1024 + 64 * 1024  # a dead letter and its wrapping; the topic has the last word


class Published(NamedTuple):
    topic: str
    partition: int
    offset: int


class Publisher:
    """Safe to share between threads. Takes ready bytes: runtime/envelope.py makes them.

    `delivery_seconds` is how long one `publish` tries, retries included, before it gives up.
    """

    def __init__(self, bootstrap: str, wait_seconds: float = 10.0, delivery_seconds: float = DELIVERY_SECONDS) -> None:
        options = reach(bootstrap, wait_seconds).producer_options
        patience_ms = int(delivery_seconds * 1000)
        self._patience_seconds = 2 * delivery_seconds  # the producer reports at half of it; this is only a backstop
        with naming_silence(bootstrap):
            self._producer = KafkaProducer(
                **options,
                acks="all",
                request_timeout_ms=patience_ms // 2,
                max_block_ms=patience_ms,
                delivery_timeout_ms=patience_ms,
                max_request_size=LARGEST_REQUEST_BYTES,
            )

    def publish(self, headers: Sequence[tuple[str, bytes]], key: bytes | None, value: bytes, topic: str) -> Published:
        """Raises NotPublished, after which the record may still be there: publish it again with the same id.

        Raises BrokerRefused when trying again is of no use: the record is too large, or it is not allowed.
        """
        try:
            future = self._producer.send(topic, key=key, value=value, headers=list(headers))
            stored = future.get(timeout=self._patience_seconds)
        except RetriableError as error:
            raise NotPublished(
                f"The broker did not confirm the record for {topic} ({type(error).__name__}): publish it again."
            ) from error
        except AuthorizationError as error:
            raise BrokerRefused(
                f"The user that signs in may not write to {topic}: see its rights with `tuiding topics acls`."
            ) from error
        except KafkaError as error:
            raise BrokerRefused(f"The broker refused the record for {topic}: {error}") from error
        return Published(stored.topic, stored.partition, stored.offset)

    def close(self) -> None:
        self._producer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
