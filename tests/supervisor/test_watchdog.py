"""What makes a process end itself, each made to happen for real in a child process; and how its keeper takes it."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from contracts.flow import topic_name
from runtime.envelope import derived_id
from runtime.kafka import topics
from runtime.kafka.publisher import Publisher
from runtime.local.broker_apache import free_port
from runtime.local.broker_memory import InMemoryKafka
from runtime.local.child import Child
from runtime.local.programs import Program, as_environment
from runtime.settings import Settings
from runtime.worker.watchdog import EXIT_CODE, FLOOD_EXIT_CODE, Watchdog
from tests.contracts.poison import POISONS, header
from tests.contracts.sound import record_of
from tests.supervisor.conftest import ask
from tests.supervisor.watched import SETTINGS
from tests.waiting import PATIENCE_SECONDS, ends, eventually

Keep = Callable[..., Child]
MOST_LETTERS = 5


def watched(trouble: str) -> Program:
    port = free_port()
    return Program("watched", (sys.executable, "-m", "tests.supervisor.watched", str(port), trouble), port, "/", {})


def review(broker: InMemoryKafka, folder: Path, module: str = "services.review") -> Program:
    topics.apply(broker.bootstrap)
    port = free_port()
    settings = Settings(
        kafka=broker.bootstrap,
        data=str(folder),
        port=port,
        dead_letters_per_minute=MOST_LETTERS,
        junk_per_minute=MOST_LETTERS,
    )
    return Program("review", (sys.executable, "-m", module), port, "/readyz", as_environment(settings))


def why(said: list[str]) -> str:
    sentence: str = eventually(lambda: said)[0]
    assert sentence.startswith(f"{sentence.split()[0]} was ended by its watchdog after "), said
    return sentence.partition("It said: watchdog: ")[2]


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ("blocked", "the event loop has not moved for "),
        ("old", "what is in work has not moved for "),
        ("hung", "what is in work has not moved for "),
        ("client", "the consumer group has had no coordinator for "),
    ],
)
def test_a_process_that_only_looks_alive_ends_itself_and_is_started_again(
    keep: Keep, said: list[str], trouble: str, sentence: str
) -> None:
    program = watched(trouble)
    child = keep(program)
    ask(program, "/trouble")
    assert why(said).startswith(sentence)
    eventually(lambda: child.restarts and ask(program))


@pytest.mark.parametrize(("apart", "dies"), [(0.5, False), (1, False), (2, False), (3, True), (5, True), (10, True)])
def test_a_loop_that_hardly_moves_is_noticed_within_the_time_for_one_that_stands_still(
    apart: float, dies: bool
) -> None:
    watchdog = Watchdog(Settings(), lambda: 0.0, lambda now: "")
    began, now, next_tick, why = watchdog.last_tick, watchdog.last_tick, 0.0, ""
    while not why and now < began + 120:
        now += 0.5
        if now - began >= next_tick:
            watchdog.last_tick, watchdog.ticks, next_tick = now, watchdog.ticks + 1, next_tick + apart
        why = watchdog.why(now)
    assert bool(why) is dies
    assert not dies or (why.startswith("the event loop hardly moves") and now - began <= 30)


@pytest.mark.parametrize("begins", [0.0, 0.3, 0.6, 0.9, 1.2, 1.4, 1.7, 2.2])
def test_a_loop_that_stands_still_is_told_so_whenever_it_began_to(begins: float) -> None:
    watchdog = Watchdog(SETTINGS, lambda: 0.0, lambda now: "")
    began, now, why = watchdog.last_tick, watchdog.last_tick, ""
    while not why and now < began + begins + 10:
        now += 0.5
        if now - 0.5 <= began + begins:
            watchdog.last_tick, watchdog.ticks = now - 0.5, watchdog.ticks + 1
        why = watchdog.why(now)
    assert why.startswith("the event loop has not moved for ")


def test_a_process_that_was_stopped_too_long_ends_itself_when_it_wakes_up(keep: Keep, said: list[str]) -> None:
    child = keep(watched("none"))
    process, began = child.process, time.monotonic()
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    eventually(lambda: time.monotonic() - began > SETTINGS.session_timeout_seconds)
    assert process.status() == psutil.STATUS_STOPPED
    process.send_signal(signal.SIGCONT)
    assert why(said).startswith("the process stood still for ")
    eventually(lambda: child.restarts)


def test_a_short_stop_harms_nobody(keep: Keep, said: list[str]) -> None:
    program = watched("patient")
    process = keep(program).process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    eventually(lambda: process.status() == psutil.STATUS_STOPPED)
    process.send_signal(signal.SIGCONT)
    assert ask(program)
    assert said == []


def test_a_real_worker_whose_reading_thread_dies_in_silence_ends_itself(
    keep: Keep, said: list[str], in_memory: InMemoryKafka, tmp_path: Path
) -> None:
    keep(review(in_memory, tmp_path, "tests.supervisor.unread"))
    assert why(said).startswith("reading from the broker has ended for good: MemoryError")


def test_a_flood_of_dead_letters_stops_the_service_and_it_stays_down(
    keep: Keep, said: list[str], in_memory: InMemoryKafka, tmp_path: Path
) -> None:
    program = review(in_memory, tmp_path, "tests.supervisor.failing")
    child = keep(program)
    flood(in_memory.bootstrap)
    sentence = eventually(lambda: said)[0]
    assert sentence.startswith("review stopped on purpose after ")
    assert "it stays down until all of this is started again. It said: tuiding review: " in sentence
    assert "that is us, not them" in sentence
    assert ends(child), "its keeper waits for nothing"
    assert (child.process, child.restarts, len(said)) == (None, 0, 1)


def flood(bootstrap: str) -> None:
    """Sound records, which fail in our hands."""
    sound = record_of("request.accepted.v1")
    with Publisher(bootstrap) as publisher:
        for number in range(MOST_LETTERS + 1):
            record = header(sound, "ce_id", derived_id("flood", str(number)).encode())
            publisher.publish(list(record.headers), record.key, record.value or b"", record.topic)


def test_a_flood_of_records_that_break_the_contract_stops_nobody(
    keep: Keep, said: list[str], in_memory: InMemoryKafka, tmp_path: Path
) -> None:
    program = review(in_memory, tmp_path)
    keep(program)
    unreadable = next(poison.record for poison in POISONS if poison.name == "no headers")
    with Publisher(in_memory.bootstrap) as publisher:
        for _ in range(50 * MOST_LETTERS):
            publisher.publish(unreadable.headers, unreadable.key, unreadable.value or b"", topic_name("intake"))
    told = "(no source) on cancellation.intake"
    answer = eventually(lambda: (now := ask(program)) is not None and told in now.text and now)
    assert answer.status_code == 200
    assert said == []


def test_in_a_container_it_stays_alive_and_not_ready_so_that_no_restart_policy_starts_it_again(
    keep: Keep, said: list[str], in_memory: InMemoryKafka, tmp_path: Path
) -> None:
    as_module = review(in_memory, tmp_path)
    program = as_module._replace(command=(sys.executable, "-m", "tests.supervisor.failing", "run", "review"))
    child = keep(program)
    flood(in_memory.bootstrap)
    eventually(lambda: "that is us, not them" in reason(program))
    assert ask(program, "/livez")
    child.ask_to_end()
    assert ends(child), "it ends when it is told to"
    assert (child.restarts, said) == (0, [])


def reason(program: Program) -> str:
    try:
        answer = httpx.get(f"http://127.0.0.1:{program.port}/readyz", timeout=PATIENCE_SECONDS, trust_env=False)
    except httpx.TransportError:
        return ""
    return str(answer.json()["reason"]) if answer.status_code == 503 else ""


FULL_DISK = Path("/dev/full")
LAST_WORDS = {
    "from runtime.worker.watchdog import end_process; end_process('stuck')": EXIT_CODE,
    "from runtime.worker.telemetry import set_up_logs as s; s('json', 'INFO'); import structlog as l\n"
    "for _ in range(9999): l.get_logger().warning('waiting')": 0,
}


@pytest.mark.parametrize(("program", "code"), LAST_WORDS.items())
def test_a_full_disk_under_the_log_neither_saves_a_stuck_process_nor_ends_a_working_one(
    program: str, code: int
) -> None:
    with FULL_DISK.open("w") as full:
        ended = subprocess.run([sys.executable, "-c", program], stderr=full, check=False, timeout=PATIENCE_SECONDS)
    assert ended.returncode == code


def test_a_supervisor_can_tell_both_ends_apart() -> None:
    assert (EXIT_CODE, FLOOD_EXIT_CODE) == (70, 78)
