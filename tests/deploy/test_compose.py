"""The compose file agrees with flow.py, the settings and the command line."""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from jsonschema import Draft7Validator  # type: ignore[import-untyped,unused-ignore]
from typer.testing import CliRunner

from cli import application
from contracts.flow import BY_NAME, SERVICES, service_user
from contracts.words import Text
from demo.carrier.__main__ import _arguments as carrier_arguments
from runtime.kernel.as_owner import password_setting
from runtime.local.broker_apache import free_port
from runtime.settings import Settings
from runtime.worker import standby, worker
from runtime.worker.watchdog import FLOOD_EXIT_CODE

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text(encoding="utf-8"))
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_OF_OURS = pytest.mark.parametrize("name", BY_NAME)
PREFIX = "TUIDING_"
SECRET = re.compile("PASSWORD|SECRET|TOKEN$")
SIGNED_IN = re.compile("//[^/@]*:[^/@]*@")


def _compose_schema() -> Any:
    """The one check-jsonschema carries; its command line needs a newer click than Faust allows."""
    package = find_spec("check_jsonschema")
    assert package is not None and package.origin is not None
    vendored = Path(package.origin).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    return json.loads(vendored.read_text(encoding="utf-8"))


def test_the_compose_file_keeps_the_official_schema() -> None:
    schema = _compose_schema()
    assert [error.message for error in Draft7Validator(schema).iter_errors(COMPOSE)] == []
    assert not Draft7Validator(schema).is_valid(COMPOSE | {"servises": {}})


def _runs(container: dict[str, Any]) -> str:
    command = container.get("command", [])
    return command[2] if command[:2] == ["tuiding", "run"] else ""


def _needs(container: dict[str, Any]) -> set[str]:
    return set(container.get("depends_on", ()))


def test_every_service_of_the_flow_runs_and_no_other() -> None:
    assert {name: _runs(each) for name, each in CONTAINERS.items() if _runs(each)} == {name: name for name in BY_NAME}


@ONE_OF_OURS
def test_a_service_has_its_port_inside_and_only_a_door_has_one_on_this_machine(name: str) -> None:
    """A port outside is one worker's; a door has as many as its variable says, everybody else scales without."""
    container, port = CONTAINERS[name], BY_NAME[name].port
    outside = [f"127.0.0.1:${{{name.upper()}_PORTS:-{port}}}:{port}"] if name in ("intake", "console") else []
    assert container.get("ports", []) == outside
    assert container["environment"][f"{PREFIX}WORKER"] == "", "every container is a worker of its own name"
    assert container["environment"][f"{PREFIX}PORT"] == str(port)
    assert container["environment"][f"{PREFIX}HOST"] == "0.0.0.0"


@ONE_OF_OURS
def test_a_service_waits_for_its_topics_its_database_and_the_carrier(name: str) -> None:
    wanted = dict.fromkeys(("topics", "database-users"), "service_completed_successfully")
    wanted |= {"postgres": "service_healthy", "carrier": "service_healthy"}
    assert {each: how["condition"] for each, how in CONTAINERS[name]["depends_on"].items()} == wanted


def test_the_topics_are_made_once_the_broker_is_healthy() -> None:
    topics = CONTAINERS["topics"]
    assert topics["command"] == ["tuiding", "topics", "apply"]
    assert (topics["restart"], topics["depends_on"]) == ("no", {"kafka": {"condition": "service_healthy"}})


def test_what_is_waited_for_exists_and_says_when_it_is_healthy() -> None:
    for container in CONTAINERS.values():
        assert _needs(container) <= CONTAINERS.keys()
        waits = container.get("depends_on", {})
        healthy = [each for each in waits if isinstance(waits, dict) and waits[each]["condition"] == "service_healthy"]
        assert not [each for each in healthy if "healthcheck" not in CONTAINERS[each]]


def test_nothing_that_always_runs_waits_for_something_optional() -> None:
    always = [each for each in CONTAINERS.values() if "profiles" not in each]
    assert not [name for each in always for name in _needs(each) if "profiles" in CONTAINERS[name]]


def test_every_setting_that_is_set_exists() -> None:
    used = {name for each in CONTAINERS.values() for name in each.get("environment", ()) if name.startswith(PREFIX)}
    assert used
    assert {name.removeprefix(PREFIX).lower() for name in used} <= Settings.model_fields.keys()


@ONE_OF_OURS
def test_a_setting_nobody_thought_of_here_reaches_every_service_with_the_files_it_names(name: str) -> None:
    container = CONTAINERS[name]
    assert container["env_file"] == [{"path": "./services.env", "required": False}]
    assert "./given:/etc/tuiding/given:ro" in container["volumes"]
    assert {"deploy/services.env", "deploy/given/"} <= set((DEPLOY.parent / ".gitignore").read_text().splitlines())


@ONE_OF_OURS
def test_addresses_between_containers_lead_to_a_container_and_its_port(name: str) -> None:
    settings = CONTAINERS[name]["environment"]
    addresses = [f"{settings[f'{PREFIX}{each}']}/" for each in ("CARRIER", "QUOTES", "INTAKE")]
    found = {match.groups() for each in addresses for match in re.finditer(r"http://([a-z]+):(\d+)", each)}
    ports = {service.name: str(service.port) for service in SERVICES} | {"carrier": "9000"}
    assert found == {(host, ports[host]) for host in ("carrier", "billing", "intake")}
    assert settings[f"{PREFIX}KAFKA"] in CONTAINERS["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert "@postgres:5432/" in settings[f"{PREFIX}DATABASE"]


@ONE_OF_OURS
def test_a_service_signs_in_to_its_database_as_itself_with_a_password_that_only_its_file_holds(name: str) -> None:
    container, users = CONTAINERS[name], CONTAINERS["database-users"]
    file = f"/run/secrets/{name}-password"
    assert (
        container["environment"][f"{PREFIX}DATABASE"]
        == f"postgresql+psycopg://{service_user(name)}@postgres:5432/tuiding"
    )
    assert container["environment"][f"{PREFIX}DATABASE_PASSWORD_FILE"] == file
    assert users["environment"][f"{password_setting(name)}_FILE"] == file
    assert [each for each in container["secrets"] if each != "operators"] == [f"{name}-password"], "nobody else's"
    assert f"{name}-password" in users["secrets"]


def test_one_command_makes_every_password_that_is_missing_and_no_environment_holds_one(tmp_path: Path) -> None:
    files = {each["file"] for name, each in COMPOSE["secrets"].items() if name.endswith("-password")}
    assert {file.rpartition("/")[0] for file in files} == {"./passwords"}
    folder = tmp_path / "passwords"
    folder.mkdir(mode=0o755)
    (folder / "intake").write_text("kept\n", encoding="utf-8")
    done = CliRunner().invoke(application(), ["deploy", "passwords", str(folder)])
    made = {file.name: file.read_text(encoding="utf-8").strip() for file in folder.iterdir()}
    assert done.exit_code == 0 and made.keys() == {file.rpartition("/")[2] for file in files}, done.output
    assert made.pop("intake") == "kept"
    assert all(len(each) >= 32 and each not in done.output for each in made.values())
    assert len(set(made.values())) == len(made)
    assert folder.stat().st_mode & 0o777 == 0o700, "nobody else on this machine reads one"
    assert all(file.stat().st_mode & 0o044 for file in folder.iterdir() if file.name != "intake"), "a container does"
    assert "deploy/passwords/" in (DEPLOY.parent / ".gitignore").read_text().splitlines()


def test_whoever_is_given_a_secret_as_a_file_sees_that_file() -> None:
    for name, each in CONTAINERS.items():
        said = {key: str(value) for key, value in each.get("environment", {}).items()}
        named = {value.removeprefix("/run/secrets/") for value in said.values() if value.startswith("/run/secrets/")}
        assert named == set(each.get("secrets", ())) <= COMPOSE["secrets"].keys(), name
        assert [key for key in said if SECRET.search(key) and not key.endswith("_FILE")] == [], name
        assert [key for key, value in said.items() if SIGNED_IN.search(value)] == [], name


def test_every_container_has_its_limits() -> None:
    for name, each in CONTAINERS.items():
        assert {"memory", "pids"} <= each["deploy"]["resources"]["limits"].keys(), name


def test_ports_are_open_on_this_machine_only_and_none_twice() -> None:
    ports = [port for each in CONTAINERS.values() for port in each.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    outside = [re.sub(r"\$\{\w+:-(\d+)\}", r"\1", port).split(":")[1] for port in ports]
    assert all(port.isdigit() for port in outside) and len(set(outside)) == len(outside)


def test_images_are_pinned() -> None:
    """By version; by digest once somebody who reaches the registry adds it (deploy/README.md says how)."""
    foreign = [each["image"] for each in CONTAINERS.values() if not each["image"].startswith("${TUIDING_IMAGE")]
    assert not [
        image for image in foreign if not re.search(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)?(@sha256:[0-9a-f]{64})?$", image)
    ]


def test_only_one_container_builds_the_image_they_share() -> None:
    assert [name for name, each in CONTAINERS.items() if "build" in each] == ["topics"]


def test_volumes_are_declared_and_files_exist() -> None:
    mounts = [mount.split(":")[0] for each in CONTAINERS.values() for mount in each.get("volumes", ())]
    assert {mount for mount in mounts if not mount.startswith(".")} == COMPOSE["volumes"].keys()
    made_first = {"./given", "./keys/signers", *(f"./keys/private/{name}" for name in BY_NAME)}
    assert all((DEPLOY / mount).is_dir() for mount in mounts if mount.startswith(".") and mount not in made_first)


def test_the_commands_in_it_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = typer.main.get_command(application())
    known = set(commands.commands)  # type: ignore[attr-defined]
    used = {each["command"][1] for each in CONTAINERS.values() if each.get("command", [""])[0] == "tuiding"}
    assert used | {"healthcheck"} <= known
    monkeypatch.setattr("sys.argv", CONTAINERS["carrier"]["command"][2:])
    assert carrier_arguments().port == 9000


@ONE_OF_OURS
def test_what_restarts_a_service_does_not_restart_one_that_stopped_on_purpose(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No restart policy of compose looks at an exit code, so the command must not end on a flood."""
    container, stood = CONTAINERS[name], []

    def floods(service: str) -> None:
        raise worker.Ended(FLOOD_EXIT_CODE, Text(zh="", en=f"{service} drowns"))

    monkeypatch.setattr(worker, "run", floods)
    monkeypatch.setattr(standby, "stand_down", lambda settings, port, why: stood.append((settings.host, port, why.en)))
    told = {key: str(value) for key, value in container["environment"].items() if key.startswith(PREFIX)}
    made = told | {f"{PREFIX}DATABASE_PASSWORD_FILE": str(tmp_path / "password")}
    (tmp_path / "password").write_text("made", encoding="utf-8")
    settings = {key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in made.items()}
    port = free_port()
    done = CliRunner().invoke(application(), container["command"][1:], env=settings | {f"{PREFIX}PORT": str(port)})
    assert container["restart"] == "unless-stopped" and "healthcheck" not in container, "the image's own sees it"
    assert (stood, done.exit_code) == ([("0.0.0.0", port, f"{name} drowns")], FLOOD_EXIT_CODE)
