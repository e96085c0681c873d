"""Real services on real sockets, and a client that may send whatever it likes."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from runtime.local.broker_apache import free_port
from tests.waiting import PATIENCE_SECONDS, eventually

REQUEST_SECONDS = 2.0


class Answer(NamedTuple):
    status: int  # 0: hung up without a word
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        return str(json.loads(self.body).get("code", "")) if self.body[:1] == b"{" else ""


class Served:
    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    @property
    def megabytes(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    @property
    def connections(self) -> int:
        mine = psutil.Process(self.process.pid).net_connections("tcp")
        return sum(each.status == psutil.CONN_ESTABLISHED for each in mine)

    def connect(self, timeout: float = PATIENCE_SECONDS) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def says(self, raw: bytes, timeout: float = PATIENCE_SECONDS) -> Answer:
        """Sends these bytes and reads until the other side hangs up or has answered whole."""
        with self.connect(timeout) as client:
            with contextlib.suppress(OSError):  # hung up already; what it said before counts
                client.sendall(raw)
            return read_answer(client)

    def alive(self, within: float = PATIENCE_SECONDS) -> bool:
        return self.says(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", within).status == 200


def read_answer(client: socket.socket) -> Answer:
    found = bytearray()
    while True:
        try:
            piece = client.recv(65536)
        except OSError:
            break
        if not piece:
            break
        found += piece
        head, end, body = bytes(found).partition(b"\r\n\r\n")
        if end and b"content-length: " in head and len(body) >= int(head.split(b"content-length: ")[1].split()[0]):
            break
    head, _, body = bytes(found).partition(b"\r\n\r\n")
    if not head:
        return Answer(0, {}, b"")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Answer(int(first.split()[1]), headers, body)


@contextmanager
def serving(service: str, folder: Path, **settings: str) -> Iterator[Served]:
    port, log = free_port(), folder / f"{service}.log"
    environment = os.environ | {"TUIDING_REQUEST_SECONDS": str(REQUEST_SECONDS)} | settings
    command = (sys.executable, "-m", "tests.sockets.served", service, str(port), str(folder))
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    served = Served(process, port, log)
    try:
        eventually(lambda: process.poll() is None and _answers(served))
        yield served
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _answers(served: Served) -> bool:
    try:
        return served.alive()
    except OSError:
        return False


@pytest.fixture(scope="session")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving("intake", tmp_path_factory.mktemp("intake")) as served:
        yield served


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving("console", tmp_path_factory.mktemp("console")) as served:
        yield served
