"""What a whole tuiding consists of on one machine: one program a worker, each with its port and its environment."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from contracts.flow import SERVICES, service_user
from policies.files.folders import folders
from policies.pack import editions
from runtime.local.broker_keys import Keys
from runtime.local.database_keys import OwnUser
from runtime.local.ports import SHIFT
from runtime.setting_files import without_password
from runtime.settings import Settings

APART = 100  # the second worker of intake listens on 8100
Databases = Mapping[str, OwnUser]  # service -> where it signs in under its own user
LOCAL = ("127.0.0.1", "localhost", "::1")
WITH_A_PASSWORD = ("database", "carrier")  # addresses whose user may have one, in a file of its own


class Program(NamedTuple):
    name: str
    command: tuple[str, ...]
    port: int
    ready_path: str  # answers 200 once it can work
    environment: dict[str, str]  # on top of ours
    port_setting: str = SHIFT  # how the port is moved: ports.Wanted.setting


def services(
    settings: Settings, workers: int, keys: Keys | None = None, databases: Databases | None = None
) -> list[Program]:
    """`keys`: each service signs in to Kafka as itself; `databases`: the address of each under its own user."""
    return [
        _worker(
            service.name,
            number,
            _as(service.name, settings, keys, databases or {}),
            settings.usual_port(service.name) + APART * (number - 1),
        )
        for number in range(1, workers + 1)
        for service in SERVICES
    ]


def _as(service: str, settings: Settings, keys: Keys | None, databases: Databases) -> Settings:
    own = settings.model_copy(update=databases[service]._asdict()) if service in databases else settings
    return keys.signed_in(own, service_user(service)) if keys else own


def carrier(settings: Settings, options: Sequence[str] = ()) -> Program:
    """The stand-in back office of `demo`, where the settings expect it, in the currency of the pack in force."""
    port = urlsplit(settings.carrier).port or 80
    listen = ("--host", "127.0.0.1", "--port", str(port), "--data", str(Path(settings.data) / "carrier"))
    currency = editions(settings.policy, folders(settings.policies)).on(datetime.now(UTC)).currency
    command = (sys.executable, "-m", "demo.carrier", *listen, "--currency", currency, *options)
    by_hand = "carrier" in settings.model_fields_set
    return Program("carrier", command, port, "/livez", {}, "TUIDING_CARRIER=http://127.0.0.1:{}" if by_hand else SHIFT)


def is_local(settings: Settings) -> bool:
    """Whether the carrier of the settings could be one that is started here."""
    return urlsplit(settings.carrier).hostname in LOCAL


def as_environment(settings: Settings) -> dict[str, str]:
    """Children see exactly these settings, wherever ours came from; what we read from a file they read there too."""
    told = settings.model_dump()
    for name in WITH_A_PASSWORD:
        told[name] = without_password(told[name]) if told[f"{name}_password_file"] else told[name]
    if told["database_password_file"]:
        told["database_file"] = ""  # its address stands in the setting
    elif told["database_file"]:
        told["database"] = ""
    return {f"TUIDING_{name.upper()}": str(value) for name, value in told.items()}


def _worker(service: str, number: int, settings: Settings, port: int) -> Program:
    worker = f"{settings.worker}-{number}" if settings.worker else ""
    own = settings.model_copy(update={"worker": worker, "port": port}).as_worker_of(service)
    name = service if number == 1 else f"{service}-{number}"
    command = (sys.executable, "-m", f"services.{service}")
    return Program(name, command, port, "/readyz", as_environment(own))
