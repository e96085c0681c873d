"""`python -m tests.simulation --seeds 0-999 | --seed 4711 | --bug no-inbox --seeds 0-499 | --bug all`"""

import argparse
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.simulation import many, screen, shrinking
from tests.simulation.bugs import BUGS
from tests.simulation.run import run
from tests.simulation.seams import Plan

MOST_SEEDS = 1_000_000
USUAL = "0-499"


def main() -> None:
    wanted = _arguments()
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        seeds = _range(wanted.seeds or USUAL)
        _check(wanted)
    except ValueError as error:
        sys.exit(f"simulate: {error}")
    if wanted.seed is not None:
        sys.exit(_one(console, wanted.seed, wanted.bug))
    sys.exit(_bugs(console, wanted.bug, seeds) if wanted.bug else _many(console, seeds))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", default="", help="a range of seeds, both ends included: 0-999")
    parser.add_argument("--seed", type=str, default=None, help="replay one seed and tell its story")
    parser.add_argument("--bug", default="", help="plant this bug; `all` for the table of all of them")
    return parser.parse_args()


def _range(text: str) -> range:
    first, dash, last = text.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()):
        raise ValueError(f"{text!r} is no range of seeds; write it like 0-999.")
    seeds = range(int(first), int(last if dash else first) + 1)
    if not seeds:
        raise ValueError(f"the range {text} runs backwards and holds no seed.")
    if len(seeds) > MOST_SEEDS:
        raise ValueError(f"{len(seeds)} seeds are too many for one run; at most {MOST_SEEDS}.")
    return seeds


def _check(wanted: argparse.Namespace) -> None:
    if wanted.bug and wanted.bug != "all" and wanted.bug not in BUGS:
        raise ValueError(f"nobody planted {wanted.bug!r}; there are: {', '.join(BUGS)}, or all.")
    if wanted.seed is None:
        return
    if not wanted.seed.isdigit():
        raise ValueError(f"{wanted.seed!r} is no seed; a seed is a whole number from 0 on.")
    if wanted.seeds or wanted.bug == "all":
        raise ValueError("one seed is replayed alone: leave out the range, and name one bug or none.")


def _one(console: Console, seed: str, bug: str) -> int:
    seams = many.seams_of(bug)
    report, plan = run(Plan(int(seed)), seams, story=True), Plan(int(seed))
    if report.violations:
        console.print("Something is broken; looking for the shortest story that shows it ...")
        plan, report = shrinking.shortest(report, seams)
    screen.one(console, report, plan)
    return 1 if report.violations else 0


def _many(console: Console, seeds: range) -> int:
    total, started = many.Total(), time.monotonic()
    with _progress(console) as progress:
        task = progress.add_task("seeds", total=len(seeds))
        for count in many.until_all_happened(seeds, total):
            progress.update(task, advance=1, total=count)
    screen.totals(console, total, time.monotonic() - started)
    if total.violations:
        screen.violations(console, total.violations)
        console.print(f"Its story: make simulate SEED={total.violations[0][0]}")
    if total.faults_missing or total.points_missing:
        console.print("Not every fault and crash point happened: take more seeds.")
    return 1 if total.violations or total.faults_missing or total.points_missing else 0


def _bugs(console: Console, bug: str, seeds: range) -> int:
    names, found = list(BUGS) if bug == "all" else [bug], []
    with _progress(console) as progress:
        task = progress.add_task("bugs", total=len(names))
        for each in many.hunt(names, seeds):
            found.append(each)
            progress.advance(task)
    screen.bugs(console, found, len(seeds))
    if bug != "all" and found[0].seeds:
        console.print(f"Its story: make simulate SEED={found[0].seed} BUG={bug}")
    return 0 if all(each.seeds for each in found) else 1


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True)


if __name__ == "__main__":
    main()
