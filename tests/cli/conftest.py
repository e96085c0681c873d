"""The command line in this process, against doors that answer what a test tells them to."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner, Result

from cli import application


class Asked(NamedTuple):
    method: str
    path: str
    body: Any
    headers: dict[str, str]


class Doors:
    """Intake and console behind one address. `answers["GET /v1/x"] = (200, body)`; a list gives one after the other."""

    def __init__(self) -> None:
        self.address = ""
        self.answers: dict[str, Any] = {}
        self.asked: list[Asked] = []

    def told(self, service: str) -> str:
        """The line by which a command says whom it has asked."""
        return f"Asked: {service} at {self.address.removeprefix('http://')}.\n"

    def answer(self, asked: Asked) -> tuple[int, Any]:
        self.asked.append(asked)
        found = self.answers.get(f"{asked.method} {asked.path.partition('?')[0]}", (404, {"detail": "unknown"}))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        status, body = found
        return status, body


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    doors = Doors()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = doors.answer(Asked(self.command, self.path, body, dict(self.headers)))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

        do_POST = do_DELETE = do_GET  # noqa: N815 - the name http.server looks for

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    doors.address = f"http://127.0.0.1:{server.server_port}"
    for name in ("TUIDING_INTAKE", "TUIDING_CONSOLE"):
        monkeypatch.setenv(name, doors.address)
    yield doors
    server.shutdown()
    server.server_close()


@pytest.fixture
def tuiding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Runs one command line as if in an empty folder on a machine that speaks English."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUIDING_LANG", "en")

    def run(*words: str, answer: str = "") -> Result:
        return CliRunner().invoke(application(), list(words), input=answer)

    return run
