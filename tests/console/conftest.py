"""A console in this process: a real store, a projection, and a host that writes what it should publish to a list."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from prometheus_client.registry import Collector

from contracts.asyncapi import EXAMPLES
from contracts.health import Heartbeat
from policies.pack import Pack, load
from runtime.envelope import Record, derived_id
from runtime.http.protection import Protection
from runtime.kafka.connect import NotPublished
from runtime.kafka.drift import Drift
from runtime.kafka.lag import Lag
from runtime.kafka.members import Stranger
from runtime.kafka.record_times import Place
from runtime.kafka.uncommitted import Spot
from runtime.kernel.arrivals import Consumed
from runtime.kernel.store import Store
from runtime.local import tickets
from runtime.settings import Settings
from runtime.signatures import OFF, Signatures
from services.console.app import projection
from services.console.door import prepare, routes
from services.console.kept.projection import Projection
from services.console.roles import Role
from services.console.signing_in import passwords
from services.console.watched.broker import Broker
from tests.console import described

NOW = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
REQUEST = "11111111-1111-4111-8111-111111111111"
AUDIENCE = {"subscription": "sub-line0001", "masked_number": "138****1234", "language": "zh", "channel": "app"}
ACCEPTED = {"audience": AUDIENCE, "application": {"kind": "line"}}
UNKNOWN = "22222222-2222-4222-8222-222222222222"
ORDER = f"/v1/requests/{REQUEST}"
OPERATOR, WHO = "op-7", {"reason": "checked by phone"}
KEY = {"Idempotency-Key": "k1"}
PASSWORD = "four words are a password"
OPEN = {"kafka": "nowhere:9092", "auth": "none"}  # nobody signs in, for tests of something else
Visit = Callable[..., httpx.AsyncClient]


@dataclass
class FakeHost:
    store: Store
    pack: Pack
    settings: Settings = field(
        default_factory=lambda: Settings.model_validate({"kafka": "nowhere:9092", "auth": "none"})
    )
    published: list[Record] = field(default_factory=list)
    broker_away: bool = False
    signatures: Signatures = OFF
    measured: list[Collector] = field(default_factory=list)

    def measure(self, collector: Collector) -> None:
        self.measured.append(collector)

    def pack_of(self, policy: str) -> Pack:
        return self.pack

    async def publish(self, record: Record) -> None:
        if self.broker_away:
            raise NotPublished("The broker did not confirm the record: publish it again.")
        self.published.append(record)


def _example(kind: str) -> dict[str, Any]:
    file = EXAMPLES / f"{kind}.json"
    return dict(orjson.loads(file.read_bytes())) if file.exists() else {}


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = {
        name: _laid_over(below[name], above[name])
        for name in below.keys() & above.keys()
        if isinstance(below[name], dict) and isinstance(above[name], dict)
    }
    return below | above | both


class Tape:
    """Writes events as services would (the contract's example but for what a test wants) and counts the offsets."""

    def __init__(self, projection: Projection) -> None:
        self.projection, self.offset = projection, 0

    def event(self, service: str, kind: str, body: dict[str, Any] | None = None, **changed: str) -> Consumed:
        request_id = changed.pop("request_id", REQUEST)
        own = derived_id(str(self.offset), kind)
        headers = {
            "ce_id": own,
            "ce_specversion": "1.0",
            "ce_source": f"/tuiding/{service}",
            "ce_type": kind,
            "ce_subject": request_id,
            "ce_time": NOW.replace(minute=self.offset % 60).isoformat(),
            "ce_correlationid": derived_id("root", request_id),
            "ce_causationid": "the-cause",
            "ce_channel": "app",
            "ce_sequence": str(self.offset + 1),
        } | changed
        value = orjson.dumps(_laid_over(_example(kind), {"request_id": request_id} | (body or {})))
        encoded = [(name, text.encode()) for name, text in headers.items()]
        topic = "ops" if service == "console" else service
        return self.at(Record(f"cancellation.{topic}", request_id.encode(), value, encoded))

    def at(self, record: Record) -> Consumed:
        self.offset += 1
        return Consumed(record, 0, self.offset - 1, 1_790_000_000_000, "tuiding-console")

    def play(self, *consumed: Consumed) -> None:
        self.projection.step(consumed, (), NOW)

    def letter(self, service: str = "intake", topic: str = "cancellation.commands", **headers: str) -> Consumed:
        """What was redriven before carries that among its own headers, `x_redrive_...`."""
        own = {name.replace("_", "-"): text for name, text in headers.items() if name.startswith("x_redrive")}
        why = {"ce_id": "the-original", "x-channel": "its own"} | own
        why |= {
            "x-dead-letter-id": f"{service}/{topic}/{sorted(headers.items())}",
            "x-original-topic": topic,
            "x-original-group": f"tuiding-{service}",
            "x-original-partition": "2",
            "x-original-offset": "7",
            "x-error-code": "breaks-contract",
            "x-error-message": "/items/0: wrong",
            "x-failed-at": NOW.isoformat(),
        } | {name.replace("_", "-"): text for name, text in headers.items() if not name.startswith("x_redrive")}
        encoded = [(name, text.encode()) for name, text in why.items()]
        return self.at(Record(f"cancellation.{service}.dead-letter", REQUEST.encode(), b'{"noise": 1}', encoded))


def as_read(page: str) -> str:
    """Without the marks that keep the words of a command whole."""
    return html.unescape(re.sub('<span class="word">([^<]*)</span>', r"\1", page))


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load("demo")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(str(tmp_path), "console")
    yield store
    store.close()


@pytest.fixture
def tape(store: Store, pack: Pack) -> Tape:
    return Tape(projection(store, pack, "1"))


@pytest.fixture
def story(tape: Tape) -> None:
    """A request with an incident that waits for a person, and a dead letter."""
    incident = {"incident": "charge:1", "operation": "charge", "code": "refused", "detail": "limit"}
    tape.play(
        tape.event("intake", "request.accepted.v1", ACCEPTED),
        tape.event("billing", "attention.required.v1", incident),
        tape.letter(),
    )


@pytest.fixture
def host(store: Store, pack: Pack, tape: Tape, tmp_path: Path) -> FakeHost:
    """As in development: whoever can read its folder signs in."""
    return FakeHost(store, pack, Settings.model_validate({"kafka": "nowhere:9092", "data": str(tmp_path)}))


@pytest.fixture
def by_password(store: Store, pack: Pack, tape: Tape, tmp_path: Path) -> FakeHost:
    """Elsewhere: one operator, zhao, has a password."""
    file = tmp_path / "operators"
    passwords.write(file, {"zhao": passwords.Known(Role.OPERATOR, passwords.hashed(PASSWORD))})
    return FakeHost(store, pack, Settings.model_validate({"operators": str(file), "data": str(tmp_path)}))


def lags(bootstrap: str, wait_seconds: float) -> list[Lag]:
    return [
        Lag("cancellation.intake", 0, "tuiding-review", 5, 8),
        Lag("cancellation.intake", 1, "tuiding-review", None, 2),
    ]


class FakeBroker(Broker):
    """Answers from what a test puts into it, and counts how often it was asked."""

    def __init__(self, ask: Callable[[str, float], list[Lag]] = lags) -> None:
        super().__init__("nowhere:9092")
        self.ask, self.asked = ask, 0
        self.unread_since = datetime.now(UTC)
        self.workers: dict[str, Heartbeat] = {}
        self.held: list[Consumed] = []
        self.first: Consumed | None = None  # of an open transaction
        self.in_our_groups: list[Stranger] = []
        self.set_otherwise: list[Drift] = []

    def lag(self, wait_seconds: float) -> list[Lag]:
        self.asked += 1
        return self.ask(self.bootstrap, wait_seconds)

    def strangers(self, wait_seconds: float) -> list[Stranger]:
        return self.in_our_groups

    def drifts(self, wait_seconds: float) -> list[Drift]:
        return self.set_otherwise

    def times(self, wanted: Mapping[Place, int]) -> dict[Place, int]:
        return dict.fromkeys(wanted, int(self.unread_since.timestamp() * 1000))

    def first_uncommitted(self, wanted: Mapping[Place, int]) -> dict[Spot, Consumed]:
        return {(*place, offset): self.first for place, offset in wanted.items() if self.first}

    def heartbeats(self) -> dict[str, Heartbeat]:
        return dict(self.workers)

    def bounds(self, topic: str) -> dict[Place, tuple[int, int]]:
        return {(topic, 0): (0, len(self.held))}

    def at_time(self, topic: str, milliseconds: int) -> dict[Place, int]:
        return {(topic, 0): 0}

    def records(self, wanted: Mapping[Place, int], most: int) -> list[Consumed]:
        return [each for each in self.held if each.offset >= wanted.get((each.record.topic, each.partition), 0)][:most]


@pytest.fixture
def broker() -> FakeBroker:
    return FakeBroker()


@pytest.fixture
def visit(host: FakeHost, broker: FakeBroker) -> Visit:
    def client(ask: Callable[[str, float], list[Lag]] = lags) -> httpx.AsyncClient:
        broker.ask = ask
        app = FastAPI()
        prepare(app)
        app.include_router(routes(host, broker, patience_seconds=0))
        described.learn(app)
        token = tickets.issue(Path(host.settings.data), tickets.TOKEN, OPERATOR)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(Protection(app, host.settings)),
            base_url="http://console",
            headers={"Authorization": f"Bearer {token}"},
            event_hooks={"response": [described.held_to_it]},
        )

    return client
