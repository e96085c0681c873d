"""Puts one service together: its wiring, store, pack and HTTP side. Everything but Faust."""

import importlib
import importlib.util
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import sqlalchemy.exc
from fastapi import FastAPI, Response
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.types import ASGIApp

from contracts.flow import SERVICES
from policies.editions import Editions, of
from policies.pack import Pack, folders, in_force
from runtime.envelope import Record
from runtime.http.health import add_health
from runtime.http.problems import answer_with_problems
from runtime.http.protection import Protection
from runtime.kernel.database_words import why_not
from runtime.kernel.dead_letters import REDRIVE_COUNT
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from runtime.settings import Settings
from runtime.signatures import Signatures
from runtime.worker.engine import Engine
from runtime.worker.patience import Stepper, utc_now
from runtime.worker.signing_keys import signatures_of
from runtime.worker.telemetry import Meters

if TYPE_CHECKING:
    from runtime.worker.tracing import Traces


class Stop(Exception):
    """The service cannot go on; the sentence says why and what to do."""


@runtime_checkable
class Signing(Protocol):
    """A kernel, or the console's projection."""

    signatures: Signatures


class Hosted:
    """One service as it runs; a service's `door.py` sees it as `runtime.http.host_context.HostContext`."""

    engine: Engine
    send: Callable[[Sequence[Record]], Awaitable[None]]

    def __init__(self, service: str, settings: Settings, stepper: Stepper, pack: Pack | Editions) -> None:
        self.service, self.settings, self.stepper, self.editions = service, settings, stepper, of(pack)
        self.store = stepper.store
        self.signatures = signatures_of(service, settings)
        if isinstance(stepper, Signing):
            stepper.signatures = self.signatures
        self.meters = Meters(service)
        self.traces = _traces(service, settings)
        self.port = settings.port or settings.usual_port(service)
        self._why_not_ready: Callable[[], str] = lambda: "starting"

    @property
    def pack(self) -> Pack:
        return self.editions.on(utc_now())

    def pack_of(self, policy: str) -> Pack:
        return self.editions.of_request(policy, utc_now())

    def ready_when(self, why_not: Callable[[], str]) -> None:
        self._why_not_ready = why_not

    def why_not_ready(self) -> str:
        return self._why_not_ready()

    def measure(self, collector: Collector) -> None:
        self.meters.registry.register(collector)

    async def publish(self, record: Record) -> None:
        """Returns once the broker has it; what it raises means: not accepted, try again."""
        again = any(name == REDRIVE_COUNT for name, _ in record.headers)  # it keeps its signature, or goes without
        await self.send([record if again else self.signatures.signed(record)])


def _traces(service: str, settings: Settings) -> "Traces | None":
    """Loaded only where somebody collects them."""
    if not settings.traces:
        return None
    from runtime.worker.tracing import told_to

    return told_to(settings.traces, service)


def assemble(service: str, settings: Settings) -> Hosted:
    editions = in_force(settings.policy, folders(settings.policies))
    try:
        store = Store(settings.store, service)
    except sqlalchemy.exc.DBAPIError as error:
        raise Stop(f"the database does not let us work ({why_not(error)})") from None
    return Hosted(service, settings, stepper(service, store, editions, settings.worker), editions)


def stepper(service: str, store: Store, pack: Pack | Editions, worker: str) -> Stepper:
    """A kernel over the service's wiring; the console brings its own projection instead."""
    app = importlib.import_module(f"services.{service}.app")
    if hasattr(app, "projection"):
        made: Stepper = app.projection(store, pack, worker)
        return made
    return Kernel(app.WIRING, store, pack, worker)


def http_app(hosted: Hosted) -> ASGIApp:
    told: TelemetryConfig = {"tracer_provider": hosted.traces.provider} if hosted.traces else {"tracing": False}
    app = FastAPI(
        title=f"tuiding {hosted.service}", docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=told
    )

    def ready() -> dict[str, Any]:
        why = hosted.why_not_ready()
        slowed = hosted.engine.slowed if hasattr(hosted, "engine") else ()
        return {"ready": not why, "reason": why} | ({"slowed": slowed} if slowed else {})

    add_health(app, ready)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(hosted.meters.registry), media_type=CONTENT_TYPE_LATEST)

    add_door(app, hosted.service, hosted)
    return Protection(app, hosted.settings)


def add_door(app: FastAPI, service: str, host: Any) -> None:
    """The service's own routes, where it has any."""
    door = _door_of(service)
    if door is None:
        answer_with_problems(app)
        return
    if why := _unsafe(door, host.settings):
        raise Stop(why)
    app.include_router(door.routes(host))
    door.prepare(app)


def unsafe(settings: Settings) -> str:
    """Which service would not start as it is set, and why; nothing where all would."""
    told = ((each.name, _unsafe(_door_of(each.name), settings)) for each in SERVICES)
    return next((f"{name} would not start: {why}" for name, why in told if why), "")


def _door_of(service: str) -> Any:
    name = f"services.{service}.door"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def _unsafe(door: Any, settings: Settings) -> str:
    return str(door.why_not(settings)) if hasattr(door, "why_not") else ""
