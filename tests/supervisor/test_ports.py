"""A taken port: the advice is computed from what is free, names who holds it, and is what one can type."""

import os
import re
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from demo import ground
from runtime.local import broker_child
from runtime.local.broker_apache import free_port, is_free
from runtime.local.ports import SHIFT, Wanted, command, free_shift, otherwise
from runtime.local.programs import carrier, services
from runtime.local.refusals import PortTaken, refuse_taken
from runtime.settings import Settings
from tests.ports import USUAL, usual_ports

ROOT = Path(__file__).parents[2]


def wanted(shift: int = 0, **by_hand: int) -> list[Wanted]:
    found = [Wanted(port + shift, "somebody") for port in USUAL]
    return found + [Wanted(port, "somebody", f"{name}={{}}") for name, port in by_hand.items()]


@pytest.mark.parametrize(
    ("taken", "shift", "found"),
    [
        ({8000}, 0, 100),
        (set(USUAL), 0, 100),
        ({8000, 8104, 9292}, 0, 300),  # one of the first, and of the second
        ({*USUAL, *range(8100, 9000)}, 0, 1100),  # workers of the other run on every hundred
        ({9000}, 1000, 100),  # our 8000 moved by 1000 is the other one's carrier
        ({9003}, 1000, 0),
        ({*USUAL}, 1000, 100),  # the advice of old was the one that cannot work
        ({port + 100 * by for port in USUAL for by in range(7)}, 0, 700),
        (set(range(8000, 30_000)), 0, 22_000),
        (set(range(8000, 32_768)), 0, None),
        ({9092}, 23_675, 100),  # of a shift that is no hundred the advice is one
    ],
)
def test_the_smallest_shift_is_found_under_which_everything_is_free(
    taken: set[int], shift: int, found: int | None
) -> None:
    assert free_shift(wanted(shift), shift, lambda port: port not in taken) == found


def test_no_advice_moves_a_port_onto_one_of_our_own_that_stays_or_into_the_systems_range() -> None:
    assert free_shift(wanted(KAFKA=8104), 0, lambda port: port != 8000) == 200
    last = free_shift(wanted(), 0, lambda port: port > 31_000)
    assert last is not None and max(USUAL) + last < 32_768


@pytest.mark.parametrize(
    ("busy", "setting"),
    [({9500}, "CARRIER=9501"), ({9500, 9501}, "CARRIER=9502"), (set(range(9500, 9600)), "CARRIER=9600")],
)
def test_what_was_set_by_hand_is_moved_by_what_it_was_set_with(busy: set[int], setting: str) -> None:
    ours = wanted(CARRIER=9500)
    assert otherwise(ours, ours[-1], 0, lambda port: port not in busy) == setting


def test_brokers_that_stand_together_move_together() -> None:
    ours = [Wanted(port, "Kafka", "TUIDING_KAFKA_PORT={}") for port in (9500, 9501, 9502)]
    found = otherwise(ours, ours[1], 0, lambda port: port not in {9501, 9505})
    assert found == "TUIDING_KAFKA_PORT=9502"


@pytest.mark.parametrize(
    ("setting", "typed", "again"),
    [
        ("TUIDING_PORT_SHIFT=100", ["tuiding", "up"], "TUIDING_PORT_SHIFT=100 tuiding up"),
        (
            "TUIDING_PORT_SHIFT=100",
            ["tuiding", "up", "--port-shift", "1000", "--workers", "2"],
            "TUIDING_PORT_SHIFT=100 tuiding up --workers 2",
        ),
        ("TUIDING_PORT_SHIFT=0", ["tuiding", "up", "--port-shift=9"], "TUIDING_PORT_SHIFT=0 tuiding up"),
        (
            "--phone-port 8093",
            ["a b/python", "-m", "demo", "--phone-port", "8092", "--keep"],
            "'a b/python' -m demo --keep --phone-port 8093",
        ),
    ],
)
def test_the_command_is_the_one_typed_with_the_setting_in_it(setting: str, typed: list[str], again: str) -> None:
    assert command(setting, typed) == again


@pytest.mark.parametrize("shift", [0, 1000])
@usual_ports()
def test_beside_taken_sockets_the_sentence_says_who_holds_which_and_what_to_type(shift: int) -> None:
    settings = Settings(port_shift=shift)
    programs = [carrier(settings), *services(settings, workers=2), ground.phone(settings)]
    ours = [Wanted(each.port, each.name, each.port_setting) for each in programs]
    assert {each.setting for each in ours} == {SHIFT}
    with ExitStack() as taken:
        for port in (8001 + shift, 8101 + shift):
            with suppress(OSError):  # somebody else's: as good
                taken.enter_context(socket.create_server(("127.0.0.1", port)))
        with pytest.raises(PortTaken) as caught:
            refuse_taken(ours, shift)
        told = caught.value.told
        assert f"Port {8001 + shift}, which review needs, is taken" in told.en and "TUIDING_PORT_SHIFT=" in told.en
        advised = int(told.en.partition("TUIDING_PORT_SHIFT=")[2].partition(" ")[0])
        refuse_taken([each._replace(port=each.port - shift + advised) for each in ours])
        assert f"端口 {8001 + shift}（review 要用）" in told.zh and f"TUIDING_PORT_SHIFT={advised} " in told.zh


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_whoever_listens_for_us_or_for_everybody_holds_the_port_until_it_ends(address: str) -> None:
    port = free_port()
    with socket.create_server((address, port)):
        assert not is_free(port)
    assert is_free(port)


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_port_that_was_handed_out_is_nobody_elses_and_whoever_it_is_for_listens_there_as_often_as_it_likes(
    address: str,
) -> None:
    """Whoever asks the system for any port, or connects from one, binds without sharing it, as `stranger` does."""
    port = free_port()
    for _ in range(2):
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind((address, port))
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            pass
        with socket.create_server((address, port)), socket.create_connection(("127.0.0.1", port)):
            pass


@pytest.mark.parametrize("host", ["127.0.0.2", "0.0.0.0", "::1", "::"])
def test_a_port_is_looked_for_on_the_address_we_listen_on(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    other = "127.0.0.2" if host == "0.0.0.0" else host
    port = free_port()
    with socket.create_server((other, port), family=family):
        with pytest.raises(PortTaken) as caught:
            refuse_taken([Wanted(port, "intake")], host=host)
        assert f"Port {port}, which intake needs, is taken" in caught.value.told.en
    refuse_taken([Wanted(port, "intake")], host=host)


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_an_address_that_is_not_ours_is_no_port_that_is_taken(host: str) -> None:
    refuse_taken([Wanted(free_port(), "intake")], host=host)


@usual_ports()
def test_the_demo_and_up_are_told_by_name_what_holds_their_port(tmp_path: Path) -> None:
    """As a user runs them: a whole process each, and the second one's advice is followed."""
    shift = free_shift([Wanted(port, "us") for port in USUAL], -1, _free) or 0
    environment = {"TUIDING_PORT_SHIFT": str(shift), "TUIDING_LANG": "zh", "PYTHONPATH": str(ROOT), "PATH": "/nowhere"}
    holder = [sys.executable, "-m", "http.server", str(8003 + shift), "--bind", "127.0.0.1"]
    with subprocess.Popen(holder, cwd=tmp_path, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as other:
        while _free(8003 + shift):
            assert other.poll() is None
        for program, words in (("demo", "termination needs, is taken by"), ("cli", "（termination 要用）已被")):
            done = subprocess.run(
                [sys.executable, "-m", program, *(["up"] if program == "cli" else [])],
                env=environment,
                cwd=tmp_path,
                capture_output=True,
                text=True,
            )
            said = (done.stdout + done.stderr).replace("\n", " ")
            assert done.returncode == 1 and words in said, said
            assert f"http.server (pid {other.pid})" in said and "TUIDING_PORT_SHIFT=" in said
        other.terminate()


def test_a_second_demo_is_told_the_shift_under_which_it_can_run_beside_the_first(tmp_path: Path) -> None:
    (tmp_path / "var" / "demo").mkdir(parents=True)
    lock = broker_child.locked(tmp_path / "var" / "demo" / "up.lock")
    assert lock is not None
    line = [sys.executable, "-m", "demo", "--once"]
    done = subprocess.run(line, env={"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True)
    os.close(lock)
    said = done.stdout.replace("\n", " ")
    assert done.returncode == 1 and re.search(r"already runs on .*/var/demo: .* type: TUIDING_PORT_SHIFT=\d+ ", said)


@pytest.mark.parametrize(
    ("program", "shift"), [(("demo",), "-100"), (("demo",), "70000"), (("cli", "up"), "a hundred")], ids=repr
)
def test_a_shift_that_cannot_be_is_one_sentence_that_names_it(
    tmp_path: Path, program: tuple[str, ...], shift: str
) -> None:
    line = [sys.executable, "-m", *program]
    environment = {"PYTHONPATH": str(ROOT), "TUIDING_PORT_SHIFT": shift}
    done = subprocess.run(line, env=environment, cwd=tmp_path, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 2 and "TUIDING_PORT_SHIFT: Input should be " in said and "Traceback" not in said


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
