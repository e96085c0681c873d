"""`tuiding replay`: every service made again from the topics alone, and held against what it lives on."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.command import command
from cli.database import more_tables
from cli.failure import Exit, Failure, both
from cli.places import Places, ask
from cli.presentation import table
from cli.run import Service
from cli.screen import Screen
from contracts.flow import SERVICES
from policies.files.whole_files import FOLDER_FOR_ITS_OWNER

if TYPE_CHECKING:
    from runtime.replay.every_service import Bars, Tell, Verdict

app = typer.Typer()
MOST_SHOWN = 20
STATES = {
    "equal": ("相同", "equal"),
    "different": ("不同", "different"),
    "unsettled": ("未定", "unsettled"),
    "incomplete": ("不完整", "incomplete"),
}
MADE = "已重建", "made again"


@command(app)
def replay(
    screen: Screen,
    service: Annotated[Service | None, typer.Option(help="Only this one; else all.")] = None,
    into: Annotated[Path | None, typer.Option(help="Keep the rebuilt stores (SQLite) in this new folder.")] = None,
    lost: Annotated[bool, typer.Option(help="The store is gone: an empty one takes its place; with --into.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the broker.")] = 10.0,
) -> None:
    """Rebuilds every service from the topics alone and compares: equal, or the first difference. Changes nothing."""
    from policies.pack import folders, in_force
    from runtime.replay.every_service import replayed

    names = [str(service)] if service else [each.name for each in SERVICES]
    places = Places()
    ask(screen, "kafka", places.kafka, places)
    rules = in_force(places.policy, folders(places.policies))
    if lost:
        _begin_anew(names, places.store, into)
    _look_for_stores(names, places.store)
    with _folder(into) as folder, _bars(screen) as bars:
        verdicts = replayed(names, places, rules, folder, wait, bars)
    _show(screen, verdicts, lost)
    if into:
        screen.next(f"tuiding database restore {into} --service ...  (docs/runbooks/restore.md first)")


def _begin_anew(names: list[str], url: str, into: Path | None) -> None:
    """What is there stays there: only where nothing is, an empty store is made, to compare with nothing."""
    from runtime.kernel.as_owner import as_owner
    from runtime.kernel.store import Store

    if into is None:
        said = both("--lost 会重建存储，必须指定存放处。", "--lost makes a store again, so it must be kept somewhere.")
        raise Failure(Exit.USAGE, said, both("请加上 --into 文件夹。", "Say --into FOLDER."))
    for name in names:
        store = Store(as_owner(url, name), name)
        for tables in more_tables(name):
            tables.create_all(store.engine)
        store.close()


def _look_for_stores(names: list[str], url: str) -> None:
    """Before anything is read: a topic takes longer to read than a mistake to see."""
    from runtime.replay.live import looked_at

    for name in names:
        with looked_at(url, name):
            pass


@contextmanager
def _folder(into: Path | None) -> Iterator[Path]:
    """Nothing is ever written over: whatever lies there may be somebody's only store."""

    if into is None:
        with tempfile.TemporaryDirectory(prefix="tuiding-replay-") as folder:
            yield Path(folder)
        return
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        said = both(f"--into {into} 不是新的或空的文件夹。", f"--into {into} is not a new or empty folder.")
        raise Failure(Exit.USAGE, said, both("请另选一个。", "Name another one."))
    made = not into.exists()
    into.mkdir(parents=True, exist_ok=True, mode=FOLDER_FOR_ITS_OWNER)
    try:
        yield into
    except BaseException:
        if made:
            shutil.rmtree(into)
        raise


@contextmanager
def _bars(screen: Screen) -> "Iterator[Bars]":
    """On stderr, from the first thing there is to wait for."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=Console(stderr=True), disable=screen.as_json)

    def bar(what: str, total: int) -> "Tell":
        progress.start()
        task = progress.add_task(what or screen.words("读取", "reading"), total=total)
        return lambda done: progress.update(task, completed=done)

    try:
        yield bar
    finally:
        if progress.tasks:
            progress.stop()


# ---- what came out ---------------------------------------------------------------------------------------------------


def _show(screen: Screen, verdicts: "list[Verdict]", lost: bool) -> None:
    made = [each.service for each in verdicts if lost and _led_through(each)]
    rows = [
        (each.service, each.steps, each.rows, each.moved or "", *_result(screen, each, each.service in made))
        for each in verdicts
    ]
    headings = ("service", "transactions", "cases", "moved on", "result", "first difference")
    screen.result([_as_json(each) for each in verdicts], table(rows, *headings))
    wrong = [each for each in verdicts if each.state != "equal" and each.service not in made]
    if wrong:
        worst = min(wrong, key=lambda each: list(STATES).index(each.state))
        raise Failure(Exit.FAILED, f"{worst.service} is {worst.state}: {worst.first}.", HINTS[worst.state])


def _result(screen: Screen, verdict: "Verdict", made: bool) -> tuple[str, str]:
    """What was made for a store that is gone is held against nothing."""
    return (screen.words(*MADE), "") if made else (screen.words(*STATES[verdict.state]), verdict.first)


def _led_through(verdict: "Verdict") -> bool:
    """Every transaction could be taken again; that the empty store has nothing of it is no difference."""
    from runtime.replay.store_diff import ASTRAY

    return not verdict.incomplete and all(each.table != ASTRAY for each in verdict.differences)


HINTS = {
    "different": "See docs/runbooks/replay.md.",
    "unsettled": "It has work under way that is on no topic yet: run it again when it is quiet.",
    "incomplete": "What is left of the topics does not lead to what the service knows: nothing was compared.",
}


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
