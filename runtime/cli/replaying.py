"""`tuiding replay`: every service made again from the topics alone, and held against what it lives on."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contracts.flow import BY_NAME, DECIDING, SERVICES, dead_letter_topic, journal_topic, topic_name
from runtime.cli.command import command
from runtime.cli.failure import Exit, Failure
from runtime.cli.places import Places
from runtime.cli.running import Service
from runtime.cli.screen import Screen
from runtime.cli.showing import table

if TYPE_CHECKING:
    from runtime.reading import Reading
    from runtime.rebuilt import Look, Rebuilder, Verdict
    from runtime.shelf import Shelf

app = typer.Typer()
MOST_SHOWN = 20
STATES = {
    "equal": ("相同", "equal"),
    "different": ("不同", "different"),
    "unsettled": ("未定", "unsettled"),
    "incomplete": ("不完整", "incomplete"),
}
Bars = Callable[[str, int], Callable[[int], None]]


@command(app)
def replay(
    screen: Screen,
    service: Annotated[Service | None, typer.Option(help="Only this one; else all.")] = None,
    into: Annotated[Path | None, typer.Option(help="Keep the rebuilt stores (SQLite) in this new folder.")] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the broker.")] = 10.0,
) -> None:
    """Rebuilds every service from the topics alone and compares: equal, or the first difference. Changes nothing."""
    names = [str(service)] if service else [each.name for each in SERVICES]
    places = Places()
    _look_for_stores(names, places.store)
    with _folder(into) as folder, _bars(screen) as bars:
        verdicts = _replayed(names, places, folder, wait, bars)
    _show(screen, verdicts)
    if into:
        screen.next(f"see docs/runbooks/replay.md before a service works on {into}")


def _replayed(names: list[str], places: Places, folder: Path, wait: float, bars: Bars) -> "list[Verdict]":
    from policies.pack import load
    from runtime.reading import Reading
    from runtime.rebuilt import Rebuilder
    from runtime.shelf import Shelf
    from runtime.store import ticks

    pack = load(places.policy)
    since = ticks(datetime.now(UTC) - timedelta(days=places.keep_days))
    with Reading(places.kafka, _topics(names), wait) as reading:
        file = folder / "shelf.tmp"
        shelf = Shelf(str(file))
        rebuilder = Rebuilder(shelf, folder, places.store, pack, since, lambda name: _behind(places.kafka, name))
        try:
            return _two_looks(names, reading, shelf, rebuilder, bars)
        finally:
            shelf.close()
            file.unlink()


def _two_looks(
    names: list[str], reading: "Reading", shelf: "Shelf", rebuilder: "Rebuilder", bars: Bars
) -> "list[Verdict]":
    from runtime.rebuilt import Verdict, verdict

    _read(reading, shelf, bars)
    gone = {name: [each.sentence for each in reading.gone if each.topic in _topics([name])] for name in names}
    firsts = {name: _look(rebuilder, name, bars) for name in names if not gone[name]}
    seconds: dict[str, Look] = {}
    if restless := [name for name, seen in firsts.items() if seen.found]:
        reading.go_on()
        _read(reading, shelf, bars)
        seconds = {name: _look(rebuilder, name, bars) for name in restless}
    return [
        Verdict(name, incomplete=gone[name]) if gone[name] else verdict(firsts[name], seconds.get(name))
        for name in names
    ]


def _read(reading: "Reading", shelf: "Shelf", bars: Bars) -> None:
    tell, read = bars("reading", reading.left), 0
    for records in reading.records():
        shelf.put(records)
        read += len(records)
        tell(read)


def _look(rebuilder: "Rebuilder", name: str, bars: Bars) -> "Look":
    return rebuilder.look(name, bars(name, rebuilder.steps(name)))


# ---- what belongs to a service ---------------------------------------------------------------------------------------


def _topics(names: list[str]) -> list[str]:
    """What each reads, what it says, and its journal; the console reads the dead letters, too."""
    found: dict[str, None] = {}
    for name in names:
        shorts = (*BY_NAME[name].reads, BY_NAME[name].writes)
        found |= dict.fromkeys(map(topic_name, shorts))
        decides = BY_NAME[name] in DECIDING
        more = [journal_topic(name)] if decides else [dead_letter_topic(each.name) for each in SERVICES]
        found |= dict.fromkeys(more)
    return list(found)


def _look_for_stores(names: list[str], url: str) -> None:
    from runtime.live import NoStore, looked_at

    try:
        for name in names:
            with looked_at(url, name):
                pass
    except NoStore as error:
        raise Failure(Exit.NOT_FOUND, str(error)) from error


def _behind(kafka: str, service: str) -> int:
    from runtime.lag import group_id, lag

    return sum(line.behind for line in lag(kafka) if line.group == group_id(service))


@contextmanager
def _folder(into: Path | None) -> Iterator[Path]:
    """Nothing is ever written over: whatever lies there may be somebody's only store."""
    if into is None:
        with tempfile.TemporaryDirectory(prefix="tuiding-replay-") as folder:
            yield Path(folder)
        return
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise Failure(Exit.USAGE, f"--into {into} is not a new or empty folder.", "Name another one.")
    made = not into.exists()
    into.mkdir(parents=True, exist_ok=True)
    try:
        yield into
    except BaseException:
        if made:
            shutil.rmtree(into)
        raise


@contextmanager
def _bars(screen: Screen) -> Iterator[Bars]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=screen.as_json) as progress:

        def bar(what: str, total: int) -> Callable[[int], None]:
            task = progress.add_task(screen.words("读取", "reading") if what == "reading" else what, total=total)
            return lambda done: progress.update(task, completed=done)

        yield bar


# ---- what came out ---------------------------------------------------------------------------------------------------


def _show(screen: Screen, verdicts: "list[Verdict]") -> None:
    rows = [
        (each.service, each.steps, each.rows, each.moved or "", screen.words(*STATES[each.state]), _first(each))
        for each in verdicts
    ]
    headings = ("service", "transactions", "cases", "moved on", "result", "first difference")
    screen.result([_as_json(each) for each in verdicts], table(rows, *headings))
    wrong = [each for each in verdicts if each.state != "equal"]
    if wrong:
        worst = min(wrong, key=lambda each: list(STATES).index(each.state))
        raise Failure(Exit.FAILED, f"{worst.service} is {worst.state}: {_first(worst)}.", HINTS[worst.state])


HINTS = {
    "different": "See docs/runbooks/replay.md.",
    "unsettled": "It has work under way that is on no topic yet: run it again when it is quiet.",
    "incomplete": "What is left of the topics does not lead to what the service knows: nothing was compared.",
}


def _first(verdict: "Verdict") -> str:
    return next(iter([*verdict.incomplete, *(each.sentence for each in verdict.differences)]), "")


def _as_json(verdict: "Verdict") -> dict[str, Any]:
    return {
        "service": verdict.service,
        "state": verdict.state,
        "transactions": verdict.steps,
        "cases": verdict.rows,
        "moved_on": verdict.moved,
        "behind": verdict.behind,
        "incomplete": verdict.incomplete,
        "different": len(verdict.differences),
        "differences": [each._asdict() | {"sentence": each.sentence} for each in verdict.differences[:MOST_SHOWN]],
    }
