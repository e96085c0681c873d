"""Which run a command asks: the one meant, the only one that is there, or nobody until it is said."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from cli.looking import COLUMNS
from cli.places import Places
from contracts.flow import BY_NAME
from runtime.local import tickets, whereabouts
from runtime.local.broker_apache import free_port
from runtime.local.supervisor import Supervisor
from runtime.settings import Settings
from tests.cli.conftest import Doors

Tuiding = Callable[..., Result]
FINDINGS: dict[str, Any] = {"GET /v1/requests": (200, {"requests": []})}
LIST = ("requests", "list")


@pytest.fixture(autouse=True)
def nothing_by_hand(doors: Doors, tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Doors that answer, but nobody was told where; the usual ports are nobody's."""
    for name in [each for each in os.environ if each.startswith("TUIDING_") and each != "TUIDING_LANG"]:
        monkeypatch.delenv(name)
    doors.answers |= FINDINGS
    yield


def runs(folder: str, console: str, shift: int = 0) -> Path:
    """A run that has written itself down, as long as this process lives."""
    data = Path(folder)
    data.mkdir(parents=True)
    tickets.prepare(data)
    there = {"console": console, "intake": console, "kafka": f"127.0.0.1:{free_port()}", "port_shift": str(shift)}
    whereabouts.write(data, there | {"data": str(data.resolve())})
    return data


@pytest.mark.parametrize("folder", ["var", "var/demo", "var/shift-300", "var/shift-300/demo"])
def test_the_only_run_is_found_wherever_it_keeps_its_data_and_is_named(
    doors: Doors, tuiding: Tuiding, folder: str
) -> None:
    data = runs(folder, doors.address, 300 if "300" in folder else 0)
    done = tuiding(*LIST)
    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines()[0] == f"Asked: console at {doors.address[7:]}, of the run in {folder}."
    shown = doors.asked[-1].headers["Authorization"].removeprefix("Bearer ")
    assert tickets.read(data, shown, tickets.TOKEN), "signed in with the key of that run"


def test_the_health_of_a_service_is_asked_of_that_run_too(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers["GET /readyz"] = (200, {"ready": True, "reason": ""})
    port = int(doors.address.rpartition(":")[2])
    runs("var/shift-300", doors.address, port - BY_NAME["review"].port)
    done = tuiding("healthcheck", "review", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"ready": True, "port": port})


def test_a_program_gets_json_alone(doors: Doors, tuiding: Tuiding) -> None:
    runs("var/demo", doors.address)
    done = tuiding(*LIST, "--json")
    assert (json.loads(done.stdout), done.stderr) == ([], "")


def test_it_is_said_once_and_in_chinese_too(doors: Doors, tuiding: Tuiding) -> None:
    doors.answers |= {"GET /v1/findings": (200, {"findings": []}), "GET /v1/workers": (200, {"workers": []})}
    runs("var/shift-300", doors.address, 300)
    done = tuiding("doctor", "--lang", "zh")
    assert done.stderr.count("询问的是") == 1
    assert f"询问的是 {doors.address[7:]} 上的 console（var/shift-300 里的运行）。" in done.stderr


def test_of_several_the_one_under_the_ports_asked_for_answers_and_the_other_is_told(
    doors: Doors, tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs("var/demo", doors.address)
    runs("var/shift-300", f"http://127.0.0.1:{free_port()}", 300)
    first = tuiding(*LIST).stderr.splitlines()[0]
    assert first.endswith("of the run in var/demo. Also running: TUIDING_DATA=var/shift-300")
    monkeypatch.setenv("TUIDING_PORT_SHIFT", "300")
    assert tuiding(*LIST).exit_code == 3, "the other one was asked, which does not answer"
    monkeypatch.delenv("TUIDING_PORT_SHIFT")
    monkeypatch.setenv("TUIDING_DATA", "var/shift-300")
    assert tuiding(*LIST).exit_code == 3


def test_of_several_that_are_all_elsewhere_none_is_asked_before_somebody_says_which(
    doors: Doors, tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs("var/shift-300", doors.address, 300)
    runs("var/shift-400", f"http://127.0.0.1:{free_port()}", 400)
    done = tuiding(*LIST)
    assert done.exit_code == 2 and not doors.asked
    assert done.stderr == (
        "Several runs: say which one is meant: TUIDING_DATA=var/shift-300, TUIDING_DATA=var/shift-400\n"
    )
    assert "请指明是哪一个" in tuiding(*LIST, "--lang", "zh").stderr
    monkeypatch.setenv("TUIDING_DATA", "var/shift-300")
    assert tuiding(*LIST).exit_code == 0


def test_the_next_command_asks_the_same_run_though_the_variable_stood_before_one_only(
    doors: Doors, tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.answers["GET /v1/requests"] = (200, {"requests": [dict.fromkeys(COLUMNS, "x")]})
    runs("var/shift-300", doors.address, 300)
    assert tuiding(*LIST).stderr.splitlines()[-1] == "Next: tuiding trace x", "it is the only one"
    runs("var/demo", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("TUIDING_PORT_SHIFT", "300")
    assert tuiding(*LIST).stderr.splitlines()[-1] == "Next: TUIDING_DATA=var/shift-300 tuiding trace x"


def test_replay_and_what_if_go_by_the_rules_of_that_run(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    data = runs("var/demo", doors.address)
    Path("packs").mkdir()
    whereabouts.write(data, Supervisor(Settings(policy="demo", policies="packs", data=str(data))).addresses)
    assert (Places().policy, Places().policies) == ("demo", str(Path("packs").resolve()))
    monkeypatch.setenv("TUIDING_POLICY", "eu")
    assert Places().policy == "eu", "what is set by hand counts"


def test_a_shift_under_which_nothing_runs_names_the_run_that_is_there(
    doors: Doors, tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs("var/demo", doors.address)
    monkeypatch.setenv("TUIDING_PORT_SHIFT", str(23_400))
    done = tuiding(*LIST)
    assert done.exit_code == 3 and not doors.asked
    assert "127.0.0.1:31480" in done.stderr and "Also running: TUIDING_DATA=var/demo" in done.stderr
    assert "另有运行：TUIDING_DATA=var/demo" in tuiding(*LIST, "--lang", "zh").stderr
    assert "Also running" in json.loads(tuiding(*LIST, "--json").stderr)["hint"]


def test_what_is_set_by_hand_is_not_answered_by_another_run(
    doors: Doors, tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = runs("var", f"http://127.0.0.1:{free_port()}")
    matching = runs("var/demo", doors.address)
    monkeypatch.setenv("TUIDING_CONSOLE", doors.address.replace("127.0.0.1", "localhost"))
    done = tuiding(*LIST)
    assert done.exit_code == 0, done.output
    shown = doors.asked[-1].headers["Authorization"].removeprefix("Bearer ")
    assert tickets.read(matching, shown, tickets.TOKEN) and not tickets.read(data, shown, tickets.TOKEN)


def test_the_note_of_a_run_that_was_killed_is_not_believed_even_when_its_number_came_again(
    doors: Doors, tuiding: Tuiding
) -> None:
    data = runs("var/demo", doors.address)
    note = json.loads((data / whereabouts.FILE).read_text())
    (data / whereabouts.FILE).write_text(json.dumps(note | {"began": note["began"] - 3600}))
    assert whereabouts.read(data) == {} and list(whereabouts.alive(Path("var"))) == []
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    (data / whereabouts.FILE).write_text(json.dumps(note | {"pid": gone.pid}))
    assert whereabouts.read(data) == {}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql+psycopg://owner:secret@db:5432/tuiding", "Asked: store at db:5432."),
        ("postgresql:///tuiding?password=secret", "Asked: store at postgresql:///tuiding."),
        ("http://me:secret@127.0.0.1:8080", "Asked: store at 127.0.0.1:8080."),
        ("var/db", "Asked: store at var/db."),
        ("one:9092,two:9092", "Asked: store at one:9092,two:9092."),
    ],
)
def test_whom_it_asked_is_said_without_anybodys_password(address: str, shown: str) -> None:
    assert Places().asked("store", address).en == shown


def test_a_no_is_followed_by_who_said_it(doors: Doors, tuiding: Tuiding) -> None:
    runs("var/demo", doors.address)
    done = tuiding("trace", "0198c0de-0000-7000-8000-000000000000")
    assert done.exit_code == 4
    assert done.stderr.splitlines()[-1] == f"Asked: console at {doors.address[7:]}, of the run in var/demo."


@pytest.mark.parametrize("kind", ["a pipe", "a device", "lists without end"])
def test_a_note_that_is_none_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    note, found = tmp_path / whereabouts.FILE, list[dict[str, str]]()
    if kind == "a pipe":
        os.mkfifo(note)
    elif kind == "a device":
        note.symlink_to("/dev/zero")
    else:
        note.write_text("[" * 100_000)
    reader = threading.Thread(target=lambda: found.append(whereabouts.read(tmp_path)), daemon=True)
    reader.start()
    reader.join(10)
    assert found == [{}]
