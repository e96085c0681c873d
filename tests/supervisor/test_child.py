"""One program that is kept alive: real processes, no sleeping."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from runtime.local import child as child_module
from runtime.local.child import Backoff, Child, how
from runtime.local.programs import Program
from runtime.worker.watchdog import EXIT_CODE
from tests.supervisor.conftest import Fake, ask, end
from tests.waiting import ends, eventually

Keep = Callable[..., Child]


def test_a_killed_child_comes_back_as_another_process(keep: Keep, fake: Fake) -> None:
    child = keep(fake())
    first = child.process
    assert first is not None
    first.kill()
    eventually(lambda: (now := child.process) and now.pid != first.pid)
    assert child.restarts == 1


def test_it_says_how_the_child_ended_and_what_its_last_words_were(keep: Keep, fake: Fake, said: list[str]) -> None:
    program = fake("review")
    keep(program)
    end(program, EXIT_CODE)
    sentence = eventually(lambda: said)[0]
    assert sentence.startswith("review was ended by its watchdog after ")
    assert sentence.endswith("It said: I was told to end with 70")


def test_last_words_of_an_earlier_life_are_not_repeated(keep: Keep, fake: Fake, said: list[str]) -> None:
    program = fake()
    child = keep(program)
    end(program, 3)
    eventually(lambda: child.restarts == 1 and child.process)
    assert child.process is not None
    child.process.kill()
    assert "It said" not in eventually(lambda: said[1:])[0]


def test_everything_it_prints_is_in_its_log(keep: Keep, fake: Fake) -> None:
    program = fake()
    child = keep(program)
    end(program, 3)
    eventually(lambda: "I was told to end with 3" in child.log.read_text())


def test_a_log_that_grows_is_cut_while_its_child_writes_on(
    keep: Keep, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_module, "LARGEST_LOG_BYTES", 1000)
    monkeypatch.setattr(child_module, "LOOK_AT_LOG_SECONDS", 0.05)
    program = fake()
    child = keep(program)
    with child.log.open("ab") as log:
        log.write(b"x" * 2000 + b"\n")
    eventually(lambda: child.log.stat().st_size < 1000)
    assert b"x" * 2000 in child.log.with_suffix(".log.1").read_bytes()
    end(program, 3)
    eventually(lambda: b"I was told to end with 3" in child.log.read_bytes())
    assert child.log.stat().st_size < 1000 and b"\0" not in child.log.read_bytes(), "it writes on at the end"


def test_a_child_that_ends_just_before_it_is_asked_to_has_ended(
    keep: Keep, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = keep(fake())
    signal_group = os.killpg

    def too_late(pid: int, number: int) -> None:
        psutil.Process(pid).kill()
        eventually(lambda: not psutil.pid_exists(pid))
        signal_group(pid, number)

    monkeypatch.setattr(os, "killpg", too_late)
    child.ask_to_end()
    assert ends(child)


def test_a_child_that_ends_at_once_is_started_again_ever_more_slowly(
    tmp_path: Path, said: list[str], fake: Fake
) -> None:
    broken = fake()._replace(command=(sys.executable, "-S", "-c", "raise SystemExit('no database')"))
    child = Child(broken, tmp_path / "log", said.append, Backoff(first_seconds=0.1))
    child.start()
    eventually(lambda: child.restarts >= 3)
    child.ask_to_end()
    assert ends(child)
    pauses = [float(line.split("again in ")[1].split(" s.")[0]) for line in said[:3]]
    assert pauses == [0.1, 0.2, 0.4]
    assert said[0].endswith("It said: no database")


@pytest.mark.parametrize(
    ("alive_seconds", "last_pause", "pause"),
    [(0, 0, 0.2), (0, 0.2, 0.4), (29, 0.4, 0.8), (0, 8, 10), (0, 10, 10), (30, 10, 0.2)],
)
def test_the_pause_doubles_up_to_ten_seconds_and_begins_anew_after_half_a_minute(
    alive_seconds: float, last_pause: float, pause: float
) -> None:
    assert Backoff().after(alive_seconds, last_pause) == pause


def test_a_stubborn_child_is_killed_and_that_is_no_clean_end(keep: Keep, fake: Fake) -> None:
    child = keep(fake("fake", "stubborn"))
    child.ask_to_end()
    assert not child.ended_by(time.monotonic() + 0.2)
    assert child.process is None


def test_an_ended_child_is_not_started_again(keep: Keep, fake: Fake, said: list[str]) -> None:
    child = keep(fake())
    child.ask_to_end()
    assert ends(child)
    assert (child.process, child.restarts, said) == (None, 0, [])


def test_a_child_does_not_outlive_the_process_that_keeps_it(tmp_path: Path, fake: Fake) -> None:
    program = fake()
    words = [sys.executable, "-c", PARENT, repr(tuple(program)), str(tmp_path / "log")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


PARENT = """
import ast, sys
from pathlib import Path
from runtime.local.child import Child
from runtime.local.programs import Program
child = Child(Program(*ast.literal_eval(sys.argv[1])), Path(sys.argv[2]), print)
child.start()
while child.process is None:
    pass
print(child.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (EXIT_CODE, "was ended by its watchdog"),
        (-signal.SIGKILL, "was killed by SIGKILL"),
        (0, "ended with exit code 0"),
        (1, "ended with exit code 1"),
    ],
)
def test_an_end_has_words(code: int, words: str) -> None:
    assert how(code) == words


def test_ctrl_c_at_the_terminal_reaches_only_us(keep: Keep, fake: Fake) -> None:
    child = keep(fake())
    assert child.process is not None
    assert os.getsid(child.process.pid) != os.getsid(0)


def test_a_machine_that_cannot_start_it_just_now_is_tried_again(
    keep: Keep, fake: Fake, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn, refusals = child_module._spawn, iter([OSError(11, "Resource temporarily unavailable")])

    def perhaps(program: Program, log: Path) -> subprocess.Popen[bytes]:
        if (refusal := next(refusals, None)) is not None:
            raise refusal
        return spawn(program, log)

    monkeypatch.setattr(child_module, "_spawn", perhaps)
    child = keep(fake())
    eventually(lambda: child.process)
    assert said[0].endswith(
        "cannot be started ([Errno 11] Resource temporarily unavailable); it is tried again in 0.0 s."
    )


def test_a_listener_that_cannot_write_does_not_end_the_keeping(tmp_path: Path, fake: Fake) -> None:
    def full(sentence: str) -> None:
        raise OSError(28, "No space left on device")

    program = fake()
    child = Child(program, tmp_path / "log", full)
    child.start()
    try:
        eventually(lambda: ask(program))
        end(program, 3)
        eventually(lambda: child.restarts == 1 and child.process)
    finally:
        child.ask_to_end()
        ends(child)
