"""Where the CPU of one service goes under the closed loop, from its sampling profiler."""

from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from bench import systems
from bench.phases import Pace
from bench.systems import Place

OURS = ("runtime/", "services/", "policies/", "contracts/", "bench/")


def show(place: Place, pace: Pace, service: str, *, in_process: bool) -> None:
    file = place.folder / f"{service}.samples.json"
    quiet = Pace(pace.warm, pace.closed, 0, pace.window)
    seen = systems.ours(place, quiet, in_process=in_process, samples={service: file})
    samples = orjson.loads(file.read_bytes())
    console = Console()
    console.print(
        f"{service}: {samples['cpu_seconds']:.1f} s of CPU, {seen.most.cpu_ms[service]:.2f} ms a completed request, "
        f"{seen.most.completed_per_second:.0f} completed a second"
    )
    for fault in seen.most.faults:
        console.print(f"[red]{fault}")
    console.print(_table("Threads", [(f"{share:.1%}", name) for name, share in samples["threads"].items()]))
    console.print(_table("Where the CPU is spent", [_own(row) for row in samples["own"][:35]]))
    console.print(_table("In and below our functions", [_below(row) for row in _ours(samples["below"])[:45]]))
    console.print(_table("In and below other people's", [_below(row) for row in _others(samples["below"])[:45]]))


def _own(row: list[Any]) -> tuple[str, str]:
    thread, file, function, share = row
    return f"{share:.1%}", f"{file} {function}  ({thread})"


def _below(row: list[Any]) -> tuple[str, str]:
    file, function, share = row
    return f"{share:.1%}", f"{file} {function}"


def _ours(rows: list[list[Any]]) -> list[list[Any]]:
    return [row for row in rows if any(part in row[0] for part in OURS)]


def _others(rows: list[list[Any]]) -> list[list[Any]]:
    return [row for row in rows if not any(part in row[0] for part in OURS)]


def _table(title: str, rows: list[tuple[str, str]]) -> Table:
    table = Table("CPU", "where", title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table
