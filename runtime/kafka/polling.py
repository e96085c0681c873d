"""The one thread that polls librdkafka's consumer: it hands over whole batches, and rebalances happen between them.

It sleeps inside the client until there is something, so that an idle worker costs nothing and one wake-up serves all
that has come by then.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import orjson
import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException

from runtime.kafka.client_config import AWAY, GRANT_IT, STATISTICS_SECONDS
from runtime.kafka.places import marks, parts, places, to_commit
from runtime.kafka.positions import Part, Positions
from runtime.kafka.received import Handed, consumed
from runtime.kafka.unread import Unread
from runtime.rush import Rush

log = structlog.get_logger()
POLL_SECONDS = 1.0
BUSY_SECONDS, GATHER_SECONDS = 0.02, 0.003
MOST_BATCHES = 2  # handed over and not taken yet, before more is read; a batch is of one topic
GOODBYE_SECONDS = 5.0
KEPT_OUT_SECONDS = 3 * STATISTICS_SECONDS  # it tries again more often
NOT_LET_IN = (KafkaError._AUTHENTICATION, KafkaError._SSL)
REFUSED = (KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED)


class Hears(Protocol):
    """Who is told, from the polling thread."""

    def handed(self, batch: Handed) -> None: ...
    def assigned(self, parts: Sequence[Part], marks: Sequence[str]) -> None: ...
    def revoked(self, parts: Sequence[Part]) -> None: ...


class Polling:
    def __init__(
        self,
        config: dict[str, Any],
        batch_records: int,
        hears: Hears,
        client: Callable[[dict[str, Any]], Any] = Consumer,
        mark: Callable[[], str] = str,
    ) -> None:
        """`mark` goes with every commit, and whoever is given the partition is told it."""
        self.positions, self.unread = Positions(), Unread(config.get("logger"))
        told = {"error_cb": self._failed, "stats_cb": self._reported, "on_commit": self._committed}
        self.mark, self.group, self.batch_records, self.hears = mark, config["group.id"], batch_records, hears
        self.client = client(config | told | {"logger": self.unread})
        self.died = ""  # why this thread ended, or librdkafka gave up for good
        self._kept_out, self._kept_out_at = "", 0.0  # in the client's words; it goes on trying
        self.turned = self.reported = self.coordinated = time.monotonic()
        self._room, self._ending = threading.Event(), threading.Event()
        self._handed, self._taken = 0, 0  # batches; each number is counted by one thread only
        self._standing = False  # all is paused because nobody takes them
        self._holding: frozenset[Part] = frozenset()  # as wished from outside
        self._resting: frozenset[str] = frozenset()  # topics, as wished from outside
        self._held: frozenset[Part] = frozenset()  # as the client was told
        self._moves, self._rush = 0, Rush(BUSY_SECONDS)
        self._asked: tuple[dict[Part, int], Callable[[bool], None]] | None = None  # the last commit
        self._to_commit = False
        self._thread = threading.Thread(target=self._run, name="polling", daemon=True)

    # ---- asked from outside ----------------------------------------------------------------------------------------

    def start(self, topics: Sequence[str]) -> None:
        self.client.subscribe(list(topics), on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost)
        self._thread.start()

    def stop(self) -> None:
        """Leaves the group; a broker that is away is not waited for."""
        self._ending.set()
        self._room.set()
        if self._thread.is_alive():
            self._thread.join(GOODBYE_SECONDS)

    def taken(self) -> None:
        """A batch found its taker: there is room for another one."""
        self._taken += 1
        self._room.set()

    def commit(self, offsets: dict[Part, int], answer: Callable[[bool], None]) -> None:
        """Returns at once; `answer` hears, in the polling thread, whether the broker has taken all of them.

        One at a time. No thread but the polling one calls the client: asked from another it has stood still for ever.
        """
        self._asked, self._to_commit = (offsets, answer), True

    def pause(self, these: Iterable[Part]) -> None:
        """Nothing more of these until `resume`, also when they go and come back; nothing is left out."""
        self._holding = self._holding | set(these)

    def resume(self, these: Iterable[Part]) -> None:
        self._holding = self._holding - set(these)

    def rest(self, topics: frozenset[str]) -> None:
        """Of these nothing more until they are named no longer, whoever has their partitions; nothing is left out."""
        self._resting = topics

    def trouble(self, now: float, patience_seconds: float, stall_seconds: float) -> str:
        """Why a process that reads like this had better end; nothing while all is well."""
        if self.died:
            return f"reading from the broker has ended for good: {self.died}"
        if now - self.turned > stall_seconds:
            return f"the thread that reads from the broker has not moved for {now - self.turned:.0f} s"
        if now - self.reported > stall_seconds + STATISTICS_SECONDS:
            return f"the client's own threads have not reported for {now - self.reported:.0f} s"
        if now - self.coordinated > patience_seconds + STATISTICS_SECONDS:
            return f"the consumer group has had no coordinator for {now - self.coordinated:.0f} s"
        return ""

    def kept_out(self, now: float) -> str:
        """Why the group cannot be reached just now: nobody lets us in; nothing while we are in."""
        is_in = self.coordinated == self.reported
        return "" if is_in or now - self._kept_out_at > KEPT_OUT_SECONDS else self._kept_out

    # ---- round and round -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                self.turned = time.monotonic()
                self._do_as_asked()
                if self._has_room():
                    self._turn()
        except Exception as error:
            self.died = self.died or repr(error)
            log.error("reading ended", why=repr(error))
        with contextlib.suppress(KafkaException, RuntimeError):
            self.client.close()

    def _do_as_asked(self) -> None:
        if self._to_commit and self._asked:
            self._to_commit = False
            try:
                self.client.commit(offsets=to_commit(self._asked[0], self.mark()), asynchronous=True)
            except KafkaException as error:
                log.warning("not committed", why=str(error))
                self._asked[1](False)
        holding = self._holding
        if self._resting:
            holding |= {part for part in self.positions.parts() if part.topic in self._resting}
        if self._held != holding:
            back, self._held = self._held - holding, holding
            self._pause(self._held)
            if not self._standing:
                self.client.resume(places(self.positions.parts() & back))

    def _turn(self) -> None:
        first = self.client.poll(POLL_SECONDS)
        if first is None:
            return
        moves = self._moves
        seconds = GATHER_SECONDS if self._rush.goes_on(time.monotonic()) else 0
        more = self.client.consume(self.batch_records - 1, seconds)
        self._hand([first, *more] if moves == self._moves else more)

    def _hand(self, messages: Sequence[Any]) -> None:
        batches: dict[str, Handed] = {}
        for message in messages:
            self._sort(message, batches)
        if batches:
            self._rush.ended(time.monotonic())
        for batch in batches.values():
            self._handed += 1
            self.hears.handed(batch)

    def _sort(self, message: Any, batches: dict[str, Handed]) -> None:
        error, part = message.error(), Part(message.topic(), message.partition())
        if self.unread.open:
            self.unread.heard(message)
        if error is None:
            batch = batches.get(part.topic) or Handed([], {})
            if self.positions.hand(part, message.offset(), batch.marks):
                batch.records.append(consumed(message, self.group))
                batches[part.topic] = batch
        elif error.code() == KafkaError._PARTITION_EOF:
            self.positions.ended(part, message.offset())
        else:
            self._failed(error)

    def _has_room(self) -> bool:
        """Where nobody takes what was handed over (the database is away), all is paused and the group still heard."""
        if self._handed - self._taken < MOST_BATCHES:
            if self._standing:
                self._standing = False
                self.client.resume(places(self.positions.parts() - self._held))
            return True
        self._room.clear()
        if self._handed - self._taken < MOST_BATCHES or self._room.wait(POLL_SECONDS):
            return False
        if not self._standing:
            self._standing = True
            self._pause(self.positions.parts())
        return True

    def _pause(self, these: Iterable[Part]) -> None:
        self.client.pause(places(self.positions.parts() & set(these)))

    # ---- told by librdkafka, always in this thread -----------------------------------------------------------------

    def _on_assign(self, client: Any, given: Sequence[Any]) -> None:
        mine = parts(given)
        client.assign(given)
        self._moves += 1
        self.positions.assigned(mine)
        self._pause(mine if self._standing else self._held)
        self.hears.assigned(mine, marks(client, given))

    def _on_revoke(self, client: Any, taken: Sequence[Any]) -> None:
        """What is acknowledged by now is committed while the partitions are still ours; nothing of them afterwards."""
        due = self.positions.due(parts(taken))
        if due:
            with contextlib.suppress(KafkaException, RuntimeError):
                mine = to_commit({part: offset for part, (_, offset) in due.items()}, self.mark())
                client.commit(offsets=mine, asynchronous=False)
        self._gone(parts(taken))

    def _on_lost(self, client: Any, taken: Sequence[Any]) -> None:
        """Others have them already: a commit would only be refused."""
        self._gone(parts(taken))

    def _gone(self, gone: Sequence[Part]) -> None:
        self._moves += 1
        self.positions.gone(gone)
        self.hears.revoked(gone)

    def _committed(self, error: Any, them: Sequence[Any]) -> None:
        done = error is None and all(each.error is None for each in them)
        if not done:
            log.warning("not committed", why=str(error or next(each.error for each in them if each.error)))
        if self._asked and self._asked[0] == {Part(each.topic, each.partition): each.offset for each in them}:
            self._asked[1](done)

    def _failed(self, error: Any) -> None:
        if error.code() not in AWAY:  # the client's own log says that, and it goes on trying
            log.warning("the broker", why=str(error))
        if error.code() in NOT_LET_IN:
            self._kept_out, self._kept_out_at = error.str(), time.monotonic()
        if error.fatal() or error.code() in REFUSED:
            self.died = f"{error.str()}: {GRANT_IT}" if error.code() in REFUSED else str(error)

    def _reported(self, statistics: str) -> None:
        self.reported = time.monotonic()
        if orjson.loads(statistics).get("cgrp", {}).get("state") == "up":
            self.coordinated = self.reported
