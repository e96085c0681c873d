"""Whether each fault truly hurt: a run in which nothing happened is a failed run."""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.chaos import progress
from tests.chaos.storm import Injected
from tests.chaos.unlucky import LATE_WRITE

if TYPE_CHECKING:
    from tests.chaos.run import Run

STALLED_SECONDS = 2.0
UNLUCKY = ("publish", "commit", "acknowledge")
WAITED = '"what": "{}"'  # in a worker's log


def counted(run: "Run", kind: str, what: str) -> int:
    return sum(each.counted[what] for each in run.storm.injected if each.kind == kind)


def ends(run: "Run") -> Counter[str]:
    return sum((worker.ends for worker in run.place.workers), Counter[str]())


def late_writes_refused(run: "Run") -> int:
    """Of late twins whose messages others had by then; as the logs tell, for their meters end with them."""
    return run.place.logged(LATE_WRITE)


BITES: "dict[str, Callable[[Run], tuple[int, str]]]" = {
    "F1": lambda run: (ends(run)["killed"], "processes died of SIGKILL"),
    "F2": lambda run: (min(ends(run)["watchdog"], late_writes_refused(run)), "late twins refused and ended"),
    "F3": lambda run: (
        run.place.logged(WAITED.format("broker")) + run.doors.answers["not now"],
        "times somebody waited for the broker",
    ),
    "F4": lambda run: (min(run.traffic.copies, counted(run, "F4", "duplicates")), "duplicates absorbed"),
    "F5": lambda run: (min(run.place.logged(f'"what": "{what}", "how"') for what in UNLUCKY), "bad luck of every kind"),
    "F6": lambda run: (run.storm.totals["outages"] + run.storm.totals["unbelievable"], "answers that did not help"),
    "F7": lambda run: (run.place.logged(WAITED.format("database")) + _stalled(run, "F7"), "waits for the database"),
    "F8": lambda run: (min(len(run.ear.placed), run.ear.dead_letters), "poisons set aside"),
    "F10": lambda run: (_done(run, "F10"), "storms of members"),
    "B1": lambda run: (_done(run, "B1"), "brokers killed"),
    "B2": lambda run: (_done(run, "B2"), "rounds of restarts"),
    "B3": lambda run: (_done(run, "B3"), "brokers that stood still"),
    "B4": lambda run: (
        sum("disk full, ended" in each.what for each in of_kind(run, "B4")),
        "brokers that ended on a full disk",
    ),
    "H1": lambda run: (_taken_over(run, "H1"), "machines taken over"),
    "H2": lambda run: (_taken_over(run, "H2"), "machines taken over"),
    "H3": lambda run: (_taken_over(run, "H3"), "machines taken over"),
    "H4": lambda run: (_done(run, "H4"), "times the network flickered"),
    "H5": lambda run: (_taken_over(run, "H5"), "machines taken over"),
}


def _stalled(run: "Run", kind: str) -> int:
    """SQLite waits by itself for a while and says nothing; then only the work that lies there tells."""
    still = (progress.longest_during(run.ear.moves, run.ear.feeds, [each]) for each in of_kind(run, kind))
    return sum(seconds > STALLED_SECONDS for seconds in still)


def _done(run: "Run", kind: str) -> int:
    return sum(not each.failed for each in of_kind(run, kind))


def _taken_over(run: "Run", kind: str) -> int:
    return sum("taken over after" in each.what for each in of_kind(run, kind))


def of_kind(run: "Run", kind: str) -> list[Injected]:
    return [each for each in run.storm.injected if each.kind == kind]


def harmless(run: "Run") -> dict[str, str]:
    """The kinds that have not hurt so far, and what there has not been any of."""
    bitten = {kind: BITES[kind](run) for kind in run.wanted.kinds}
    return {kind: what for kind, (times, what) in bitten.items() if not times}


def why_red(run: "Run") -> list[str]:
    """Each a sentence; none: the run is green."""
    outcome = run.outcome
    found = list(outcome.red)
    found += [f"{kind} did not bite: no {what}" for kind, what in harmless(run).items()]
    found += [f"{each.kind} failed: {each.failed}" for each in run.storm.injected if each.failed]
    found += _traffic(run)
    found += [run.traffic.failed] if run.traffic.failed else []
    found += run.doors.given_up[:3]
    if flood := ends(run)["flood"]:
        found.append(f"{flood} workers stopped because of a flood of dead letters")
    violations = outcome.judged.violations if outcome.judged else []
    return found + [f"{each.invariant} {each.request_id}: {each.sentence}" for each in violations]


def _traffic(run: "Run") -> list[str]:
    """Both doors, and most of those who came have gone all the way."""
    found = [f"nobody came through the {door} door" for door, numbers in run.traffic.begun.items() if not numbers]
    closed, begun = sum(end == "closed" for end in run.ear.ends.values()), run.traffic.submitted
    if closed < begun / 2:
        found.append(f"traffic did not flow: {closed} of {begun} requests were closed")
    if not run.doors.answers["accepted"]:
        found.append("the HTTP door accepted nothing")
    return found
