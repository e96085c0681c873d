"""Faults one after the other at random from a seed, the carrier's beside the others; and what they cost meanwhile."""

import random
import re
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import httpx

from tests.chaos.faults import EVERY
from tests.chaos.place import Place

BESIDE = "F6"  # the carrier does not ask what else is broken just now
PAUSE_SECONDS = (0.5, 3.0)
SCRAPE_SECONDS = 1.0
COUNTED = {
    "duplicates": "tuiding_duplicates_absorbed_total",
    "refused": "tuiding_version_conflicts_total",
    "outages": "tuiding_carrier_outages_total",
    "unbelievable": 'tuiding_carrier_answers_total{outcome="unbelievable',
    "dead": "tuiding_dead_letters_total",
}
SAMPLE = re.compile(r"^(tuiding_\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
CALM = "calm"


@dataclass
class Injected:
    """One fault; times are monotonic seconds."""

    kind: str
    began: float
    ended: float = 0.0
    what: str = ""
    failed: str = ""
    counted: Counter[str] = field(default_factory=Counter)


class Storm:
    def __init__(self, place: Place, seed: int, kinds: list[str]) -> None:
        self.place, self.seed, self.kinds = place, seed, kinds
        self.injected: list[Injected] = []
        self.only: set[str] | None = None  # these alone, once the time is over: what did not hurt so far comes again
        self.totals: Counter[str] = Counter()
        self._last: dict[str, Counter[str]] = defaultdict(Counter)
        self._over = threading.Event()
        self._ending = threading.Event()
        self._tracks = [
            threading.Thread(target=self._blow, args=(track, deck), name=f"storm-{track}", daemon=True)
            for track, deck in enumerate(_decks(kinds))
            if deck
        ]
        self._scraper = threading.Thread(target=self._scrape, name="scraper", daemon=True)

    def start(self) -> None:
        for thread in (*self._tracks, self._scraper):
            thread.start()

    def calm_down(self) -> None:
        """Returns when the last fault is over."""
        self._over.set()
        for thread in self._tracks:
            thread.join()

    def stop(self) -> None:
        self._ending.set()
        self._scraper.join()

    @property
    def untried(self) -> list[str]:
        tried = {each.kind for each in self.injected if each.ended}
        return [kind for kind in self.kinds if EVERY[kind][1] and kind not in tried]

    def _blow(self, track: int, deck: list[str]) -> None:
        """Every kind once before any comes again; the order is drawn anew each time."""
        dice = random.Random(f"{self.seed}/storm/{track}")
        while not self._over.is_set():
            for kind in dice.sample(deck, len(deck)):
                if not self._over.is_set():
                    if self.only is None or kind in self.only:
                        self._inject(kind, dice)
                    self._over.wait(dice.uniform(*PAUSE_SECONDS))

    def _inject(self, kind: str, dice: random.Random) -> None:
        fault = EVERY[kind][1]
        assert fault is not None
        mine = Injected(kind, time.monotonic())
        self.injected.append(mine)
        try:
            mine.what = fault(self.place, dice)
        except Exception as error:  # what could not be done is a fault that did not bite, and the table says so
            mine.failed = f"{type(error).__name__}: {error}"
        mine.ended = time.monotonic()

    # ---- what it costs ---------------------------------------------------------------------------------------------

    def _scrape(self) -> None:
        with httpx.Client(trust_env=False, timeout=2) as web:
            while not self._ending.wait(SCRAPE_SECONDS):
                self.look(web)
            self.look(web)

    def look(self, web: httpx.Client) -> None:
        for worker in self.place.workers:
            process = worker.process
            if process is not None:
                try:
                    text = web.get(f"{worker.address}/metrics").text
                except httpx.HTTPError:
                    continue
                self._add(f"{worker.name}/{process.pid}", _counters(text))

    def _add(self, life: str, now: Counter[str]) -> None:
        """What is new since the last look counts for the faults of this moment."""
        new = now - self._last[life]
        self._last[life] = now
        self.totals += new
        for each in self.injected:
            if not each.ended or time.monotonic() - each.ended < 2 * SCRAPE_SECONDS:
                each.counted += new


def _decks(kinds: list[str]) -> tuple[list[str], list[str]]:
    done = [kind for kind in kinds if EVERY[kind][1]]
    return [kind for kind in done if kind != BESIDE], [kind for kind in done if kind == BESIDE]


def _counters(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, labels, value in SAMPLE.findall(text):
        for short, wanted in COUNTED.items():
            wanted_name, _, wanted_label = wanted.partition("{")
            if name == wanted_name and wanted_label in (labels or ""):
                found[short] += int(float(value))
    return found
