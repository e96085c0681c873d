"""How runs are shown: the table of many, the story of one."""

from collections import Counter
from datetime import datetime
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.proof.history import Violation
from tests.simulation.bugs import BUGS
from tests.simulation.chaos import FAULTS, POINTS
from tests.simulation.many import Found, Total
from tests.simulation.run import Report
from tests.simulation.seams import Line, Plan

MOST_LINES = 400
MOST_VIOLATIONS = 20


def totals(console: Console, total: Total, seconds: float) -> None:
    table = Table(
        title=f"{total.seeds} seeds in {seconds:.0f} s ({total.seeds / max(seconds, 0.001) * 60:.0f} a minute)"
    )
    table.add_column("what")
    table.add_column("count", justify="right")
    rows = {"requests": total.requests, **{f"ended {name}": n for name, n in sorted(total.ends.items())}}
    covered = len(POINTS) - len(total.points_missing)
    rows |= {f"crash points covered of {len(POINTS)}": covered, "crashes": sum(total.crashes.values())}
    for name, count in rows.items():
        table.add_row(name, str(count))
    table.add_section()
    for name, what in FAULTS.items():
        table.add_row(f"{what} ({name})", str(total.faults[name]))
    table.add_section()
    table.add_row("[bold]violations[/]", f"[bold]{len(total.violations)}[/]")
    console.print(table)
    for missing in (*total.faults_missing, *total.points_missing):
        console.print(f"Never happened: {missing}", style="yellow", markup=False)


def violations(console: Console, found: list[tuple[int, Violation]]) -> None:
    table = Table("seed", "invariant", "request", "what", title="What was broken")
    for seed, violation in found[:MOST_VIOLATIONS]:
        table.add_row(str(seed), violation.invariant, violation.request_id[:8], violation.sentence)
    console.print(table)


def story(console: Console, lines: list[Line], requests: set[str]) -> None:
    """By request, oldest first; what happened to machines goes with every request it may have touched."""
    told = [line for line in lines if line.request_id in requests] if requests else lines
    for request_id in dict.fromkeys(line.request_id for line in told if line.request_id):
        console.rule(f"request {request_id}")
        mine = [line for line in lines if line.request_id == request_id]
        for line in _with_faults(mine, lines)[:MOST_LINES]:
            style = "red" if line.text.startswith("!!") else "bold" if line.text.startswith("the carrier") else ""
            console.print(f"{_clock(line.at)}  {line.text}", style=style, markup=False, highlight=False)


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"


def _with_faults(mine: list[Line], lines: list[Line]) -> list[Line]:
    """Faults within a few seconds of something that was said of this request."""
    near = {int(line.at.timestamp()) // 5 for line in mine}
    faults = [line for line in lines if not line.request_id and int(line.at.timestamp()) // 5 in near]
    return sorted([*mine, *faults], key=lambda line: line.at)


def one(console: Console, report: Report, plan: Plan) -> None:
    about = {violation.request_id for violation in report.violations if violation.request_id}
    story(console, report.story, about)
    console.rule()
    left_out = f" without {', '.join(sorted(plan.without))}" if plan.without else ""
    console.print(
        f"Seed {report.seed}{left_out}: {report.requests} requests, {report.events} records, {_ends(report.ends)}."
    )
    for violation in report.violations[:MOST_VIOLATIONS]:
        about_whom = f" {violation.request_id}" if violation.request_id else ""
        console.print(f"{violation.invariant}{about_whom}: {violation.sentence}", style="bold red")
    console.print(f"digest {report.digest}", style="dim")


def _ends(ends: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(ends.items())) or "no end"


def bugs(console: Console, found: list[Found], tried: int) -> None:
    table = Table("bug", "what", "seeds needed", "seed", "broken", "how it showed", title="Planted bugs")
    for each in found:
        broken = ", ".join(sorted({violation.invariant for violation in each.violations}))
        first = each.violations[0].sentence if each.violations else f"not found in {tried} seeds"
        needed = str(each.seeds) if each.seeds else "-"
        table.add_row(each.bug, BUGS[each.bug].what, needed, str(each.seed) if each.seeds else "-", broken, first[:90])
    console.print(table)
    needed_of = [each.seeds for each in found if each.seeds]
    if needed_of:
        console.print(
            f"{len(needed_of)} of {len(found)} found; median {median(needed_of):.0f} seeds, worst {max(needed_of)}."
        )
