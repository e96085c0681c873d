"""The table by fault, the invariants, and the same as JSON."""

from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from contracts.flow import BY_NAME, topic_name
from tests.chaos import bites, progress
from tests.chaos.faults import EVERY
from tests.chaos.judging import DOUBLED, LOST, MONEY
from tests.chaos.run import Run
from tests.chaos.storm import Injected
from tests.proof.history import Violation

COLUMNS = (
    "fault",
    "times",
    "bites",
    "s without progress",
    "duplicates",
    "late writes refused",
    "lost",
    "doubled",
    "money off",
)


def result(run: Run, red: list[str]) -> dict[str, Any]:
    outcome, judged = run.outcome, run.outcome.judged
    return {
        "seed": run.wanted.seed,
        "database": run.wanted.database,
        "brokers": run.wanted.brokers,
        "machines": run.wanted.machines,
        "seconds": round(outcome.ended - outcome.began, 1),
        "green": not red,
        "red": red,
        "faults": {kind: _fault(run, kind) for kind in run.wanted.kinds},
        "requests": {door: len(numbers) for door, numbers in run.traffic.begun.items()},
        "ends": dict(Counter(run.ear.ends.values())),
        "http": dict(run.doors.answers),
        "copies_published": run.traffic.copies,
        "poisons_placed": len(run.ear.placed),
        "totals": dict(run.storm.totals) | {"late_writes_refused": bites.late_writes_refused(run)},
        "process_ends": dict(bites.ends(run)),
        "operators_retried": run.operators.retried,
        "seconds_to_progress_after_kill": _after_kill(run),
        "seconds_to_zero_lag": round(outcome.seconds_to_zero_lag or 0.0, 1),
        "longest_still_without_fault": round(judged.history.longest_still_seconds, 1) if judged else None,
        "looks_at_commits": run.commits.looks,
        "records": judged.records if judged else 0,
        "searched_bytes": judged.searched_bytes if judged else 0,
        "log": [_line(run, each) for each in run.storm.injected],
    }


def _line(run: Run, each: Injected) -> dict[str, Any]:
    at = round(each.began - run.outcome.began, 1)
    return {
        "at": at,
        "fault": each.kind,
        "what": each.what or each.failed,
        "seconds": round(each.ended - each.began, 1),
    }


def _fault(run: Run, kind: str) -> dict[str, Any]:
    mine = bites.of_kind(run, kind)
    still = progress.longest_during(run.ear.moves, run.ear.feeds, mine)
    violations = _while(run, mine if EVERY[kind][1] else run.storm.injected)
    return {
        "what": EVERY[kind][0],
        "times": len(mine) if EVERY[kind][1] else len(run.ear.placed),
        "bites": bites.BITES[kind](run)[0],
        "longest_without_progress": round(still, 1),
        "duplicates": bites.counted(run, kind, "duplicates"),
        "late_writes_refused": bites.late_writes_refused(run) if kind == "F2" else bites.counted(run, kind, "refused"),
        "lost": _of(violations, LOST),
        "doubled": _of(violations, DOUBLED),
        "money_off": _of(violations, MONEY),
    }


def _of(violations: list[Violation], invariants: tuple[str, ...]) -> int:
    return sum(each.invariant in invariants for each in violations)


def _while(run: Run, faults: list[Injected]) -> list[Violation]:
    """Those about requests that were under way during one of these faults, or about none in particular."""
    judged = run.outcome.judged
    return [each for each in (judged.violations if judged else []) if _touched(run, each.request_id, faults)]


def _touched(run: Run, request_id: str, faults: list[Injected]) -> bool:
    began, ended = run.ear.began.get(request_id), run.ear.ended.get(request_id, float("inf"))
    return began is None or any(fault.began <= ended and fault.ended >= began for fault in faults)


def _after_kill(run: Run) -> dict[str, float]:
    """Until every partition of a killed worker's topic moved again, with the traffic's own pauses in it."""
    found = []
    for each in bites.of_kind(run, "F1"):
        services = {name.rpartition("-")[0] for name in each.what.removeprefix("SIGKILL ").split(", ")}
        for service in services & (BY_NAME.keys() - {"console"}):
            topic = topic_name(BY_NAME[service].writes)
            found += [progress.seconds_to_progress(run.ear.moves, run.ear.feeds, topic, each.began)]
    known = [seconds for seconds in found if seconds is not None]
    if not known:
        return {}
    least, most = round(min(known), 1), round(max(known), 1)
    return {"least": least, "median": round(median(known), 1), "most": most, "kills": len(known)}


def write(data: dict[str, Any], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2))


def show(data: dict[str, Any], console: Console) -> None:
    table = Table(
        *COLUMNS,
        title=f"chaos, {data['database']}, {data['brokers']} brokers, seed {data['seed']}, {data['seconds']:.0f} s",
    )
    for kind, row in data["faults"].items():
        counts = [row[name] for name in ("duplicates", "late_writes_refused", "lost", "doubled", "money_off")]
        cells = [f"{kind} {row['what']}", row["times"], row["bites"], row["longest_without_progress"], *counts]
        table.add_row(*map(str, cells))
    console.print(table)
    names = ("requests", "ends", "http", "totals", "process_ends", "seconds_to_progress_after_kill")
    for name in names:
        console.print(f"{name.replace('_', ' ')}: " + ", ".join(f"{k} {v}" for k, v in data[name].items()))
    console.print(
        f"{data['records']} records, {data['searched_bytes'] / 1e6:.0f} MB searched for 1,000 people, "
        f"{data['looks_at_commits']} looks at commits, {data['operators_retried']} retries by operators, "
        f"lag gone after {data['seconds_to_zero_lag']} s, "
        f"still without a fault for {data['longest_still_without_fault']} s"
    )
    for why in data["red"][:30]:
        console.print(f"RED {why}", style="bold red", markup=False)
    console.print("green" if data["green"] else f"red: {len(data['red'])} reasons", style="bold")
