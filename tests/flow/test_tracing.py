"""Spans: one tree a request, made from what its records carry, whoever decided it and however often."""

import asyncio
import contextlib
import http.server
import threading
from collections.abc import Iterator, Sequence

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from contracts.carrier.asks import SubscriptionAsk
from contracts.flow import topic_name
from contracts.words import Value
from runtime.decision import Call
from runtime.envelope import Record
from runtime.kernel.arrivals import Consumed, PendingCall
from runtime.worker.carrier import CALLING, Carrier, Outage, trace_of_call
from runtime.worker.tracing import TRACES_PATH, Traces, context_of, told_to
from tests.flow.customer import confirm, submit
from tests.flow.system import System

ROOT, CAUSE, CALL = (f"{n}" * 8 + f"-1111-4111-8111-{str(n) * 12}" for n in (1, 2, 3))
THEIRS = f"00-{'ab' * 16}-{'cd' * 8}-01"
LOOK_UP = SubscriptionAsk(subscription="sub-free01")
PENDING = PendingCall(CALL, ROOT, Call("look-up", LOOK_UP), CAUSE, ROOT, 3)
SERVICES_WITH_EVENTS = ("intake", "review", "billing", "termination", "notify")


class Watched:
    def __init__(self, service: str = "intake") -> None:
        self.memory = InMemorySpanExporter()
        self.traces = Traces(service, TracerProvider(), SimpleSpanProcessor(self.memory))

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {each.name: each for each in self.memory.get_finished_spans()}

    def send(self, *records: Record) -> None:
        async def sent(each: Sequence[Record]) -> None:
            assert each

        asyncio.run(self.traces.sending(sent)(records))


def consumed(records: Sequence[Record]) -> list[Consumed]:
    return [Consumed(each, 0, offset, 0, "group") for offset, each in enumerate(records)]


def span_id(found: ReadableSpan) -> int:
    assert found.context
    return int(found.context.span_id)


def test_the_events_of_a_request_are_one_tree_over_all_services(system: System) -> None:
    confirm(system, submit(system, "sub-freeaddon01", "video-pack"))
    commands, found = system.log[topic_name("commands")], list[ReadableSpan]()
    for service in SERVICES_WITH_EVENTS:
        watched = Watched(service)
        watched.traces.heard(consumed(commands))
        watched.send(*system.log[topic_name(service)])
        found += watched.memory.get_finished_spans()
    root, said = commands[0], {span_id(each) for each in found}
    begun = context_of(dict(root.headers)["traceparent"].decode())
    assert begun and {each.context.trace_id for each in found if each.context} == {begun.trace_id}
    orphans = [each.name for each in found if each.parent is None or each.parent.span_id not in {*said, begun.span_id}]
    assert orphans == [] and len(said) == len(found) > 8
    [confirmed] = [each for each in found if each.name == "confirmation.given.v1"]
    [link] = confirmed.links
    assert link.context == context_of(dict(commands[1].headers)["traceparent"].decode())


def test_a_caller_who_brings_a_trace_of_its_own_is_linked(system: System) -> None:
    submit(system, "sub-freeaddon01", "video-pack")
    command = system.log[topic_name("commands")][0]
    headers = [(name, THEIRS.encode() if name == "traceparent" else value) for name, value in command.headers]
    watched = Watched()
    watched.traces.heard(consumed([command._replace(headers=headers)]))
    watched.send(command._replace(headers=headers), *system.log[topic_name("intake")])
    for name in ("cancellation.submit.v1", "request.accepted.v1"):
        assert [link.context for link in watched.spans[name].links] == [context_of(THEIRS)], name


def test_what_is_decided_twice_is_the_same_span(system: System) -> None:
    submit(system, "sub-freeaddon01", "video-pack")
    once, again = Watched(), Watched()
    for each in (once, again):
        each.send(*system.log[topic_name("intake")])
    assert [span_id(each) for each in once.spans.values()] == [span_id(each) for each in again.spans.values()]


@pytest.mark.parametrize("problem", [None, Outage("look-up: HTTP 503")])
def test_each_try_of_a_call_is_a_span_below_what_caused_it(problem: Outage | None) -> None:
    watched = Watched()

    async def ask(name: str, asked: Value, key: str) -> Value:
        if problem:
            raise problem
        return asked

    async def asking() -> None:
        CALLING.set(PENDING)
        with contextlib.suppress(Outage):
            await watched.traces.asking(ask)("look-up", LOOK_UP, "k")

    asyncio.run(asking())
    found = watched.spans["crm look-up"]
    assert found.context == context_of(trace_of_call(PENDING)) and found.status.is_ok is (problem is None)
    assert found.parent and found.parent.span_id == int(CAUSE.replace("-", "")[:16], 16)
    assert (found.attributes or {})["tuiding.attempt"] == 3


@pytest.mark.parametrize("asked_for", [PENDING, None])
def test_the_carriers_systems_are_told_the_trace(asked_for: PendingCall | None) -> None:
    seen = list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("traceparent", ""))
        return httpx.Response(503)

    async def asking() -> None:
        CALLING.set(asked_for)
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://carrier") as client:
            with pytest.raises(Outage):
                await Carrier(client).ask("look-up", LOOK_UP, "k")

    asyncio.run(asking())
    assert seen == [trace_of_call(PENDING) if asked_for else ""]


@pytest.mark.parametrize("headers", [[], [("ce_id", b"x")], [("ce_type", b"\xff"), ("traceparent", b"00-zz-1-01")]])
def test_a_record_that_tells_nothing_stops_nobody(headers: list[tuple[str, bytes]]) -> None:
    watched, record = Watched(), Record(topic_name("intake"), b"k", b"v", headers)
    watched.traces.heard(consumed([record]))
    watched.send(record)
    assert watched.spans == {}


@contextlib.contextmanager
def collector(seen: list[tuple[str, bytes]]) -> Iterator[str]:
    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_spans_reach_a_collector_over_otlp_and_no_query_does(system: System) -> None:
    submit(system, "sub-freeaddon01", "video-pack")
    seen = list[tuple[str, bytes]]()
    with collector(seen) as address:
        traces = told_to(address, "intake")
        asyncio.run(traces.sending(_nowhere)(system.log[topic_name("intake")]))
        app = FastAPI(telemetry={"tracer_provider": traces.provider})

        @app.get("/v1/cancellations")
        async def requests() -> dict[str, str]:
            return {}

        async def look() -> None:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
                assert (await client.get("/v1/cancellations?subscription=sub-secret0001")).is_success

        asyncio.run(look())
        traces.provider.shutdown()
    everything = b"".join(body for _, body in seen)
    assert {path for path, _ in seen} == {TRACES_PATH}
    for told in (b"tuiding-intake", b"request.accepted.v1", b"/v1/cancellations"):
        assert told in everything
    assert b"secret" not in everything


async def _nowhere(records: Sequence[Record]) -> None:
    return None
