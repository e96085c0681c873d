"""The null saga: the same hops through the fastest client, no logic, no store. What Kafka and Python cost at least.

`python -m bench.null_saga SERVICE BOOTSTRAP` is one hop's process: it reads its topics, drops by the type header what
is not for it, and passes the same bytes on under the next type.
"""

import signal
import sys

from confluent_kafka import Consumer, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bench.listener import type_of, waiting
from bench.workload import CONFIRM, SUBMIT
from contracts.messages.billing import FeeSettled, QuoteIssued
from contracts.messages.intake import ConfirmationGiven, RequestAccepted
from contracts.messages.notify import RequestClosed
from contracts.messages.review import RequestApproved
from contracts.messages.termination import ServiceTerminated
from runtime.settings import Settings

PREFIX = "null"
TOPICS = ("commands", "intake", "review", "billing", "termination", "notify")
HOPS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {  # service -> what it reads, type in -> type out
    "intake": (("commands",), {SUBMIT: RequestAccepted.type, CONFIRM: ConfirmationGiven.type}),
    "review": (("intake",), {RequestAccepted.type: RequestApproved.type}),
    "billing": (
        ("intake", "review"),
        {RequestApproved.type: QuoteIssued.type, ConfirmationGiven.type: FeeSettled.type},
    ),
    "termination": (("billing",), {FeeSettled.type: ServiceTerminated.type}),
    "notify": (("termination",), {ServiceTerminated.type: RequestClosed.type}),
}


def create_topics(bootstrap: str) -> None:
    wanted = [NewTopic(f"{PREFIX}.{short}", Settings().partitions, 1) for short in TOPICS]
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for created in admin.create_topics(wanted).values():
        created.result(30)


def relay(service: str, bootstrap: str) -> None:
    """Until SIGTERM."""
    going = [True]
    signal.signal(signal.SIGTERM, lambda *_: going.clear())
    reads, onwards = HOPS[service]
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 2, "acks": "all"})
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"null-{service}",
            "auto.offset.reset": "earliest",
            "auto.commit.interval.ms": 1000,
            "fetch.wait.max.ms": 100,
        }
    )
    consumer.subscribe([f"{PREFIX}.{short}" for short in reads])
    while going:
        for record in waiting(consumer, 0.1):
            _pass_on(record, onwards, producer, f"{PREFIX}.{service}")
        producer.poll(0)
    producer.flush(10)
    consumer.close()


def _pass_on(record: Message, onwards: dict[str, str], producer: Producer, topic: str) -> None:
    following = onwards.get(type_of(record))
    if following is not None:
        headers = dict(record.headers() or ()) | {"ce_type": following}
        producer.produce(topic, record.value(), record.key(), headers=headers)


if __name__ == "__main__":
    relay(sys.argv[1], sys.argv[2])
