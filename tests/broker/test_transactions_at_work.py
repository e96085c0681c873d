"""What a producer took back or left open, with all services at work: no money, no switch, nobody waits for ever."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from kafka.partitioner import murmur2  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import PARTITIONS, topic_name
from contracts.messages import Message
from contracts.messages.billing import FeeSettled, QuoteIssued
from contracts.messages.commands import ConfirmQuote, SubmitCancellation
from contracts.messages.termination import ServiceTerminated
from contracts.rights import SPEAKERS
from contracts.words import Channel, Kind
from demo.carrier.books import utc_now
from demo.reconciliation import at_rest
from demo.scene import Scene, until
from runtime.envelope import Envelope, encode, traceparent
from runtime.kafka.lag import lag
from runtime.local.broker import ApacheKafka
from runtime.local.supervisor import Supervisor
from runtime.settings import Settings
from tests.broker.patient_pack import patient_pack
from tests.contracts.sound import sample
from tests.ports import own_shift
from tests.waiting import PATIENCE_SECONDS

BROKER_ENDS_IT_MS = 2_000  # and looks every ten seconds which are due
CHANNEL = "/channels/app"


@pytest.fixture(scope="module")
def tuiding(own_kafka: ApacheKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    folder = tmp_path_factory.mktemp("at-work")
    settings = Settings(
        kafka=own_kafka.bootstrap,
        data=str(folder),
        log_level="WARNING",
        port_shift=own_shift(),
        **patient_pack(folder),
    )
    with Supervisor(settings) as supervisor:
        supervisor.wait_ready(120)
        yield supervisor


class Sender:
    """A transactional producer that speaks for a channel, and for services it is not."""

    def __init__(self, bootstrap: str, ended_after_ms: int = 60_000) -> None:
        self.producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "transactional.id": str(uuid4()),
                "transaction.timeout.ms": ended_after_ms,
                "partitioner": "murmur2_random",
            }
        )
        self.producer.init_transactions()

    def begin(self, *messages: tuple[str, Message]) -> None:
        """Returns when all of them lie in the topics, though nobody knows yet whether they count."""
        self.producer.begin_transaction()
        for topic, message in messages:
            own, name = str(uuid4()), topic_name(topic)
            trace = traceparent(own, own)
            envelope = Envelope(own, SPEAKERS.get(name, CHANNEL), message, own, "", trace)
            record = encode(name, envelope, utc_now(), {"channel": "app"})
            self.producer.produce(name, record.value, record.key, headers=list(record.headers))
        assert self.producer.flush(PATIENCE_SECONDS) == 0

    def say(self, message: Message) -> None:
        self.begin(("commands", message))
        self.producer.commit_transaction()


def submission(request_id: str, subscription: str) -> SubmitCancellation:
    return SubmitCancellation(
        request_id=request_id,
        channel=Channel.APP,
        kind=Kind.PRODUCT,
        subscription=subscription,
        items=("video-pack",),
    )


def yes(request_id: str) -> ConfirmQuote:
    return ConfirmQuote(request_id=request_id, channel=Channel.APP, quote_version=1, clauses_acknowledged=True)


def everything_untrue(request_id: str) -> list[tuple[str, Message]]:
    """The customer's yes, the settlement and the switch-off, each where its owner says it."""
    told: list[tuple[str, type[Message]]] = [("billing", FeeSettled), ("termination", ServiceTerminated)]
    forged = [(topic, sample(kind.type).model_copy(update={"request_id": request_id})) for topic, kind in told]
    return [("commands", yes(request_id)), *forged]


def beside(request_id: str) -> str:
    """Another request whose records lie in the same partition, behind whatever is open there."""
    place = murmur2(request_id.encode()) & 0x7FFFFFFF
    return next(
        own
        for own in (str(uuid4()) for _ in range(10_000))
        if (murmur2(own.encode()) & 0x7FFFFFFF) % PARTITIONS == place % PARTITIONS
    )


async def heard(scene: Scene, request_id: str, kind: type[Message]) -> None:
    await until(lambda: scene.heard(request_id, kind.type), PATIENCE_SECONDS, f"{kind.type} of {request_id}")


async def nothing_was_done(scene: Scene, *request_ids: str) -> None:
    for request_id in request_ids:
        assert {row["kind"] for row in await scene.ledger(request_id)} <= {"send"}  # the customer is told of the quote
        assert not scene.heard(request_id, FeeSettled.type) and not scene.heard(request_id, ServiceTerminated.type)


def positions(tuiding: Supervisor) -> dict[str, int]:
    """What is behind, by group and partition; nothing where everybody has read all that counts."""
    found = lag(tuiding.addresses["kafka"])
    assert all(each.committed is None or each.committed <= each.end for each in found)
    return {f"{each.group} {each.topic}[{each.partition}]": each.behind for each in found if each.behind}


def test_what_was_taken_back_or_left_open_switches_nobody_off_and_keeps_nobody(tuiding: Supervisor) -> None:
    asyncio.run(_journey(tuiding))
    assert sum(tuiding.restart_counts.values()) == 0


async def _journey(tuiding: Supervisor) -> None:
    own = str(uuid4())
    other, sender = beside(own), Sender(tuiding.addresses["kafka"])
    async with Scene(tuiding.addresses) as scene:
        sender.say(submission(own, "sub-freeaddon01"))
        await heard(scene, own, QuoteIssued)

        sender.begin(*everything_untrue(own))
        sender.producer.abort_transaction()
        assert await at_rest(scene)
        await nothing_was_done(scene, own)
        assert positions(tuiding) == {}

        hanging = Sender(tuiding.addresses["kafka"], BROKER_ENDS_IT_MS)
        hanging.begin(*everything_untrue(own))  # and never a word again
        sender.say(submission(other, "sub-freeaddon02"))  # behind it, until the broker ends what hangs
        await heard(scene, other, QuoteIssued)
        assert await at_rest(scene)
        await nothing_was_done(scene, own, other)
        assert positions(tuiding) == {}

        sender.say(yes(own))
        await heard(scene, own, ServiceTerminated)
        assert await at_rest(scene)
        assert [row["kind"] for row in await scene.ledger(own)].count("switch-off") == 1
        await nothing_was_done(scene, other)
        assert positions(tuiding) == {} and scene.listener.dead_letters == []
