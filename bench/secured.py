"""What security costs: `python -m bench.secured` has the same requests come over HTTP with all of it on, and with none.

On: TLS, SCRAM and rights at Kafka, a signature under every event that money rests on, a token for each customer at
the doors and a record of what he asked. Turns go ABBA, each with its own broker; the driver's CPU is left out.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil

from bench import meters
from bench.programs import Programs, add_carrier, add_service
from bench.secured_world import World, open_world
from bench.workload import PROOF, Way, way_of
from contracts.flow import SERVICES
from contracts.messages.billing import QuoteIssued
from contracts.messages.notify import RequestClosed
from contracts.words import Channel
from demo.carrier.crowd import crowd_ref

CROWD = 20_000
TICK_SECONDS, SETTLE_SECONDS, PATIENCE_SECONDS = 0.01, 3.0, 60.0
SAID = {"reason": "price", "kind": "product", "items": ["phone-care"]}
YES = {"quote_version": 1, "clauses_acknowledged": True}


class Turn(NamedTuple):
    """Milliseconds of CPU a closed request, by process; `others`: the share of the machine that was not ours."""

    on: bool
    load: str
    cpu_ms: dict[str, float]
    closed: int
    others: float

    @property
    def total(self) -> float:
        return sum(self.cpu_ms.values())


class Customers:
    """Each files over HTTP, says yes once its quote is heard of, and is done when its request is closed."""

    def __init__(self, world: World, web: httpx.AsyncClient) -> None:
        self.world, self.web = world, web
        self.numbers: Iterator[int] = (each for each in range(1, CROWD) if way_of(each) is Way.STRAIGHT)
        self.asked: dict[str, int] = {}
        self.quoted: set[str] = set()
        self.begun = self.closed = 0
        self.tasks: set[asyncio.Task[None]] = set()

    async def run(self, seconds: float, *, rate: float = 0.0, window: int = 0) -> None:
        """So many a second by the clock, or so many in flight; then nobody new comes."""
        began, before = time.perf_counter(), self.begun
        while (passed := time.perf_counter() - began) < seconds:
            wanted = before + int(passed * rate) if rate else self.closed + window
            while self.begun < wanted:
                self._start(self._file(next(self.numbers)))
                self.begun += 1
            await self._listen()

    async def all_done(self) -> None:
        until = time.perf_counter() + PATIENCE_SECONDS
        while self.closed < self.begun and time.perf_counter() < until:
            await self._listen()
        if self.closed < self.begun:
            raise RuntimeError(f"{self.begun - self.closed} of {self.begun} requests never ended")

    async def _listen(self) -> None:
        for kind, own in self.world.heard():
            if kind == QuoteIssued.type:
                self.quoted.add(own)
            self.closed += kind == RequestClosed.type
        for own in self.quoted & self.asked.keys():  # a quote may be heard of before the answer that names its request
            self.quoted.remove(own)
            self._start(self._post(self.asked.pop(own), f"/v1/cancellations/{own}/confirmation", YES))
        await asyncio.sleep(TICK_SECONDS)
        for task in [each for each in self.tasks if each.done()]:
            self.tasks.remove(task)
            task.result()

    def _start(self, going: Any) -> None:
        task = asyncio.create_task(going)
        self.tasks.add(task)

    async def _file(self, number: int) -> None:
        answer = await self._post(number, "/v1/cancellations", SAID | {"subscription": crowd_ref(number)})
        self.asked[answer["request_id"]] = number

    async def _post(self, number: int, path: str, said: dict[str, Any]) -> Any:
        channel = list(Channel)[number % len(Channel)]
        proof, agent = dict(PROOF), PROOF["agent"]
        if channel in (Channel.APP, Channel.WEB):
            del proof["agent"]  # nobody speaks for a customer there
        headers = {"idempotency-key": f"{number}-{path}"} | self.world.shown(channel, crowd_ref(number), agent)
        answer = await self.web.post(path, json=said | {"channel": channel, "proof": proof}, headers=headers)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
        return answer.json()


async def measured(
    customers: Customers, wanted: argparse.Namespace, processes: dict[str, psutil.Process]
) -> list[Turn]:
    """By the clock, then as many as it can do; each from a warm start until its last request is closed."""
    turns = []
    for load, pace in (
        (f"{wanted.rate:g}/s", {"rate": wanted.rate}),
        (f"{wanted.window} in flight", {"window": wanted.window}),
    ):
        await customers.run(wanted.warm, **pace)
        await customers.all_done()
        before, closed = meters.cpu(processes), customers.closed
        await customers.run(wanted.seconds, **pace)
        await customers.all_done()
        spent, done = meters.spent(before, meters.cpu(processes)), customers.closed - closed
        cpu_ms = {name: 1000 * took / done for name, took in spent.by_name.items() if name != "driver"}
        turns.append(Turn(customers.world.on, load, cpu_ms, done, spent.others))
    return turns


async def _on(
    world: World, intake: str, wanted: argparse.Namespace, processes: dict[str, psutil.Process]
) -> list[Turn]:
    async with httpx.AsyncClient(base_url=intake, timeout=PATIENCE_SECONDS, trust_env=False) as web:
        return await measured(Customers(world, web), wanted, processes)


def one(folder: Path, on: bool, wanted: argparse.Namespace) -> list[Turn]:
    with open_world(folder, on) as world, Programs(folder / "logs") as programs:
        carrier = add_carrier(programs, folder / "carrier", CROWD)
        for service in SERVICES:
            more = world.environment(service.name)
            add_service(programs, service.name, world.bootstrap, folder / "data", carrier, "demo", more=more)
        programs.wait_ready()
        world.listen()
        intake = programs.by_name["intake"].ready.removesuffix("/readyz")
        processes = {name: each.process for name, each in programs.by_name.items()} | {"broker": world.broker}
        return asyncio.run(_on(world, intake, wanted, processes))


def compared(turns: list[Turn]) -> dict[str, Any]:
    """Means of the turns; `more` is what security adds, as a share of a request without it."""
    told: dict[str, Any] = {}
    for load in dict.fromkeys(each.load for each in turns):
        here = [each for each in turns if each.load == load]
        off, on = ([each for each in here if each.on is wanted] for wanted in (False, True))
        mean = {name: sum(each.total for each in some) / len(some) for name, some in (("off", off), ("on", on))}
        by = {
            name: [round(sum(each.cpu_ms[name] for each in some) / len(some), 1) for some in (off, on)]
            for name in here[0].cpu_ms
        }
        told[load] = {name: round(value, 1) for name, value in mean.items()}
        told[load] |= {"more": round(mean["on"] / mean["off"] - 1, 3), "off_and_on": by}
        told[load]["turns"] = [(each.on, round(each.total, 1), each.closed, round(each.others, 2)) for each in here]
    return told


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.secured", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement")
    parser.add_argument("--warm", type=float, default=5, help="seconds before each")
    parser.add_argument("--rounds", type=int, default=1, help="of four turns: off, on, on, off")
    parser.add_argument("--rate", type=float, default=10, help="requests a second, by the clock")
    parser.add_argument("--window", type=int, default=32, help="requests in flight, where as many as possible")
    wanted = parser.parse_args()
    turns: list[Turn] = []
    for on in (False, True, True, False) * wanted.rounds:
        with tempfile.TemporaryDirectory(prefix="tuiding-secured-") as folder:
            turns += one(Path(folder), on, wanted)
    print(json.dumps({"load": os.getloadavg()} | compared(turns), indent=2))


if __name__ == "__main__":
    main()
