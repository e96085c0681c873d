"""Spans for OpenTelemetry, made from what the records carry anyway; off unless an address is set.

The trace is the command that began the request, the span an event: `runtime.envelope.traceparent` derives both from
their ids. So whoever decided, however often and on whatever machine, tells of the same span, and nothing is kept.
"""

import contextlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from contracts.carrier.operations import OPERATIONS
from contracts.flow import BY_NAME, COMMAND_TOPICS, topic_name
from contracts.words import Value
from runtime.envelope import Record, traceparent
from runtime.kernel.arrivals import Consumed
from runtime.worker.carrier import CALLING, AskCarrier, trace_of_call

TRACES_PATH = "/v1/traces"
CALLERS_KEPT, LONGEST_ID = 10_000, 200
SAMPLED = TraceFlags(TraceFlags.SAMPLED)
Send = Callable[[Sequence[Record]], Coroutine[Any, Any, None]]


def told_to(endpoint: str, service: str) -> "Traces":
    """Also of the HTTP side, which FastAPI tells of. Headers, certificates and limits are set by OTEL_*, as usual."""
    out = BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint.rstrip("/") + TRACES_PATH))
    provider = TracerProvider(resource=Resource.create({"service.name": f"tuiding-{service}"}))
    provider.add_span_processor(WithoutQuery())
    provider.add_span_processor(out)
    return Traces(service, provider, out)


class WithoutQuery(SpanProcessor):
    """What somebody looked for is a customer's, or a ticket: it stays here."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if "url.query" in (span.attributes or {}):
            span.set_attribute("url.query", "")


class Traces:
    """Listens to what a service sends and asks; what fails here fails nothing else."""

    def __init__(self, service: str, provider: TracerProvider, out: SpanProcessor) -> None:
        self.provider, self.out = provider, out
        self.topics = {*COMMAND_TOPICS, topic_name(BY_NAME[service].writes)}
        self._callers: OrderedDict[str, SpanContext] = OrderedDict()  # by command

    def heard(self, records: Sequence[Consumed]) -> None:
        """Commands begin in a trace of their own: what follows from one is linked to it."""
        for each in records:
            found = _texts(each.record)
            own, first = found.get("ce_id", ""), not found.get("ce_causationid")
            if first and len(own) <= LONGEST_ID and (caller := context_of(found.get("traceparent", ""))):
                self._callers[own] = caller
        while len(self._callers) > CALLERS_KEPT:
            self._callers.popitem(last=False)

    def sending(self, send: Callable[[Sequence[Record]], Awaitable[None]]) -> Send:
        async def traced(records: Sequence[Record]) -> None:
            here = trace.get_current_span().get_span_context()
            await send(records)
            with contextlib.suppress(Exception):
                for record in records:
                    if record.topic in self.topics:
                        self._said(_texts(record) | {"topic": record.topic}, here)

        return traced

    def asking(self, ask: AskCarrier) -> AskCarrier:
        async def traced(name: str, asked: Value, key: str) -> Value:
            began = time.time_ns()
            try:
                answer = await ask(name, asked, key)
            except Exception as error:
                self._asked(name, began, str(error))
                raise
            self._asked(name, began, "")
            return answer

        return traced

    def _said(self, found: Mapping[str, str], here: SpanContext) -> None:
        """An event, from its decision until the broker had it; its parent is the message that caused it."""
        root, cause = found.get("ce_correlationid") or found["ce_id"], found.get("ce_causationid", "")
        own = context_of(traceparent(root, found["ce_id"]))
        callers = [each for each in (self._callers.get(cause), context_of(found.get("traceparent", "")), here) if each]
        others = {each.span_id: each for each in callers if own and each.is_valid and each.trace_id != own.trace_id}
        parent = _within(own, root if self._callers.get(cause) in others.values() else cause)
        about = {"messaging.system": "kafka", "messaging.destination.name": found["topic"]}
        about |= {"messaging.message.id": found["ce_id"], "tuiding.request_id": found["ce_subject"]}
        began = round(datetime.fromisoformat(found["ce_time"]).timestamp() * 1e9)
        links = [Link(each) for each in others.values()]
        self._tell(found["ce_type"], own, parent if cause else None, SpanKind.PRODUCER, began, about, links=links)

    def _asked(self, name: str, began: int, problem: str) -> None:
        pending = CALLING.get()
        with contextlib.suppress(Exception):
            if pending is not None:
                own = context_of(trace_of_call(pending))
                about: dict[str, str | int] = {"tuiding.request_id": pending.request_id}
                about["tuiding.attempt"] = pending.attempt
                system = f"{OPERATIONS[name].system} {name}"
                parent = _within(own, pending.cause)
                self._tell(system, own, parent, SpanKind.CLIENT, began, about, problem=problem)

    def _tell(
        self,
        name: str,
        own: SpanContext | None,
        parent: SpanContext | None,
        kind: SpanKind,
        began: int,
        about: Mapping[str, str | int],
        problem: str = "",
        links: Sequence[Link] = (),
    ) -> None:
        status = Status(StatusCode.ERROR, problem) if problem else Status()
        self.out.on_end(
            ReadableSpan(
                name,
                context=own,
                parent=parent,
                resource=self.provider.resource,
                attributes=about,
                links=links,
                kind=kind,
                status=status,
                start_time=began,
                end_time=max(began, time.time_ns()),
            )
        )


def context_of(text: str) -> SpanContext | None:
    """None for what is no `traceparent`."""
    parts = text.split("-")
    try:
        found = SpanContext(int(parts[1], 16), int(parts[2], 16), is_remote=True, trace_flags=SAMPLED)
    except (IndexError, ValueError):
        return None
    return found if found.is_valid else None


def hex_of(own: str) -> str:
    try:
        return UUID(own).hex
    except ValueError:
        return ""


def _within(own: SpanContext | None, cause: str) -> SpanContext | None:
    parent = hex_of(cause)[:16]
    if not (own and parent):
        return None
    return SpanContext(own.trace_id, int(parent, 16), is_remote=True, trace_flags=SAMPLED)


def _texts(record: Record) -> dict[str, str]:
    return {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
