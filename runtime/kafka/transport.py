"""Faust's transport on librdkafka: Faust keeps app, group, rebalances and sensors, records come and go in batches."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import confluent_kafka
from faust.transport import base, consumer, producer
from faust.types import TP, RecordMetadata
from mode import Service

from runtime.envelope import Record
from runtime.kafka.client_config import consumer_config, producer_config
from runtime.kafka.polling import Polling
from runtime.kafka.positions import Marks, Part
from runtime.kafka.received import Handed
from runtime.kafka.sending import Sending
from runtime.kernel.arrivals import Consumed
from runtime.settings import Settings

Take = Callable[[Sequence[Consumed], Callable[[], None]], Awaitable[None]]
Came = Callable[[Sequence[str]], None]
Mark = Callable[[], str]
LONGEST_COMMIT_SECONDS = 60.0


class BatchConsumer(consumer.Consumer):
    """Hands over whole batches; what was acknowledged is committed when Faust says so, and believed when it is true."""

    transport: "Transport"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        settings, group = self.transport.settings, self.app.conf.id
        config = consumer_config(settings, group, self.transport.patience_seconds)
        self.polling = Polling(config, settings.batch_records, self, mark=self.transport.mark)
        self._incoming: deque[Handed] = deque()
        self._moved: deque[tuple[bool, set[TP]]] = deque()
        self._news, self._moves = asyncio.Event(), asyncio.Event()
        self._generation, self._told = 0, ""

    # ---- heard in the polling thread -------------------------------------------------------------------------------

    def handed(self, batch: Handed) -> None:
        self._tell(self._news, self._incoming, batch)

    def assigned(self, parts: Sequence[Part], marks: Sequence[str]) -> None:
        self.transport.came(marks)
        self._tell(self._moves, self._moved, (True, {TP(*part) for part in parts}))

    def revoked(self, parts: Sequence[Part]) -> None:
        self._tell(self._moves, self._moved, (False, {TP(*part) for part in parts}))

    def _tell(self, event: asyncio.Event, into: deque[Any], what: Any) -> None:
        into.append(what)
        with contextlib.suppress(RuntimeError):  # the loop is closed: what is not acknowledged comes again
            self.loop.call_soon_threadsafe(event.set)

    # ---- records ---------------------------------------------------------------------------------------------------

    async def _drain_messages(self, fetcher: Any) -> None:
        """Until Faust's fetcher is stopped. A batch leaves the row only once it is taken."""
        while not (self.should_stop or fetcher.should_stop):
            while self._incoming:
                batch = self._incoming[0]
                await self.transport.take(batch.records, partial(self.acknowledge, batch.marks))
                self._incoming.popleft()
                self.polling.taken()
            self._news.clear()
            if not self._incoming:
                await self._news.wait()

    def acknowledge(self, marks: Marks) -> None:
        self.polling.positions.acknowledge(marks)

    # ---- commits ---------------------------------------------------------------------------------------------------

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        told = self.transport.mark()
        due = self.polling.positions.due() or (self.polling.positions.again() if told != self._told else {})
        if not due:
            return False
        state = self.app.sensors.on_commit_initiated(self)
        done = await self._commit({TP(*part): offset for part, (_, offset) in due.items()})
        if done:
            self.polling.positions.committed(due)
            self._told = told
        self.app.sensors.on_commit_completed(self, state)
        return done

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Whether the broker has taken all of them; an answer that never comes is a no."""
        answered: asyncio.Future[bool] = self.loop.create_future()

        def tell(done: bool) -> None:
            if not answered.done():
                answered.set_result(done)

        def answer(done: bool) -> None:
            with contextlib.suppress(RuntimeError):
                self.loop.call_soon_threadsafe(tell, done)

        self.polling.commit({Part(*place): offset for place, offset in offsets.items()}, answer)
        try:
            return await asyncio.wait_for(answered, LONGEST_COMMIT_SECONDS)
        except TimeoutError:
            return False

    # ---- partitions come and go ------------------------------------------------------------------------------------

    @Service.task
    async def _rebalances(self) -> None:
        """Faust hears of them in their order; what may be acknowledged was settled when they happened."""
        while not self.should_stop:
            await self._moves.wait()
            self._moves.clear()
            while self._moved:
                came, places = self._moved.popleft()
                await (self._came(places) if came else self._went(places))

    async def _went(self, places: set[TP]) -> None:
        if not self.app.rebalancing:
            self.app.on_rebalance_start()
        await self.on_partitions_revoked(places)

    async def _came(self, places: set[TP]) -> None:
        if not self.app.rebalancing:
            self.app.on_rebalance_start()
        self._generation += 1
        self.app.consumer_generation_id = self._generation
        await self.on_partitions_assigned(places, self._generation)

    def assignment(self) -> set[TP]:
        return {TP(*part) for part in self.polling.positions.parts()}

    async def subscribe(self, topics: Iterable[str]) -> None:
        self.polling.start(sorted(topics))

    async def on_stop(self) -> None:
        """What is acknowledged by now is committed as the partitions go."""
        await asyncio.to_thread(self.polling.stop)

    # ---- what Faust asks of a consumer and librdkafka does by itself, or nobody here needs -------------------------

    async def perform_seek(self) -> None:
        """A partition that comes begins where its group has committed."""

    async def verify_all_partitions_active(self) -> None:
        """The watchdog asks the polling thread instead."""

    async def seek_to_committed(self) -> Mapping[TP, int]:
        return {}

    async def position(self, tp: TP) -> int | None:
        return self.polling.positions.read_to(Part(*tp))

    def pause(self, places: Iterable[TP]) -> None:
        """Nothing more of these until `resume`; nothing is left out."""
        self.polling.pause(Part(*place) for place in places)

    def resume(self, places: Iterable[TP]) -> None:
        self.polling.resume(Part(*place) for place in places)

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    def _not_here(self, *arguments: Any, **options: Any) -> Any:
        raise NotImplementedError("neither tables nor streams read here: records go to the engine in batches")

    create_topic = _getmany = _to_message = _seek = seek_wait = _not_here
    highwater = highwaters = earliest_offsets = topic_partitions = key_partition = _not_here


class BatchProducer(producer.Producer):
    transport: "Transport"

    def __post_init__(self) -> None:
        self.sending = Sending(producer_config(self.transport.settings, self.app.conf.id))

    async def on_start(self) -> None:
        self.sending.start()

    async def on_stop(self) -> None:
        await asyncio.to_thread(self.sending.stop)

    async def publish(self, records: Sequence[Record]) -> None:
        await self.sending.send(records)

    async def send(self, topic: str, key: Any, value: Any, *rest: Any, **options: Any) -> Awaitable[RecordMetadata]:
        raise NotImplementedError("records are sent in batches: `publish`")

    async def flush(self) -> None:
        """Whoever sent something waits for it himself."""

    def supports_headers(self) -> bool:
        return True


class Transport(base.Transport):
    Consumer: ClassVar[Any] = BatchConsumer
    Producer: ClassVar[Any] = BatchProducer
    default_port = 9092
    driver_version = f"confluent-kafka={confluent_kafka.__version__}"

    def __init__(
        self, app: Any, settings: Settings, take: Take, came: Came, mark: Mark = str, patience_seconds: float = 0.0
    ) -> None:
        """In the polling thread `came` hears, before the first record of partitions that come, what lay beside the
        group's commits there; `mark` says what is to lie beside ours.
        """
        super().__init__(app.conf.broker, app)
        self.settings, self.take, self.came, self.patience_seconds = settings, take, came, patience_seconds
        self.mark = mark
