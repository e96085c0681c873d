"""A flood at the door: `python -m bench.door_flood [SECONDS [LOUD]]`, what a quiet channel waits beside it.

Intake's door without Kafka, the loud ones and the quiet one are a process each; everybody signs what he sends. The
loud ones ask again as soon as they are answered, or connect again and again and hang up at once; the quiet one asks by
the clock, on a connection that it has, from when the flood is under way.
"""

import asyncio
import base64
import contextlib
import json
import os
import socket
import struct
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from standardwebhooks import Webhook

from bench.meters import spread
from bench.programs import POLL_SECONDS, Programs
from policies.pack import load
from runtime.envelope import Record
from runtime.http.callers.gate import SUBSCRIPTION_HEADER
from runtime.http.callers.signatures import signed_text
from runtime.http.protection import Protection
from runtime.http.server import http_server
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from runtime.local.broker_apache import free_port
from runtime.settings import Settings
from runtime.worker.worker import settle_memory
from services.intake.app import WIRING
from services.intake.door import prepare, routes

SECONDS, LOUD, RATE = 10, 64, 20
RESET = struct.pack("ii", 1, 0)
UNDER_WAY = 400  # answers
OWN = "sub-freeaddon01"
PATH = f"/v1/cancellations?subscription={OWN}"
SECRETS = {name: "whsec_" + base64.b64encode(name.encode() * 12).decode() for name in ("app", "web", "nobody")}
HALF = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{{"
CHURN = {  # what is said before somebody hangs up
    "hang up": b"",
    "hang up after TLS": bytes.fromhex("16030100c8010000c40303"),
    "hang up after half": HALF.encode(),
    "hang up after a request": f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode(),
}
FLOODS = ("", "web", "", "nobody", "", *CHURN)  # "": nobody; "nobody": strangers with a secret of their own


def shown(channel: str) -> dict[str, str]:
    own, now = f"msg_{uuid4().hex}", int(time.time())
    seal = Webhook(SECRETS[channel]).sign(own, datetime.fromtimestamp(now, UTC), signed_text("GET", PATH, OWN, "", ""))
    return {
        "host": "127.0.0.1",
        SUBSCRIPTION_HEADER: OWN,
        "webhook-id": own,
        "webhook-timestamp": str(now),
        "webhook-signature": seal,
    }


async def taken(record: Record) -> None:
    """The record of who asked what: nobody reads it here."""


def serve(folder: str, port: int) -> None:
    secrets = Path(folder, "secrets")
    secrets.write_text("".join(f"{name} {SECRETS[name]}\n" for name in ("app", "web")))
    settings, store, pack = Settings(channels_secrets_file=str(secrets)), Store(folder, "intake"), load("demo")
    Kernel(WIRING, store, pack, "1")
    host: Any = SimpleNamespace(settings=settings, store=store, pack=pack, pack_of=lambda _: pack, publish=taken)
    app = FastAPI()
    app.include_router(routes(host))
    prepare(app)
    settle_memory()
    http_server(Protection(app, settings), settings, port).run()


async def loud(channel: str, port: int, connections: int, seconds: float) -> None:
    answers, until = Counter[str](), time.monotonic() + seconds
    lines = "".join(f"{name}: {value}\r\n" for name, value in shown(channel).items())
    asked = f"GET {PATH} HTTP/1.1\r\n{lines}\r\n".encode()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < until:
            writer.write(asked)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r")[0]))
            answers[head[9:12].decode()] += 1
            if answers.total() == UNDER_WAY:
                print(flush=True)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    print(json.dumps(answers), flush=True)


def churn(flood: str, port: int, at_once: int, seconds: float) -> None:
    count, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        strangers = [socket.create_connection(("127.0.0.1", port)) for _ in range(at_once)]
        for stranger in strangers:
            with contextlib.suppress(OSError):  # refused already
                stranger.sendall(CHURN[flood])
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)  # leaves no port behind that waits
            stranger.close()
        if count < UNDER_WAY <= count + at_once:
            print(flush=True)
        count += at_once
    print(json.dumps({"connections": count}), flush=True)


async def quiet(address: str, seconds: float) -> dict[str, Any]:
    times, answers, began = list[float](), Counter[int](), time.perf_counter()

    async def one(web: httpx.AsyncClient) -> None:
        asked = time.perf_counter()
        answers[(await web.get(PATH, headers=shown("app"))).status_code] += 1
        times.append(1000 * (time.perf_counter() - asked))

    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60) as web, asyncio.TaskGroup() as asks:
        await web.get(PATH, headers=shown("app"))
        while time.perf_counter() < began + seconds:
            asks.create_task(one(web))
            await asyncio.sleep(1 / RATE)
    return {"ms": spread(times), "answers": answers}


def main() -> None:
    given = [int(each) for each in sys.argv[1:]]
    seconds, connections = (*given, *(SECONDS, LOUD)[len(given) :])
    with tempfile.TemporaryDirectory(prefix="tuiding-door-") as folder, Programs(Path(folder, "logs")) as programs:
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        programs.add("door", ["-m", "bench.door_flood", "serve", folder, str(port)], {}, f"{address}/openapi.json")
        programs.wait_ready()
        door = programs.by_name["door"].process
        asyncio.run(quiet(address, 2))
        for number, channel in enumerate(FLOODS):
            if channel:
                command = ["-m", "bench.door_flood", "loud", channel, str(port), str(connections), str(seconds + 2)]
                programs.add(f"loud-{number}", command, {})
                loud = programs.by_name[f"loud-{number}"]
                while not loud.log.stat().st_size and loud.child.poll() is None:  # it says so once it is loud
                    time.sleep(POLL_SECONDS)
            before = sum(door.cpu_times()[:2])
            told = asyncio.run(quiet(address, seconds))
            told |= {"flood": channel, "door_of_a_core": round((sum(door.cpu_times()[:2]) - before) / seconds, 2)}
            if channel:
                loud.child.wait()
                told["loud"] = json.loads(loud.last_words())
            print(json.dumps(told), flush=True)
    print("load", os.getloadavg())


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", folder, port]:
            serve(folder, int(port))
        case ["loud", channel, port, connections, seconds]:
            if channel in CHURN:
                churn(channel, int(port), int(connections), float(seconds))
            else:
                asyncio.run(loud(channel, int(port), int(connections), float(seconds)))
        case _:
            main()
