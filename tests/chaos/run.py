"""One run: warm up, storm, quiet, judgement."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from contracts.flow import SERVICES
from tests.chaos import bites, progress, quiet
from tests.chaos import place as places
from tests.chaos.commits import Commits
from tests.chaos.doors import Doors
from tests.chaos.ear import Ear
from tests.chaos.faults import reset_offsets
from tests.chaos.judging import Judged, judged, rebuilt
from tests.chaos.machines import ONE_MACHINE, two_machines
from tests.chaos.one_broker import small_disk
from tests.chaos.place import Place
from tests.chaos.storm import Storm
from tests.chaos.traffic import DAYS, SLOW_ENDS, Traffic

WARM_SECONDS, CALM_SECONDS = 4.0, 8.0
LAG_SECONDS, ENDS_SECONDS = 300.0, 420.0
LOOK_SECONDS = 7.0
MORE_SECONDS = 45.0  # for each kind of fault, on a machine on which everything takes its time
Say = Callable[[str], None]


@dataclass
class Wanted:
    seconds: float
    database: str
    seed: int
    kinds: list[str]
    rate: float = 6.0
    customers: int = 20_000
    replay: bool = False  # read everything once more at the end
    brokers: int = 1
    machines: int = 1
    beside: str = ""


@dataclass
class Outcome:
    wanted: Wanted
    began: float = 0.0  # of the storm
    ended: float = 0.0
    red: list[str] = field(default_factory=list)
    judged: Judged | None = None
    seconds_to_zero_lag: float | None = None
    spoke_again: list[str] = field(default_factory=list)


class Run:
    def __init__(self, wanted: Wanted, place: Place, say: Say) -> None:
        self.wanted, self.say = wanted, say
        self.place: Place = place
        self.outcome: Outcome = Outcome(wanted)
        self.ear: Ear = Ear(place.bootstrap)
        self.doors: Doors = Doors([worker.address for worker in place.of("intake")], wanted.seed)
        self.traffic: Traffic = Traffic(
            place.bootstrap, self.doors, self.ear, wanted.seed, wanted.rate, wanted.customers
        )
        self.traffic.left_out = DAYS if wanted.machines > 1 else frozenset()
        self.storm: Storm = Storm(place, wanted.seed, wanted.kinds)
        self.commits = Commits(place, self.ear, self.ear.placed)  # type: ignore[arg-type]
        self.operators = quiet.Operators(place)
        self._looking = threading.Event()

    def go(self) -> Outcome:
        watching = threading.Thread(target=self._watch_commits, name="commits", daemon=True)
        self.traffic.start()
        time.sleep(WARM_SECONDS)
        watching.start()
        self._storm()
        self._quiet()
        self._looking.set()
        watching.join()
        self.commits.look()
        self._judge()
        return self.outcome

    def close(self) -> None:
        self.traffic.close()
        self.doors.close()
        self.operators.close()
        self.ear.stop()

    def _storm(self) -> None:
        self.outcome.began = time.monotonic()
        self.traffic.rough = {"F4", "F8"} & set(self.wanted.kinds) != set()
        self.storm.start()
        at_most = self.outcome.began + self.wanted.seconds + MORE_SECONDS * len(self.wanted.kinds)
        while (now := time.monotonic()) < at_most:
            if now > self.outcome.began + self.wanted.seconds:
                self.storm.only = {*self.storm.untried, *bites.harmless(self)}
                if not self.storm.only:
                    break
            self.say(self._how_far("storm"))
            time.sleep(1)
        self.storm.calm_down()
        self.traffic.rough, self.traffic.left_out = False, self.traffic.left_out | SLOW_ENDS
        self.say("calm: no more faults, the traffic goes on ...")
        time.sleep(CALM_SECONDS)
        self.traffic.stop()
        self.outcome.ended = time.monotonic()

    def _quiet(self) -> None:
        """First the machine alone, then people."""
        began = time.monotonic()
        self.say("quiet: the lag must go by itself ...")
        if quiet.until(lambda: quiet.caught_up(self.place), LAG_SECONDS):
            self.outcome.seconds_to_zero_lag = time.monotonic() - began
        else:
            self.outcome.red.append(f"the lag did not go within {LAG_SECONDS:.0f} s")
        self.say("quiet: operators retry what was refused ...")
        if not quiet.until(self._everybody_has_ended, ENDS_SECONDS + self.wanted.seconds / 3):
            left = "; ".join(quiet.left_over(self.place, self.ear, self.traffic)[:4])
            self.outcome.red.append(f"not everything came to an end: {left or 'the operators have work left'}")
        quiet.until(lambda: quiet.caught_up(self.place), LAG_SECONDS)
        if self.wanted.replay:
            self._read_everything_again()
        self.storm.stop()

    def _everybody_has_ended(self) -> bool:
        self.say(self._how_far("quiet"))
        cleared = self.operators.clear_the_list()
        return cleared and quiet.all_ended(self.place, self.ear, self.traffic)

    def _read_everything_again(self) -> None:
        """I12: every service once more from the beginning; nobody says, asks or wakes anything new."""
        self.say("every service reads everything again; nobody may say a word ...")
        before = self._said()
        for service in SERVICES:
            workers = self.place.of(service.name)
            for worker in workers:
                worker.ask_to_stop()
            for worker in workers:
                worker.stop()
            reset_offsets(self.place.bootstrap, service.name)
            for worker in workers:
                worker.start()
        self.place.wait_ready()
        quiet.until(lambda: quiet.caught_up(self.place), LAG_SECONDS)
        after = self._said()
        more = [f"said {after[t] - n} more on {t}" for t, n in before.items() if after[t] != n]
        self.say("every store is made again from the topics alone ...")
        self.outcome.spoke_again = more + rebuilt(self.place, self.place.folder / "rebuilt")

    def _said(self) -> dict[str, int]:
        found = {"the carrier's ledger": sum(row["count"] for row in self._ledger().values())}
        for (topic, _), records in list(self.ear.records.items()):
            found[topic] = found.get(topic, 0) + len(records)
        return found

    def _ledger(self) -> dict[str, dict[str, int]]:
        rows: dict[str, dict[str, int]] = self.place.ask_carrier("GET", "/ledger/summary")["by_kind"]
        return rows

    def _judge(self) -> None:
        self.say("gathering topics, ledger, tables and logs, and asking every invariant ...")
        self.outcome.judged = judged(
            self.place,
            self.doors.accepted,
            self.ear.placed,
            self.commits.found,
            quiet.lags(self.place),
            progress.longest_without_fault(self.ear.moves, self.storm.injected, self.outcome.began, self.outcome.ended),
            [],
            self.outcome.spoke_again,
        )

    def _watch_commits(self) -> None:
        while not self._looking.wait(LOOK_SECONDS):
            self.commits.look()

    def _how_far(self, what: str) -> str:
        now = [each for each in self.storm.injected if not each.ended]
        doing = ", ".join(each.kind for each in now) or "no fault"
        ended, began = len(self.ear.ended), self.traffic.submitted
        return f"{what}: {began} requests begun, {ended} ended; {doing}"


def run(wanted: Wanted, folder: Path, say: Say) -> tuple[Outcome, Run]:
    """Raises NoDatabase, BrokerProblem, NotReady before anything is tried."""
    random.seed(wanted.seed)
    say("starting broker, database, carrier and two workers of every service ...")
    disk = small_disk(folder / "kafka" / "3-of-3") if "B4" in wanted.kinds else nullcontext()
    machines = two_machines() if wanted.machines > 1 else nullcontext(ONE_MACHINE)
    with (
        disk,
        machines as network,
        places.running(
            folder, wanted.database, wanted.seed, wanted.customers, wanted.brokers, network, wanted.beside
        ) as place,
    ):
        one = Run(wanted, place, say)
        try:
            return one.go(), one
        finally:
            one.close()
