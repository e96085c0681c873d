"""All metric names in one place, and how logs look."""

import contextlib
import logging
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, TextIO, cast

import structlog
from opentelemetry import trace
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from contracts.rights import A_CHANNEL, SPEAKERS
from contracts.words import Channel
from runtime.decision import Answered, Refused
from runtime.exits import clean, one_line
from runtime.kernel.arrivals import Letter, Outcome
from runtime.worker.senders import Sender

MOST_SOURCES, MOST_CODES = 50, 100
NAMED = {*SPEAKERS.values(), *(f"{A_CHANNEL}{channel}" for channel in Channel)}  # these have their own count always
OTHERS, TRACEBACK = "others", "exception"
CALL_BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Meters:
    """What a service counts; one registry a service, served at /metrics."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        labels: dict[str, Any] = {"registry": self.registry, "namespace": "tuiding"}
        self.handled = Counter("messages_handled", "Messages decided", **labels)
        self.duplicates = Counter("duplicates_absorbed", "Messages that had been decided before", **labels)
        self.dead_letters = Counter("dead_letters", "Messages set aside", **labels)
        self.letters_of = Counter("dead_letters_by_sender", "Messages set aside", ["topic", "source"], **labels)
        self.slowed = Gauge("senders_slowed", "Senders beyond their budget of broken records", ["topic"], **labels)
        self._sources, self._codes = set[str](), set[str]()
        self.published = Counter("events_published", "Records the broker confirmed", **labels)
        self.conflicts = Counter("version_conflicts", "Late writes refused by a case's version", **labels)
        self.answers = Counter("carrier_answers", "Carrier answers", ["operation", "outcome"], **labels)
        self.call_seconds = Histogram(
            "carrier_call_seconds", "How long an answer takes", ["operation"], buckets=CALL_BUCKETS, **labels
        )
        self.outages = Counter("carrier_outages", "Carrier calls to repeat", ["operation"], **labels)
        self.kept_back = Gauge("outbox_kept_back", "Records the broker refuses for good", **labels)
        self.calls_pending = Gauge("calls_pending", "Calls to the carrier without an answer yet", **labels)
        self.outbox_pending = Gauge("outbox_pending", "Records decided, not yet with the broker", **labels)
        self.early = Gauge("requests_awaited", "Requests that only follow-ups have come for", ["whose"], **labels)
        self.heartbeat = Gauge("heartbeat_timestamp_seconds", "When this worker last said how it is", **labels)
        self.batch = Histogram(
            "batch_messages", "Messages a transaction", buckets=(1, 2, 5, 10, 50, 100, 500), **labels
        )
        Gauge("service_info", "Which service this is", ["service"], **labels).labels(service).set(1)

    def stepped(self, outcome: Outcome, arrivals: int) -> None:
        self.handled.inc(outcome.handled)
        self.duplicates.inc(outcome.duplicates)
        self.dead_letters.inc(outcome.dead_letters)
        self.published.inc(len(outcome.publish))
        self.batch.observe(arrivals)

    def senders(self, letters: Sequence[Letter], slowed: Sequence[Sender]) -> None:
        """A stranger chooses what a source is called: beyond the first few they are counted together, but for ours."""
        for letter in letters:
            known = letter.source in NAMED | self._sources or len(self._sources) < MOST_SOURCES
            source = letter.source if known else OTHERS
            self._sources.update({source} - NAMED)
            self.letters_of.labels(letter.topic, source).inc(letter.records)
        self.slowed.clear()
        for sender in slowed:
            self.slowed.labels(sender.topic).inc()

    def early_waiting(self, waiting: Mapping[str, int]) -> None:
        self.early.clear()
        for whose, number in waiting.items():
            self.early.labels(whose).set(number)

    def answered_in(self, operation: str, seconds: float) -> None:
        self.call_seconds.labels(operation).observe(seconds)

    def asked(self, operation: str, outcome: Answered | Refused) -> None:
        """The carrier chooses what its refusals are called: beyond the first few they are counted together."""
        word = "answered" if isinstance(outcome, Answered) else outcome.code
        word = word if word in self._codes or len(self._codes) < MOST_CODES else OTHERS
        self._codes.add(word)
        self.answers.labels(operation, word).inc()


class Forgiving:
    """The log's stream. What cannot be written (a full disk, a closed pipe) is no reason to stop working."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


def set_up_logs(form: str, level: str, **names: str) -> None:
    """`console` for people, `json` for machines; never a customer's data, because none is ever here."""
    for_people = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    renderer = structlog.processors.JSONRenderer() if form == "json" else for_people
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _in_its_trace,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            _made_visible,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, Forgiving(sys.stderr))),
    )
    structlog.contextvars.bind_contextvars(**names)
    others = logging.StreamHandler(sys.stderr)
    others.setFormatter(_Visible(logging.BASIC_FORMAT))
    logging.basicConfig(level=max(logging.WARNING, logging.getLevelNamesMapping()[level]), handlers=[others])
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # whom a broker refuses is told each try; we say why, once


def _in_its_trace(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of the HTTP request that is being answered, where somebody collects traces."""
    here = trace.get_current_span().get_span_context()
    return {"trace_id": f"{here.trace_id:032x}", **event} if here.is_valid else event


def _made_visible(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Each entry is one line, but for a traceback: nobody's text begins another."""
    return {one_line(name): _shown(name, value) if isinstance(value, str) else value for name, value in event.items()}


def _shown(name: str, value: str) -> str:
    return clean(value) if name == TRACEBACK else one_line(value)


class _Visible(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return clean(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library calls it so
        return one_line(super().formatMessage(record))
