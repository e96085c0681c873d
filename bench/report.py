"""The rounds as medians with least and most: JSON for machines, one table for people."""

import argparse
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
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
    names = list(dict.fromkeys(name for each in rounds for name in each.figures))
    faults = [f"round {i}, {name}: {fault}" for i, r in enumerate(rounds, 1) for name, f in r.figures.items() for fault in f.faults]
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


def _shares(rounds: list[Round]) -> dict[str, list[float]]:
    """CPU of a null saga over our CPU, a request, within one round."""
    shares: dict[str, list[float]] = {}
    for each in rounds:
        for null in ("null", "null at our rate"):
            for name in ("http", "in-process"):
                if null in each.figures and name in each.figures and each.figures[name].cpu_ms:
                    ratio = each.figures[null].cpu_ms_total / each.figures[name].cpu_ms_total
                    shares.setdefault(f"{name} against {null}", []).append(ratio)
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
    for name in [n for n in ("http", "in-process") if n in systems]:
        yield from _rows_of(name, systems[name], systems[f"{name} at half"])
    for name in [n for n in ("null", "null at our rate") if n in systems]:
        yield _row(f"{name}: completed/s", systems[name], lambda f: f["completed_per_second"])
        yield _row(f"{name}: CPU ms a request", systems[name], lambda f: f["cpu_ms_total"])
    for name, ratios in result["share_of_null"].items():
        yield f"share: {name}", _spread(ratios, 3), BUDGETS["share"]


def _rows_of(name: str, most: list[dict[str, Any]], half: list[dict[str, Any]]) -> Iterable[Row]:
    yield _row(f"{name}: completed/s", most, lambda f: f["completed_per_second"], BUDGETS[f"{name} completed/s"])
    yield _row(f"{name}: CPU ms a request", most, lambda f: f["cpu_ms_total"])
    for process in most[0]["cpu_ms"]:
        yield _row(f"    {process}", most, lambda f, process=process: f["cpu_ms"][process])
    if half[0]["latency_ms"]:
        yield _row(f"{name}: offered/s at half load", half, lambda f: f["rate"])
        for which in ("p50", "p99"):
            yield _row(f"{name}: {which} ms to told", half, lambda f, w=which: f["latency_ms"].get(w, 0), BUDGETS[which])
        yield _row(f"{name}: p50 ms to the quote", half, lambda f: f["latency_ms"].get("quote_p50", 0))
        yield _row(f"{name}: CPU ms a request at half load", half, lambda f: f["cpu_ms_total"])
    yield _row(f"{name}: records a request", most, lambda f: sum(f["records"].values()), BUDGETS["records"])
    yield _row("    of them internal", most, lambda f: sum(n for t, n in f["records"].items() if t.startswith("__")))
    yield _row(f"{name}: deliveries a request", most, lambda f: sum(f["deliveries"].values()), BUDGETS["deliveries"])
    for process in most[0]["resident_mb"]:
        yield _row(f"    {process}, MB resident", most, lambda f, process=process: f["resident_mb"][process], BUDGETS["memory"])
    progress = [f["progress_seconds"] for f in most if f["progress_seconds"] is not None]
    if progress:
        yield f"{name}: s to progress after kill -9", _spread(progress, 1), BUDGETS["progress"]
    yield _row(f"{name}: CPU of others, of the machine", most, lambda f: f["others_cpu"])


def _row(title: str, rounds: list[dict[str, Any]], figure: Callable[[dict[str, Any]], float], budget: str = "") -> Row:
    return title, _spread([figure(each) for each in rounds], 2), budget


def _spread(values: list[float], digits: int) -> str:
    middle = f"{median(values):,.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"
