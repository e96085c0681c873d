"""Every service made again from its topics and compared, as `tuiding replay` and the chaos runs do it.

A live store moves on while one looks. So there are two looks, the second with all that came onto the topics meanwhile:
what differs in the same way both times is a difference; what differed once has only moved.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.flow import BY_NAME, DECIDING, SERVICES, dead_letter_topic, group_id, journal_topic, topic_name
from policies.editions import Editions
from policies.pack import PackError
from runtime.kafka.lag import lag
from runtime.kafka.reader import Reading
from runtime.kernel.store import Store, ticks
from runtime.replay.archive import Archive
from runtime.replay.live import looked_at
from runtime.replay.rebuilt import Look, look, look_at_what_is_shown, project, read_by, shows
from runtime.replay.replay import Astray, Replay, wiring_of
from runtime.replay.store_diff import Difference
from runtime.settings import Settings

Tell = Callable[[int], None]  # how many are done
Bars = Callable[[str, int], Tell]  # (what, how many there will be)


@dataclass
class Verdict:
    """What two looks at one service say together. `moved`: what was not the same twice: the live store went on."""

    service: str
    steps: int = 0
    rows: int = 0
    differences: list[Difference] = field(default_factory=list)
    moved: int = 0
    behind: int = 0
    incomplete: list[str] = field(default_factory=list)

    @property
    def first(self) -> str:
        """What is wrong with it, in one sentence; empty: nothing."""
        return next(iter([*self.incomplete, *(each.sentence for each in self.differences)]), "")

    @property
    def state(self) -> str:
        if self.incomplete:
            return "incomplete"
        if not self.differences:
            return "equal"
        return "unsettled" if self.behind else "different"


def verdict(first: Look, second: Look | None = None) -> Verdict:
    last = second or first
    both = first.found & last.found
    return Verdict(last.service, last.steps, last.rows, sorted(both, key=repr), len(last.found - both), last.behind)


def replayed(
    names: list[str], settings: Settings, rules: Editions, folder: Path, wait: float, bars: Bars
) -> list[Verdict]:
    """`folder` gets the rebuilt stores. Raises `BrokerTrouble`, `NoStore`, `PackError`."""
    with Reading(settings.kafka, topics_of(names), wait) as reading:
        file = folder / "archive.tmp"
        archive = Archive(str(file))
        try:
            return _two_looks(names, reading, Rebuilder(archive, folder, settings, rules, bars))
        finally:
            archive.close()
            file.unlink()


def topics_of(names: list[str]) -> list[str]:
    """What each reads, what it says, and its journal; the console reads the dead letters, too."""
    found: dict[str, None] = {}
    for name in names:
        found |= dict.fromkeys(map(topic_name, (*BY_NAME[name].reads, BY_NAME[name].writes)))
        decides = BY_NAME[name] in DECIDING
        found |= dict.fromkeys([journal_topic(name)] if decides else (dead_letter_topic(s.name) for s in SERVICES))
    return list(found)


def _two_looks(names: list[str], reading: Reading, rebuilder: "Rebuilder") -> list[Verdict]:
    rebuilder.read(reading)
    gone = {name: [each.sentence for each in reading.gone if each.topic in topics_of([name])] for name in names}
    firsts = {name: rebuilder.look(name) for name in names if not gone[name]}
    seconds: dict[str, Look] = {}
    if restless := [name for name, seen in firsts.items() if seen.found]:
        reading.go_on()
        rebuilder.read(reading)
        seconds = {name: rebuilder.look(name) for name in restless}
    return [
        Verdict(name, incomplete=gone[name]) if gone[name] else verdict(firsts[name], seconds.get(name))
        for name in names
    ]


class Rebuilder:
    """Fills the archive, and makes a service again from it as often as wanted."""

    def __init__(self, archive: Archive, folder: Path, settings: Settings, rules: Editions, bars: Bars) -> None:
        self.archive, self.folder, self.settings, self.rules, self.bars = archive, folder, settings, rules, bars
        self.since = ticks(datetime.now(UTC) - timedelta(days=settings.keep_days))

    def read(self, reading: Reading) -> None:
        tell, read = self.bars("", reading.left), 0
        for records in reading.records():
            self.archive.put(records)
            read += len(records)
            tell(read)

    def look(self, service: str) -> Look:
        """Each time from the beginning: what was published late may belong in the middle."""
        for name in ("", "-wal", "-shm"):
            (self.folder / f"{service}.db{name}").unlink(missing_ok=True)
        store = Store(str(self.folder), service)
        try:
            return self._shown(service, store) if shows(service) else self._decided(service, store)
        finally:
            store.close()

    def _decided(self, service: str, store: Store) -> Look:
        tell = self.bars(service, len(self.archive.transactions(service)))
        replay, astray = Replay(wiring_of(service), self.archive, store, self._rules_of), None
        try:
            for number in replay.run():
                tell(number)
        except Astray as error:
            astray = error
        with looked_at(self.settings.store, service) as live:
            return look(replay, live, self.since, astray)

    def _shown(self, service: str, store: Store) -> Look:
        tell, read = self.bars(service, self.archive.count(read_by(service))), 0
        for read in project(service, self.archive, store, self.rules):
            tell(read)
        lines = lag(self.settings.kafka)  # asked before looking: what it reads meanwhile is no difference
        behind = sum(line.behind for line in lines if line.group == group_id(service))
        with looked_at(self.settings.store, service) as live:
            return look_at_what_is_shown(service, read, live, store, behind)

    def _rules_of(self, pack: str) -> Editions:
        """The very edition that was in force then, to the letter: another one may decide otherwise."""
        here = [each.pack.id for each in self.rules.all]
        if pack not in here:
            mine = ", ".join(here)
            raise PackError(
                f"The decisions were taken under the policy pack {pack}, here is {mine}: set TUIDING_POLICY to the "
                "pack they had. If only the hash differs, it or what it extends was changed since: "
                "see docs/runbooks/upgrade.md.",
                f"这些决定依据的是规则包 {pack}，此处是 {mine}：请把 TUIDING_POLICY 设为当时的规则包。"
                "只有哈希不同的，是它或它所继承的后来改过：见 docs/runbooks/upgrade.zh-CN.md。",
            )
        return self.rules
