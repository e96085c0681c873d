"""`tuiding up`, `run` and `healthcheck`: everything on this machine, one service, and whether it can work."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import httpx
import typer

from cli.command import command
from cli.failure import Exit, Failure, both
from cli.places import Places
from cli.presentation import table
from cli.screen import Screen
from contracts.flow import BY_NAME, SERVICES
from runtime.settings import Settings

if TYPE_CHECKING:
    from runtime.local.supervisor import Supervisor

app = typer.Typer()
Service = StrEnum("Service", {service.name: service.name for service in SERVICES})  # type: ignore[misc]
PATIENCE_SECONDS = 120.0
PROBE_SECONDS = 3.0


@command(app)
def up(
    screen: Screen,
    workers: Annotated[int, typer.Option(min=1, max=9, help="Workers of each service.")] = 1,
    carrier: Annotated[
        bool,
        typer.Option(
            help="Start the stand-in carrier, where TUIDING_CARRIER is local; --no-carrier: yours listens there."
        ),
    ] = True,
    port_shift: Annotated[int | None, typer.Option(help="Added to every port; else TUIDING_PORT_SHIFT.")] = None,
    secure: Annotated[bool, typer.Option(help="The development broker speaks TLS; everybody signs in.")] = False,
    brokers: Annotated[int, typer.Option(help="Brokers of the development cluster: 1, or 3 of which one may die.")] = 1,
) -> None:
    """Starts broker, carrier and all services, keeps them alive, and ends them with Ctrl-C."""
    from runtime.local import programs
    from runtime.local.supervisor import Supervisor

    if brokers not in (1, 3):
        raise Failure(
            Exit.USAGE,
            both(
                f"{brokers} 个节点：两个坏一个就停，四个并无好处。",
                f"{brokers} brokers: two lose what one of them loses, four gain nothing.",
            ),
            both("请写 1 或 3。", "Say 1 or 3."),
        )
    settings = Settings() if port_shift is None else Settings(port_shift=port_shift)
    start_it = carrier and programs.is_local(settings)
    supervisor = Supervisor(settings, screen.say, start_it, workers, secure=secure, brokers=brokers)
    with _told_to_stop_is_no_failure(), supervisor:
        supervisor.wait_ready(PATIENCE_SECONDS)
        _announce(screen, supervisor)
        threading.Event().wait()


@command(app)
def run(
    screen: Screen, service: Annotated[Service, typer.Argument(help="The service: one line of contracts/flow.py.")]
) -> None:
    """Runs one service in this process, as containers do; after a flood it stays down, alive and not ready."""
    if not Settings().kafka:
        raise Failure(
            Exit.USAGE,
            both(
                "没有设置 TUIDING_KAFKA：单独一个服务需要已在运行的 Kafka。",
                "TUIDING_KAFKA is empty: a single service needs a broker that runs.",
            ),
            both(
                "请设置 TUIDING_KAFKA=host:port，或用 tuiding up 启动全部。",
                "Set TUIDING_KAFKA=host:port, or start everything with: tuiding up",
            ),
        )
    from runtime.local.ports import Wanted
    from runtime.local.refusals import refuse_taken
    from runtime.worker.standby import stand_down
    from runtime.worker.watchdog import FLOOD_EXIT_CODE
    from runtime.worker.worker import Ended
    from runtime.worker.worker import run as run_service

    port = Settings().port or Settings().usual_port(str(service))
    refuse_taken([Wanted(port, str(service), "TUIDING_PORT={}")], host=Settings().host)
    try:
        run_service(str(service))
    except Ended as end:
        if end.code == FLOOD_EXIT_CODE:
            stand_down(Settings(), port, end.why)
        raise


@command(app)
def healthcheck(
    screen: Screen,
    service: Annotated[Service | None, typer.Argument(help="Only for its usual port.")] = None,
    port: Annotated[int | None, typer.Option(help="Default: TUIDING_PORT, else the service's usual one.")] = None,
) -> None:
    """Whether the service on this machine can work; for containers."""
    at = port or Settings().port or (_usual_port(str(service)) if service else 0)
    if not at:
        how = both("请写服务名或 --port，或设置 TUIDING_PORT。", "Name it, or --port, or set TUIDING_PORT.")
        raise Failure(Exit.USAGE, both("没有说明是哪个服务。", "Nobody said which service."), how)
    why = _why_not_ready(at)
    if why:
        raise Failure(Exit.FAILED, both(f"未就绪：{why}。", f"Not ready: {why}."))
    screen.result({"ready": True, "port": at}, "ready")


def _usual_port(service: str) -> int:
    """As the settings move it; where they say nothing, as the run does that they name or that is the only one."""
    return BY_NAME[service].port + Places().moved_by


def _why_not_ready(port: int) -> str:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=PROBE_SECONDS, trust_env=False)
    except httpx.TransportError:
        said = both(f"端口 {port} 没有响应。", f"Nothing answers on port {port}.")
        raise Failure(Exit.UNREACHABLE, said, both("它在运行吗？", "Is it running?")) from None
    if answer.is_success:
        return ""
    try:
        return str(answer.json()["reason"])
    except (ValueError, KeyError, TypeError):
        return f"it answers {answer.status_code}"


def _announce(screen: Screen, supervisor: "Supervisor") -> None:
    found = supervisor.addresses
    rows = [
        ("console", _console(supervisor)),
        ("door for channels", f"{found['intake']}/v1/cancellations"),
        ("carrier", found["carrier"]),
        ("kafka", found["kafka"]),
        ("logs", supervisor.data / "log"),
    ]
    screen.result(found, table(rows))
    screen.say(screen.words("按 Ctrl-C 停止。", "Ctrl-C stops everything."))
    usual = supervisor.data == Path(Settings.model_fields["data"].default)
    screen.next(f"{'' if usual else f'TUIDING_DATA={supervisor.data} '}tuiding submit sub-freeaddon01 video-pack")


def _console(supervisor: "Supervisor") -> str:
    """In development with a link that signs in whoever opens it first."""
    from runtime.local import tickets
    from services.console.signing_in.sessions import Way
    from services.console.signing_in.ways import ways

    address, development = supervisor.addresses["console"], Way.LINK in ways(supervisor.settings)
    return tickets.link(address, supervisor.data) if development else address


@contextmanager
def _told_to_stop_is_no_failure() -> Iterator[None]:
    """The first signal interrupts whatever is going on; later ones would only leave somebody behind."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    with suppress(KeyboardInterrupt):
        yield
    for number, handler in before.items():
        signal.signal(number, handler)
