"""A worker comes back to a backlog: `python -m bench.backlog [--records 1000000]`, on a broker of its own.

Review was away while intake accepted so many requests, and decides them all. Meanwhile operators go on deciding, on
another topic that it reads: how fast it catches up, how much memory it takes for it, how long the operators wait.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from confluent_kafka import Producer

from bench.listener import following, waiting
from bench.meters import spread
from bench.programs import ROOT, Program, Programs, add_service
from contracts.flow import BY_NAME, topic_name
from contracts.messages import Message
from contracts.messages.intake import RequestAccepted
from contracts.messages.ops import ReviewDecided
from runtime.envelope import Envelope, Record, encode
from runtime.kafka import topics
from runtime.local.broker import ApacheKafka

SERVICE = "review"
OPERATORS_A_SECOND = 5.0
AT_REST_SECONDS, TICK_SECONDS = 6.0, 0.05
LONGEST_SECONDS_A_RECORD, AT_LEAST_SECONDS = 0.01, 120.0
MOST_MEGABYTES_MORE, LONGEST_WAIT_SECONDS = 150.0, 5.0
ACCEPTED, ORDERED = "ba0c1060", "0be7a700"  # how the ids of the backlog's requests and of the operators' begin
ANY_REQUEST, ANY_ID = "00000000-0000-4000-8000-000000000000", "00000000-0000-4000-9000-000000000000"


class Figures(NamedTuple):
    records: int
    decided: int
    seconds: float
    a_second: float
    megabytes_at_rest: float
    megabytes_at_most: float
    operators: int
    unanswered: int
    at_rest_ms: dict[str, float]
    meanwhile_ms: dict[str, float]

    def faults(self) -> Iterator[str]:
        if self.decided < self.records or self.unanswered:
            yield f"{self.records - self.decided} of the backlog and {self.unanswered} operators' words were left"
        if self.megabytes_at_most > self.megabytes_at_rest + MOST_MEGABYTES_MORE:
            yield f"it took more than {MOST_MEGABYTES_MORE:.0f} MB more than at rest"
        if self.meanwhile_ms.get("p99", 0.0) > 1000 * LONGEST_WAIT_SECONDS:
            yield f"operators waited for more than {LONGEST_WAIT_SECONDS:.0f} s"


class Mould:
    """A record written out once; each further one differs in its ids."""

    def __init__(self, service: str, message: Message) -> None:
        envelope = Envelope(ANY_ID, f"/tuiding/{service}", message, ANY_ID, "", f"00-{'1' * 32}-{'2' * 16}-01")
        self.record = encode(topic_name(BY_NAME[service].writes), envelope, datetime.now(UTC), {})

    def cast(self, begin: str, number: int) -> Record:
        topic, _, value, headers = self.record
        request, own = (f"{begin}-0000-4000-{kind}-{number:012x}".encode() for kind in ("8000", "9000"))

        def named(text: bytes) -> bytes:
            return text.replace(ANY_REQUEST.encode(), request).replace(ANY_ID.encode(), own)

        return Record(topic, request, named(value or b""), [(name, named(text)) for name, text in headers])


class Heard:
    """What the worker said about which of them, and when about the operators'."""

    def __init__(self, bootstrap: str, records: int) -> None:
        self.decided, self.many, self.at = bytearray(records), 0, dict[int, float]()
        self._consumer = following(bootstrap, [topic_name(BY_NAME[SERVICE].writes)])
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            for record in waiting(self._consumer, TICK_SECONDS):
                begin, _, number = (record.key() or b"").decode().partition("-0000-4000-8000-")
                if begin == ORDERED:
                    self.at.setdefault(int(number, 16), time.perf_counter())
                elif begin == ACCEPTED and not self.decided[int(number, 16)]:
                    self.decided[int(number, 16)] = 1
                    self.many += 1
        self._consumer.close()

    def close(self) -> None:
        self._over.set()
        self._thread.join()


class Operators:
    """By the clock, whatever happens; their words are about nothing, and each is answered with a no."""

    def __init__(self, producer: Producer) -> None:
        self.said: dict[int, float] = {}
        self._producer = producer
        word = ReviewDecided(request_id=ANY_REQUEST, operator="op-bench", reason="looked at it", approve=True)
        self._mould = Mould("console", word)

    @contextmanager
    def deciding(self) -> Iterator[None]:
        over = threading.Event()
        thread = threading.Thread(target=self._say, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _say(self, over: threading.Event) -> None:
        while not over.wait(1 / OPERATORS_A_SECOND):
            number = len(self.said)
            self.said[number] = time.perf_counter()
            _send(self._producer, self._mould.cast(ORDERED, number))
            self._producer.poll(0)


def _send(producer: Producer, record: Record) -> None:
    producer.produce(record.topic, record.value, record.key, headers=dict(record.headers))


def leave_behind(producer: Producer, records: int) -> None:
    example = (ROOT / "contracts" / "examples" / f"{RequestAccepted.type}.json").read_bytes()
    mould = Mould("intake", RequestAccepted.model_validate_json(example).model_copy(update={"request_id": ANY_REQUEST}))
    for number in range(records):
        while True:
            try:
                _send(producer, mould.cast(ACCEPTED, number))
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def measure(bootstrap: str, folder: Path, records: int) -> Figures:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "acks": "all"})
    operators = Operators(producer)
    with Programs(folder) as programs:
        add_service(programs, SERVICE, bootstrap, folder, "http://127.0.0.1:9", "demo")
        programs.wait_ready()
        heard = Heard(bootstrap, records)
        try:
            return _away_and_back(programs, producer, operators, heard, records)
        finally:
            heard.close()
            producer.flush(10)


def _away_and_back(programs: Programs, producer: Producer, operators: Operators, heard: Heard, records: int) -> Figures:
    worker = programs.by_name[SERVICE]
    with operators.deciding():
        time.sleep(AT_REST_SECONDS)  # nothing is waited for: so long they speak to a worker without a backlog
    _wait(lambda: len(heard.at) == len(operators.said), AT_LEAST_SECONDS)
    at_rest, before = megabytes_at_most(worker), len(operators.said)
    worker.stop()
    worker.ended()
    leave_behind(producer, records)
    worker.start()
    began = time.perf_counter()
    programs.wait_ready()
    with operators.deciding():
        _wait(lambda: heard.many == records, max(AT_LEAST_SECONDS, records * LONGEST_SECONDS_A_RECORD))
        seconds = time.perf_counter() - began
    _wait(lambda: len(heard.at) == len(operators.said), AT_LEAST_SECONDS)
    waited = {number: 1000 * (at - operators.said[number]) for number, at in heard.at.items()}
    return Figures(
        records,
        heard.many,
        round(seconds, 1),
        round(heard.many / seconds, 1),
        at_rest,
        megabytes_at_most(worker),
        len(operators.said),
        len(operators.said) - len(waited),
        spread([ms for number, ms in waited.items() if number < before]),
        spread([ms for number, ms in waited.items() if number >= before]),
    )


def _wait(until: Any, patience_seconds: float) -> None:
    """Looks now and then: what is waited for is told by other threads and by another process."""
    deadline = time.perf_counter() + patience_seconds
    while not until() and time.perf_counter() < deadline:
        time.sleep(TICK_SECONDS)


def megabytes_at_most(program: Program) -> float:
    """Resident, since it started; the system keeps count."""
    lines = Path(f"/proc/{program.child.pid}/status").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024, 1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.backlog", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tuiding-backlog-") as folder:
        broker = ApacheKafka(Path(folder) / "kafka", 0, lambda text: print(text, file=sys.stderr))
        broker.start()
        try:
            topics.apply(broker.bootstrap)
            figures = measure(broker.bootstrap, Path(folder) / SERVICE, wanted.records)
        finally:
            broker.stop()
    print(json.dumps(figures._asdict(), indent=2))
    if faults := list(figures.faults()):
        sys.exit("; ".join(faults))


if __name__ == "__main__":
    main()
