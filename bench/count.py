"""`python -m bench.count`: what a saga costs in counted things, the same on every machine; `--cpu` adds its seconds."""

import argparse
import gc
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from bench.one_process import OneProcess
from bench.workload import Way, way_of

SIZES = (1, 20, 200)
SAGAS = {1: 20, 20: 20, 200: 200}  # so many at once: one wave fills every batch
OWN = str(Path(__file__).parent)
PARSES, WRITES = {"validate_json", "loads"}, {"to_json", "dumps"}
STATEMENTS = {"execute", "executemany"}
SHOWN = (
    "calls",
    "calls into C",
    "statements",
    "commits",
    "deliveries",
    "records",
    "parses",
    "writes",
    "bytes of records",
)
BUDGETS = {20: {"calls": 5_000}, 1: {"statements": 70, "commits": 20, "deliveries": 22, "records": 16}}


@contextmanager
def counted(into: Counter[str]) -> Iterator[None]:
    """Every call of a Python function that is not the bench's own, and of C's the ones that cost."""

    def see(frame: Any, event: str, argument: Any) -> None:
        if event == "call":
            into["calls"] += not frame.f_code.co_filename.startswith(OWN)
        elif event == "c_call":
            into["calls into C"] += 1
            name = argument.__name__
            if name in PARSES:
                into["parses"] += 1
            elif name in WRITES:
                into["writes"] += 1
            elif name in STATEMENTS:
                into["statements"] += 1
            elif name == "commit":
                into["commits"] += 1

    gc.collect()
    gc.disable()  # what others left to be collected may warn, in many calls
    sys.setprofile(see)
    try:
        yield
    finally:
        sys.setprofile(None)
        gc.enable()


def a_saga(most: int) -> dict[str, float]:
    """What one saga takes with at most so many messages a transaction."""
    with _running(most) as (system, customers):
        counts: Counter[str] = Counter()
        system.tally.clear()
        with counted(counts):
            system.run(customers, SAGAS[most])
        counts.update(system.tally)
        return {name: round(counts[name] / SAGAS[most], 2) for name in SHOWN}


def cpu_milliseconds(most: int, sagas: int) -> float:
    with _running(most) as (system, customers):
        gc.collect()
        gc.freeze()
        began = time.process_time()
        for _ in range(0, sagas, SAGAS[most]):
            system.run(customers, SAGAS[most])
        return (time.process_time() - began) * 1000 / sagas


@contextmanager
def _running(most: int) -> Iterator[tuple[OneProcess, Iterator[int]]]:
    customers = (number for number in count(1) if way_of(number) is Way.STRAIGHT)
    with tempfile.TemporaryDirectory(prefix="tuiding-count-") as folder:
        system = OneProcess(Path(folder), most)
        try:
            system.run(customers, SAGAS[most])  # every statement is written out, as in a worker that has run a while
            yield system, customers
        finally:
            system.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.count", description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures only, for programs")
    parser.add_argument("--cpu", action="store_true", help="also milliseconds of CPU a saga, which depend on the day")
    wanted = parser.parse_args()
    figures = {most: a_saga(most) for most in SIZES}
    if wanted.cpu:
        for most in SIZES:
            figures[most]["CPU ms"] = round(cpu_milliseconds(most, 400), 2)
    if wanted.json:
        print(orjson.dumps({str(most): each for most, each in figures.items()}, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("a saga", *(f"{most} a transaction" for most in SIZES), title="Counted", title_justify="left")
    for name in figures[1]:
        table.add_row(name, *(_cell(figures[most][name], BUDGETS.get(most, {}).get(name)) for most in SIZES))
    Console().print(table)


def _cell(figure: float, budget: int | None) -> str:
    return f"{figure:g}" if budget is None else f"{figure:g}  (goal {budget})"


if __name__ == "__main__":
    main()
