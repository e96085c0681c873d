"""The history of a real broker: found by its time, read to where it ended when one asked."""

from datetime import UTC, datetime, timedelta

from contracts.flow import PARTITIONS
from insight.history import history
from runtime.envelope import Record
from runtime.kafka.publisher import Publisher
from runtime.local.broker import ApacheKafka

REQUEST = "00000000-0000-4000-8000-00000000000a"


def record(at: datetime) -> Record:
    headers = {"ce_type": "submission.joined.v1", "ce_subject": REQUEST, "ce_time": at.isoformat()}
    return Record(
        "cancellation.intake", REQUEST.encode(), b"{}", [(key, text.encode()) for key, text in headers.items()]
    )


def test_what_was_said_before_a_day_is_not_even_fetched(own_kafka: ApacheKafka) -> None:
    begun = datetime.now(UTC)
    with Publisher(own_kafka.bootstrap) as publisher:
        for _ in range(3):
            _, key, value, headers = record(begun)
            publisher.publish(headers, key, value or b"", "cancellation.intake")
    for since, wanted in ((begun - timedelta(hours=1), 3), (begun + timedelta(hours=1), 0), (None, 3)):
        with history(own_kafka.bootstrap, ("intake", "review"), since) as past:
            partitions = [list(each) for each in past.partitions]
        assert past.records == sum(map(len, partitions)) == wanted
        assert len(partitions) == PARTITIONS
