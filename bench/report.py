"""The rounds as medians with least and most: JSON for machines, one table for people."""

import argparse
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from bench.meters import moved
from bench.phases import Figures, Pace

DURABILITY = (
    "survives kill -9 of every process (Kafka: page cache, acks=all; SQLite: WAL, synchronous=NORMAL; "
    "carrier: synchronous=OFF), not a power cut"
)
BUDGETS = {
    "in-process completed/s": "1000",
    "http completed/s": "300",
    "p50": "60",
    "p99": "200",
    "records": "9",
    "deliveries": "20",
    "share": "0.40",
    "progress": "10",
    "memory": "150",
}
Row = tuple[str, str, str]


@dataclass
class Round:
    """`calibration`: thousands of rounds of fixed work a second, before and after."""

    before: float
    after: float
    figures: dict[str, Figures]


def result(rounds: list[Round], pace: Pace, wanted: argparse.Namespace) -> dict[str, Any]:
    names = dict.fromkeys(name for each in rounds for name in each.figures)
    faults = list(_faults(rounds))
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
        "durability": DURABILITY,
        "pace": vars(pace) | {"rounds": len(rounds), "policy": wanted.policy},
        "calibration": [{"before": r.before, "after": r.after, "moved": moved(r.before, r.after)} for r in rounds],
        "faults": faults,
        "score": 0 if faults else 1,
        "share_of_null": _shares(rounds),
        "systems": {name: [r.figures[name].as_json() for r in rounds if name in r.figures] for name in names},
    }


def _faults(rounds: list[Round]) -> Iterable[str]:
    for number, each in enumerate(rounds, 1):
        for name, figures in each.figures.items():
            yield from (f"round {number}, {name}: {fault}" for fault in figures.faults)


def _shares(rounds: list[Round]) -> dict[str, list[float]]:
    """CPU of a null saga over our CPU, a request, within one round."""
    shares: dict[str, list[float]] = {}
    for ours, null in product(("http", "in-process"), ("null", "null at our rate")):
        for figures in (each.figures for each in rounds if ours in each.figures and null in each.figures):
            share = figures[null].cpu_ms_total / figures[ours].cpu_ms_total
            shares.setdefault(f"{ours} against {null}", []).append(share)
    return shares


def write(result: dict[str, Any], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{result['at'].replace(':', '')}.json"
    file.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
    return file


def show(result: dict[str, Any], file: Path) -> None:
    console = Console()
    table = Table("figure", "median (least-most)", "budget", title="tuiding, measured", title_justify="left")
    for row in _rows(result):
        table.add_row(*row)
    console.print(table)
    console.print(f"Durability: {result['durability']}.")
    for number, each in enumerate(result["calibration"], 1):
        if each["moved"]:
            console.print(f"[yellow]Round {number}: the machine's own speed moved by more than 10 %; mind its figures.")
    for fault in result["faults"]:
        console.print(f"[red]{fault}")
    console.print(f"All of it: {os.path.relpath(file)}")


def _rows(result: dict[str, Any]) -> Iterable[Row]:
    systems = result["systems"]
    for name in [name for name in ("http", "in-process") if name in systems]:
        most = systems[name]
        yield f"{name}: completed/s", _spread(most, "completed_per_second"), BUDGETS[f"{name} completed/s"]
        yield from _costs(name, most)
        yield from _at_half(name, systems[f"{name} at half"])
        yield from _sizes(name, most)
    for name in [name for name in ("null", "null at our rate") if name in systems]:
        yield f"{name}: completed/s", _spread(systems[name], "completed_per_second"), ""
        yield f"{name}: CPU ms a request", _spread(systems[name], "cpu_ms_total"), ""
    for name in [name for name in systems if name.startswith(("dbos", "restate")) or name.endswith("/s")]:
        yield f"{name}: completed/s", _spread(systems[name], "completed_per_second"), ""
        yield f"{name}: CPU ms a request", _spread(systems[name], "cpu_ms_total"), ""
        yield f"{name}: p50 ms to told", _spread(systems[name], "latency_ms", "p50"), ""
        yield f"{name}: p99 ms to told", _spread(systems[name], "latency_ms", "p99"), ""
    for name, shares in result["share_of_null"].items():
        yield f"share: {name}", _middle(shares), BUDGETS["share"]


def _costs(name: str, most: list[Any]) -> Iterable[Row]:
    yield f"{name}: CPU ms a request", _spread(most, "cpu_ms_total"), ""
    for process in most[0]["cpu_ms"]:
        yield f"    {process}", _spread(most, "cpu_ms", process), ""
    yield f"{name}: CPU of others, of the machine", _spread(most, "others_cpu"), ""


def _at_half(name: str, half: list[Any]) -> Iterable[Row]:
    yield f"{name}: offered/s at half load", _spread(half, "rate"), ""
    yield f"{name}: p50 ms to told", _spread(half, "latency_ms", "p50"), BUDGETS["p50"]
    yield f"{name}: p99 ms to told", _spread(half, "latency_ms", "p99"), BUDGETS["p99"]
    yield f"{name}: p50 ms to the quote", _spread(half, "latency_ms", "quote_p50"), ""
    yield f"{name}: CPU ms a request at half load", _spread(half, "cpu_ms_total"), ""


def _sizes(name: str, most: list[Any]) -> Iterable[Row]:
    internal = [sum(n for topic, n in each["records"].items() if topic.startswith("__")) for each in most]
    yield f"{name}: records a request", _middle([sum(e["records"].values()) for e in most]), BUDGETS["records"]
    yield "    of them Kafka's own", _middle(internal), ""
    yield f"{name}: deliveries a request", _middle([sum(e["deliveries"].values()) for e in most]), BUDGETS["deliveries"]
    for service in most[0]["messages_a_transaction"]:
        yield f"    {service}, messages a transaction", _spread(most, "messages_a_transaction", service), ""
    for process in most[0]["resident_mb"]:
        yield f"    {process}, MB resident", _spread(most, "resident_mb", process), BUDGETS["memory"]
    if any(each["progress_seconds"] is not None for each in most):
        yield f"{name}: s to progress after kill -9", _spread(most, "progress_seconds"), BUDGETS["progress"]


def _spread(rounds: list[Any], *path: str) -> str:
    """What lies at `path` in every round that has it."""
    found = [reduce(lambda here, key: (here or {}).get(key), path, each) for each in rounds]
    return _middle([value for value in found if value is not None])


def _middle(values: list[float]) -> str:
    if not values:
        return "-"
    digits = 3 if max(values) < 1 else 1
    middle = f"{median(values):,.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"
