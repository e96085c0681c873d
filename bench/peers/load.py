"""What both peers share: the saga's data, the two shapes of load, the CPU they took, one line of JSON at the end.

Runs in the peer's own environment: nothing but Python's library here.
"""

import argparse
import asyncio
import json
import math
import multiprocessing
import os
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

TICK = os.sysconf("SC_CLK_TCK")
EACH_CUSTOMER = 1_000_000  # numbers of requests between two customers of a closed loop
LATE_SECONDS, READY_SECONDS = 25.0, 90.0
STEPS_BEFORE, STEPS_AFTER = ("review", "quote"), ("settle", "schedule", "terminate", "notify")
Json = dict[str, Any]
RunOne = Callable[[int], Awaitable[None]]
Pairs = list[tuple[float, float]]  # when a saga was due, and when its customer was told


class Start(NamedTuple):
    """All drivers begin together, once the last of them is there."""

    ready: Any  # a queue: every driver puts its number into it
    begin: Any  # a shared number: when they begin, 0 until that is known

    async def wait(self, who: int) -> float:
        self.ready.put(who)
        while not self.begin.value:
            await asyncio.sleep(0.02)
        begin = float(self.begin.value)
        await asyncio.sleep(max(0.0, begin - time.time()))
        return begin


Drive = Callable[[argparse.Namespace, int, Start, Pairs], None]


def request(number: int) -> Json:
    """About 500 bytes: one customer's wish."""
    return {
        "request_id": f"request-{number:012d}",
        "customer": {"id": f"customer-{number % 99991:08d}", "contract": "5G 128, since 2024-01-01"},
        "kind": "terminate-line",
        "channel": "app",
        "reason": "moving abroad, the contract is no longer needed " * 4,
        "consents": ["fees-shown", "effect-shown"],
        "items": [{"code": "5g-128", "since": "2024-01-01"}, {"code": "roaming-eu", "since": "2025-03-01"}],
    }


def done(step: str, request_id: str) -> Json:
    """About 300 bytes: what every step hands back."""
    return {
        "step": step,
        "request_id": request_id,
        "ok": True,
        "ground": "clause 7.2 of the contract, notice kept, no minimum term left",
        "amounts": {"fee": 1250, "refund": 320, "currency": "CNY"},
        "note": "decided by itself from the case as it stood",
        "reference": f"{step}-{request_id}",
    }


def arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument("--in-flight", type=int, default=12, help="closed loop")
    parser.add_argument("--rate", type=float, default=0, help="a second; open loop")
    parser.add_argument("--drivers", type=int, default=1, help="processes that offer the load")
    parser.add_argument("--warm", type=float, default=5)
    parser.add_argument("--seconds", type=float, default=20)
    return parser.parse_args()


async def offer(run_one: RunOne, wanted: argparse.Namespace, who: int, start: Start, pairs: Pairs) -> None:
    """This driver's share, from the start to the end of what is measured."""
    until = await start.wait(who) + wanted.warm + wanted.seconds
    if wanted.rate:
        await _by_the_clock(run_one, who, wanted.rate / wanted.drivers, until, pairs)
    else:
        await _always_in_flight(run_one, who, max(1, wanted.in_flight // wanted.drivers), until, pairs)


async def _always_in_flight(run_one: RunOne, who: int, customers: int, until: float, pairs: Pairs) -> None:
    async def customer(first: int) -> None:
        number = first
        while (began := time.time()) < until:
            await run_one(number)
            pairs.append((began, time.time()))
            number += EACH_CUSTOMER

    tasks = [asyncio.create_task(customer(who * 1000 + each)) for each in range(customers)]
    ended, _ = await asyncio.wait(tasks, timeout=until - time.time() + LATE_SECONDS)
    for task in ended:
        task.result()


async def _by_the_clock(run_one: RunOne, who: int, rate: float, until: float, pairs: Pairs) -> None:
    """Poisson arrivals; latency counts from when a saga was due."""

    async def customer(number: int, due: float) -> None:
        await run_one(number)
        pairs.append((due, time.time()))

    dice, due, tasks, number = random.Random(who), time.time(), [], who * EACH_CUSTOMER
    while (due := due + dice.expovariate(rate)) < until:
        await asyncio.sleep(max(0.0, due - time.time()))
        tasks.append(asyncio.create_task(customer(number, due)))
        number += 1
    await asyncio.wait_for(asyncio.gather(*tasks), timeout=LATE_SECONDS)


def measure(drive: Drive, wanted: argparse.Namespace, beside: list[int]) -> None:
    """`beside`: ids of the servers that work for the drivers."""
    context = multiprocessing.get_context("spawn")
    results, start = context.Queue(), Start(context.Queue(), context.Value("d", 0.0))
    drivers = [
        context.Process(target=_driving, args=(drive, wanted, who, start, results)) for who in range(wanted.drivers)
    ]
    for process in drivers:
        process.start()
    for _ in drivers:
        start.ready.get(timeout=READY_SECONDS)
    start.begin.value = begin = time.time() + 0.5
    opened, before = _look_at(begin + wanted.warm, beside)
    closed, after = _look_at(begin + wanted.warm + wanted.seconds, beside)
    pairs = [pair for _ in drivers for pair in results.get(timeout=2 * LATE_SECONDS)]
    for process in drivers:
        process.kill()
        process.join()
    print(json.dumps(_summary(pairs, opened, closed, after - before)), flush=True)


def _driving(drive: Drive, wanted: argparse.Namespace, who: int, start: Start, results: Any) -> None:
    pairs: Pairs = []
    try:
        drive(wanted, who, start, pairs)
    finally:
        results.put(pairs)
        time.sleep(2 * LATE_SECONDS)  # killed by then: a peer may hold threads that never end


def _look_at(moment: float, beside: list[int]) -> tuple[float, float]:
    time.sleep(max(0.0, moment - time.time()))
    return time.time(), _cpu_of(os.getpid(), *beside)


def _cpu_of(*roots: int) -> float:
    """Seconds of these processes, of those below them and of every child they waited for."""
    found: dict[int, tuple[int, float]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended while we looked
            found[int(entry.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / TICK)
    wanted = set(roots)
    while more := {process for process, (parent, _) in found.items() if parent in wanted} - wanted:
        wanted |= more
    return sum(found[process][1] for process in wanted if process in found)


def _summary(pairs: Pairs, opened: float, closed: float, cpu_seconds: float) -> Json:
    finished = sum(opened <= end < closed for _, end in pairs)
    waits = sorted(1000 * (end - due) for due, end in pairs if opened <= due < closed)
    return {
        "completed_per_second": finished / (closed - opened),
        "cpu_ms": 1000 * cpu_seconds / max(1, finished),
        "p50": waits[len(waits) // 2] if waits else None,
        "p99": waits[math.ceil(0.99 * len(waits)) - 1] if waits else None,
    }
