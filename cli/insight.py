"""What insight adds to the command line: `tuiding report`, `tuiding policy what-if`, `tuiding policy notices`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from cli.command import command
from cli.packs import policy, started_with
from cli.places import Places, kafka
from cli.screen import Screen
from contracts.words import FIRST_YEAR, LAST_YEAR
from policies.files.whole_files import FOR_ITS_OWNER, whole, write_whole

if TYPE_CHECKING:
    from insight.history import Said
    from policies.pack import Pack

app = typer.Typer()
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Only what began on this day or later, in the pack's zone."),
]
RECORDS_A_STEP = 500
Partitions = Iterator[Iterator["Said"]]


@command(app)
def report(
    screen: Screen,
    since: Since = None,
    html: Annotated[Path | None, typer.Option(help="Write it as one page, too.")] = None,
) -> None:
    """Volume, reasons, channels, ends, time by stage, lateness, money, disputes, and what each channel asks."""
    from cli.report_shown import shown
    from insight.report import Report
    from insight.report_page import html as page
    from insight.tracks import NEEDED, tracks

    places = Places()
    made = Report(_pack(places.policy))
    with _reading(screen, kafka(screen), NEEDED, _beginning(since, made.pack)) as partitions:
        for events in partitions:
            for track in tracks(events):
                made.add(track)
    if html:
        write_whole(html, page(made, screen.language).encode())
    screen.result(made.as_json(), *shown(made, screen.language))
    screen.next(f"open {html}" if html else "tuiding report --html report.html")


@command(policy, "what-if")
def what_if(
    screen: Screen,
    new_pack: Annotated[str, typer.Argument(help="The pack to try on what has been.")],
    since: Since = None,
    most: Annotated[int, typer.Option(min=0, help="How many of the changed requests to show.")] = 20,
    changes: Annotated[Path | None, typer.Option(help="Write every change there, one JSON object a line.")] = None,
) -> None:
    """Past requests under other rules: who would be decided differently, who would pay what. Changes nothing."""
    from cli.what_if_shown import shown
    from insight.comparison import Comparison
    from insight.past import NEEDED, past_requests
    from insight.what_if import replayed

    pack, comparison = _pack(new_pack), Comparison(most)
    reading = _reading(screen, kafka(screen), NEEDED, _beginning(since, pack))
    with reading as partitions, _kept(changes) as keep:
        for events in partitions:
            for past in past_requests(events):
                change = replayed(past, pack)
                comparison.add(change)
                keep(change)
    screen.result({"pack": pack.id} | comparison.as_json(), *shown(comparison, screen.language))
    screen.next(started_with(pack.pack))


@command(policy)
def notices(
    screen: Screen,
    pack: Annotated[str, typer.Argument(help="The pack whose notices are shown.")],
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("var/notices"),
) -> None:
    """Every notice in Chinese and English as a page to look at, made from the examples of the contract."""
    from insight.notices import write

    made = write(_pack(pack), out)
    missing = [page.file for page in made if page.rendered is None]
    told = {"folder": str(out), "pages": [page.file for page in made], "without_example": missing}
    screen.result(told, f"{len(made)} pages and index.html in {out}")
    screen.next(f"open {out / 'index.html'}")


def _pack(name: str) -> "Pack":
    from policies.pack import folders, load

    return load(name, folders(Places().policies))


def _beginning(since: datetime | None, pack: "Pack") -> datetime | None:
    """None: of all there is, as before any year of ours."""
    if since is None or since.year < FIRST_YEAR:
        return None
    day = min(since.date(), date(LAST_YEAR, 12, 31))
    return datetime.combine(day, time(), pack.zone).astimezone(UTC)


@contextmanager
def _reading(screen: Screen, kafka: str, topics: tuple[str, ...], since: datetime | None) -> Iterator[Partitions]:
    """The events of each partition, with a bar on stderr that counts records."""
    from rich.console import Console
    from rich.progress import Progress

    from insight.history import history

    console = Console(stderr=True)
    with history(kafka, topics, since) as past, Progress(console=console, disable=screen.as_json) as progress:
        bar = progress.add_task(screen.words("读取", "reading"), total=past.records)
        yield (_counted(events, lambda read: progress.advance(bar, read)) for events in past.partitions)


def _counted(events: "Iterator[Said | None]", advance: Callable[[int], None]) -> Iterator["Said"]:
    """Moving the bar for every single record would cost more than reading it."""
    read = 0
    for read, event in enumerate(events, 1):
        if read % RECORDS_A_STEP == 0:
            advance(RECORDS_A_STEP)
        if event is not None:
            yield event
    advance(read % RECORDS_A_STEP)


@contextmanager
def _kept(file: Path | None) -> Iterator[Callable[[Any], None]]:
    """Writes each change that differs, if anybody wants them."""
    import orjson

    from insight.comparison import change_json

    if file is None:
        yield lambda change: None
        return
    with whole(file, FOR_ITS_OWNER) as lines:
        yield lambda change: _write(lines, orjson.dumps(change_json(change))) if change.differs else None


def _write(lines: IO[bytes], line: bytes) -> None:
    lines.write(line + b"\n")
