"""What people who look cost the console: `python -m bench.console_viewers [VIEWERS [SECONDS [REQUESTS]]]`.

A console of its own process, with a store filled directly; its pages are left open by nobody, by one and by many, who
ask again as often as each page says. What it prints is the console's: processor time, memory and bytes sent.
"""

import asyncio
import re
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil
from fastapi import FastAPI

from bench.console_pages import Alone, Quiet, fill
from bench.programs import Programs
from policies.pack import load
from runtime.http.server import http_server
from runtime.kernel.store import Store
from runtime.local.broker_apache import free_port
from runtime.settings import Settings
from services.console.app import projection
from services.console.door import prepare, routes

VIEWERS, SECONDS, REQUESTS = 200, 60, 100_000
PAGES = ("/", "/topics", "/work", "/dead-letters", "/carrier", "/workers")
EVERY = re.compile(r"every (\d+)s")
MINUTE, MIB = 60, 2**20


class Looks:
    def __init__(self, address: str, until: float) -> None:
        self.address, self.until = address, until
        self.times, self.bytes = list[float](), 0

    async def open_page(self, client: httpx.AsyncClient, path: str, wait: float) -> None:
        await asyncio.sleep(wait)
        while (began := time.monotonic()) < self.until:
            async with client.stream("GET", self.address + path) as answer:
                text = (await answer.aread()).decode()
            self.bytes += answer.num_bytes_downloaded
            self.times.append(time.monotonic() - began)
            found = EVERY.search(text)
            assert answer.is_success and found, (path, answer.status_code)
            await asyncio.sleep(int(found[1]))


async def look(address: str, viewers: int, seconds: float, console: psutil.Process) -> str:
    looks = Looks(address, time.monotonic() + seconds)
    before, began = sum(console.cpu_times()[:2]), time.monotonic()
    limits = httpx.Limits(max_connections=viewers + 1)
    async with httpx.AsyncClient(trust_env=False, timeout=MINUTE, limits=limits) as client:
        opened = (looks.open_page(client, PAGES[each % len(PAGES)], 5 * each / viewers) for each in range(viewers))
        await asyncio.gather(asyncio.sleep(seconds), *opened)
    took = time.monotonic() - began
    cpu = (sum(console.cpu_times()[:2]) - before) / took
    memory, worst = console.memory_info().rss / MIB, max(looks.times, default=0.0) * 1000
    sent = (
        f"{len(looks.times)} looks, the slowest {worst:.0f} ms, {looks.bytes / took * MINUTE / 1000:,.0f} KB a minute"
    )
    return f"{viewers:>4} viewers: {cpu:6.1%} of a core, {memory:.0f} MiB, {sent}"


def serve(folder: str, port: int) -> None:
    app, store = FastAPI(), Store(folder, "console")
    projection(store, load("demo"), "1")
    prepare(app)
    app.include_router(routes(Alone(store), Quiet("nowhere:9092")))
    http_server(app, Settings(), port).run()


def main() -> None:
    given = [int(each) for each in sys.argv[1:]]
    viewers, seconds, requests = (*given, *(VIEWERS, SECONDS, REQUESTS)[len(given) :])
    with tempfile.TemporaryDirectory(prefix="tuiding-viewers-") as folder:
        store = Store(folder, "console")
        projection(store, load("demo"), "1")
        fill(store, requests)
        store.close()
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        with Programs(Path(folder, "logs")) as programs:
            line = ["-m", "bench.console_viewers", "--serve", folder, str(port)]
            programs.add("console", line, {}, f"{address}/")
            programs.wait_ready()
            for each in (0, 1, viewers):
                print(asyncio.run(look(address, each, seconds, programs.by_name["console"].process)), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        main()
