"""What the run left behind, held against every invariant."""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx

from contracts.flow import SERVICES
from runtime.envelope import NOT_YOURS_TO_SAY
from runtime.local import tickets
from runtime.replay.every_service import replayed
from tests.chaos.place import Place
from tests.contracts.poison import Poison
from tests.proof import gathering
from tests.proof.gathering import Heard
from tests.proof.history import Account, Commit, History, Violation
from tests.proof.invariants import INVARIANTS

CANARIES = 1000
NAMES = "select name, number, email from people where subscription like 'sub-c%' order by subscription limit ?"
LOST, DOUBLED, MONEY = ("I1", "I11"), ("I2", "I3"), ("I6", "I7")


class Judged:
    def __init__(self, history: History, violations: list[Violation], records: int, searched_bytes: int) -> None:
        self.history, self.violations = history, violations
        self.records, self.searched_bytes = records, searched_bytes

    def count(self, invariants: Iterable[str]) -> int:
        return sum(each.invariant in invariants for each in self.violations)


def judged(
    place: Place,
    accepted: Iterable[str],
    placed: Mapping[str, Poison],
    commits: list[Commit],
    lag: Mapping[str, int],
    still_seconds: float,
    manual: Iterable[str],
    spoke_again: list[str],
) -> Judged:
    records = gathering.every_record(place.bootstrap)
    unreadable = gathering.unreadable_of(records)
    letters = gathering.letters_of(records)
    texts = _texts(place, records)
    suspects, secrets = gathering.suspicious(texts, _personal(place))
    history = History(
        events=gathering.events_of(records),
        effects=gathering.effects_of(place.carrier),
        accounts=_accounts(place),
        commits=commits,
        waiting=list(gathering.waiting_of(place.stores)),
        letters=letters,
        raw=gathering.raw_of(unreadable),
        unreadable=gathering.to_set_aside(unreadable),
        accepted=frozenset(accepted),
        lag=lag,
        longest_still_seconds=still_seconds,
        manual_steps=list(manual),
        spoke_again=spoke_again,
        personal=secrets,
        texts=suspects,
    )
    found = [violation for check in INVARIANTS.values() for violation in check(history)]
    found += [*_as_expected(history, unreadable, placed)]
    return Judged(history, found, len(records), sum(map(len, texts.values())))


def rebuilt(place: Place, folder: Path) -> list[str]:
    """I12: where a store is not what the topics lead to, as `tuiding replay` finds it."""
    names = [service.name for service in SERVICES]
    folder.mkdir()
    verdicts = replayed(names, place.settings, place.rules, folder, 30, lambda *_: lambda done: None)
    return [f"{each.service} is {each.state}: {where}" for each in verdicts if (where := each.first)]


def _as_expected(history: History, unreadable: Mapping[str, Heard], placed: Mapping[str, Poison]) -> list[Violation]:
    """Exactly our poison is unreadable, and each is set aside under its own code."""
    found = [
        Violation("I11", "", f"{place} cannot be read and is none of our poison")
        for place in unreadable
        if place not in placed
    ]
    found += [
        Violation("I11", "", f"{poison.name} was read at {place}")
        for place, poison in placed.items()
        if place not in unreadable
    ]
    for letter in history.letters:
        poison = placed.get(letter.original)
        if poison is not None and letter.code not in (codes := _codes(poison, letter.original)):
            wanted = " or ".join(codes)
            found.append(Violation("I11", "", f"{poison.name} was set aside as {letter.code}, not {wanted}"))
    return found


def _codes(poison: Poison, place: str) -> list[str]:
    """On another topic than its own nobody may say it, which is noticed before its body is looked at."""
    at_home = place.partition("[")[0] == poison.record.topic
    return [poison.code] if at_home else [poison.code, NOT_YOURS_TO_SAY]


def _books(place: Place) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{place.folder / 'carrier' / 'carrier.sqlite'}?mode=ro", uri=True)


def _accounts(place: Place) -> list[Account]:
    books = _books(place)
    rows = books.execute("select account, opening_minor, closing_minor from accounts").fetchall()
    books.close()
    return [Account(*row) for row in rows]


def _personal(place: Place) -> list[str]:
    """Those who came first: they have been through the most."""
    books = _books(place)
    rows: list[tuple[str, ...]] = books.execute(NAMES, (CANARIES,)).fetchall()
    books.close()
    return [part for row in rows for part in row]


def _texts(place: Place, records: list[Heard]) -> dict[str, bytes]:
    """Topics, dead letters, tables, logs, metrics, pages."""
    texts: dict[str, bytes] = gathering.texts_of_topics(records) | gathering.texts_of_tables(place.stores)
    texts |= {f"the log {file.name}": file.read_bytes() for file in (place.folder / "log").iterdir() if file.is_file()}
    for worker in place.workers:
        texts[f"{worker.name}'s metrics"] = _fetched(f"{worker.address}/metrics")
    console, token = place.of("console")[0].address, tickets.issue(Path(place.settings.data), tickets.TOKEN)
    pages: dict[str, Any] = {
        f"the console's {path}": _fetched(console + path, token) for path in ("/", "/requests", "/v1/overview")
    }
    return texts | pages


def _fetched(address: str, token: str = "") -> bytes:
    try:
        return httpx.get(address, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=20).content
    except httpx.HTTPError:
        return b""
