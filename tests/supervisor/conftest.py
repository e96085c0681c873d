"""Fake services as real processes, and what the supervisor said about them."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from runtime.local.broker_apache import free_port
from runtime.local.child import Backoff, Child
from runtime.local.programs import Program
from tests.waiting import PATIENCE_SECONDS, ends, eventually

SCRIPT = Path(__file__).parent / "fake_service.py"
Fake = Callable[..., Program]


@pytest.fixture
def fake() -> Fake:
    def program(name: str = "fake", *options: str, ready_path: str = "/readyz") -> Program:
        port = free_port()
        command = (sys.executable, "-S", str(SCRIPT), str(port), *options)
        return Program(name, command, port, ready_path, {}, "SOMETHING_ELSE={}")

    return program


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keep(tmp_path: Path, said: list[str]) -> Iterator[Callable[..., Child]]:
    """Starts a child and waits until it answers; ends it after the test."""
    kept: list[Child] = []

    def start(program: Program, backoff: Backoff = Backoff(first_seconds=0.01)) -> Child:  # noqa: B008
        child = Child(program, tmp_path / "log" / f"{program.name}.log", said.append, backoff)
        kept.append(child)
        child.start()
        eventually(lambda: ask(program))
        return child

    yield start
    for child in kept:
        child.ask_to_end()
        ends(child)


def ask(program: Program, path: str = "/readyz") -> httpx.Response | None:
    try:
        return httpx.get(f"http://127.0.0.1:{program.port}{path}", trust_env=False, timeout=PATIENCE_SECONDS)
    except httpx.TransportError:
        return None


def end(program: Program, code: int) -> None:
    ask(program, f"/end?{code}")
