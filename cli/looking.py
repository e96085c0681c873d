"""What the console's pages show, on a terminal: what is wrong, the pipeline live, requests, letters, the carrier."""

import shlex
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.live import Live

from cli import doors
from cli.command import command, group
from cli.customers import Request
from cli.failure import Exit, Failure
from cli.places import Places
from cli.presentation import plain, table
from cli.screen import Screen
from contracts.words import Channel
from runtime.http.callers.agreed import why_not
from runtime.settings import Settings

if TYPE_CHECKING:
    from runtime.kafka.drift import Drift

app = typer.Typer()
requests = group("Requests: find them, narrow them down.")
LOOK_SECONDS, BROKER_SECONDS = 2.0, 3.0
LAST_LINES = 20
WAITS = "For whom it waits: person, review, dispute, complaint, refused, or a system such as messaging."
ORDER = "newest, oldest, latest (news first), quiet (longest without news), subscription, subscription-last."
Json = dict[str, Any]


@command(app)
def top(
    screen: Screen,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
) -> None:
    """The pipeline as it is: what is wrong, where requests are, how far everybody is behind; until Ctrl-C."""
    if once or screen.as_json:
        found = _look(screen)
        screen.result(found, _picture(found, screen))
        return
    first = _picture(_look(screen), screen)
    screen.tell_whom()
    with Live(first, console=screen.out, auto_refresh=False) as live:
        while True:
            time.sleep(LOOK_SECONDS)
            live.update(_picture(_look(screen), screen), refresh=True)


@command(app)
def doctor(screen: Screen) -> None:
    """What is missing or wrong, and what cures it; exit code 1 when something is."""
    if unsafe := why_not(Settings()):
        raise Failure(Exit.FAILED, unsafe, screen.words("见 docs/channels.zh-CN.md。", "See docs/channels.md."))
    told = doors.console(screen).get("/v1/findings")["findings"]
    found = [*(each for each in told if each["kind"] != "topics"), *_drifted()]
    workers = doors.console(screen).get("/v1/workers")["workers"]
    running = {each["service"] for each in workers if not each["silent"]}
    screen.result({"findings": found, "services": sorted(running)}, _wrong(found, screen))
    cures = sorted({CURES[each["kind"]] for each in found if each["kind"] in CURES})
    if any(each["kind"] == "silent" for each in found):
        cures += _last_words_of({each["service"] for each in workers} - running)
    if cures:
        screen.next(*cures)
    if any(each["level"] == "bad" for each in found):
        said = screen.words("有问题需要处理。", "Something is wrong.")
        raise Failure(Exit.FAILED, said, screen.words("见上表。", "See the table above."))


def _last_words_of(silent: Iterable[str]) -> list[str]:
    """The console answered, so a run there is: why a service of it is silent stands in its log, if that is here."""
    logs = [log for service in sorted(silent) if (log := Places().log_of(service))]
    return [f"tail -n {LAST_LINES} {shlex.quote(str(log))}" for log in logs]


def _drifted() -> list[Json]:
    """As topics are set now: the console looks at them now and then only."""
    from runtime.kafka import topics
    from runtime.kafka.connect import BrokerTrouble

    try:
        return by_remedy(topics.verify(Places().kafka, BROKER_SECONDS))
    except BrokerTrouble:  # the console says so, if it is as away for others
        return []


def by_remedy(drifts: "Iterable[Drift]") -> list[Json]:
    from services.console.watched.broker_findings import drifted

    return [
        each._asdict() | {"title": each.title.model_dump(), "detail": each.detail.model_dump()}
        for each in drifted(drifts)
    ]


CURES = {
    "topics": "tuiding topics verify",
    "broker": "tuiding topics verify",
    "carrier": "tuiding carrier status",
    "stalled": "tuiding lag",
    "slow": "tuiding lag",
    "deleted": "tuiding lag",
    "stranger": "tuiding lag",
    "uncommitted": "tuiding lag",
    "late": "tuiding clocks",
    "person": "tuiding requests list --waits person",
    "letters": "tuiding dead-letters list",
}


@command(requests, "list")
def list_requests(
    screen: Screen,
    find: Annotated[str, typer.Argument(help="Subscription, last digits, an id or how it begins.")] = "",
    stage: Annotated[str, typer.Option(help="Such as quoted; `open`: all that have not ended.")] = "",
    channel: Annotated[Channel | None, typer.Option(help="Where it began.")] = None,
    waits: Annotated[str, typer.Option(help=WAITS)] = "",
    reason: Annotated[str, typer.Option(help="Why the customer wants to leave, such as price.")] = "",
    late: Annotated[bool, typer.Option("--late", help="Only those whose promise was broken.")] = False,
    since: Annotated[str, typer.Option(help="The first day on which it may have begun, such as 2026-11-01.")] = "",
    until: Annotated[str, typer.Option(help="The last such day.")] = "",
    order: Annotated[str, typer.Option(help=ORDER)] = "newest",
    most: Annotated[int, typer.Option(help="How many to show.", min=1, max=1000)] = 50,
) -> None:
    """Requests, the newest first if not said otherwise; ids are never cut."""
    narrowed = {"q": find, "stage": stage, "channel": channel, "waits": waits, "reason": reason}
    narrowed |= {name: day for name, day in (("since", since), ("until", until)) if day}
    narrowed |= {"late": "yes" if late else "", "order": order}
    found = doors.console(screen).get("/v1/requests", **narrowed, limit=most)["requests"]
    rows = [[each[name] for name in COLUMNS] for each in found]
    none = screen.words("没有符合的申请。", "No request matches.")
    screen.result(found, table(rows, *COLUMNS, language=screen.language) if rows else none)
    if found:
        screen.next(f"tuiding trace {found[0]['request_id']}")


COLUMNS = ("request_id", "stage", "masked_number", "subscription", "channel", "first_at")


@command(app)
def letters(screen: Screen, request: Request) -> None:
    """What the customer was told, word for word."""
    found = doors.console(screen).get(f"/v1/requests/{request}/letters")["letters"]
    shown: list[RenderableType] = []
    for each in found:
        failed = screen.words("未送达", "not delivered") if each["failed"] else ""
        heading = " ".join(filter(None, (plain(each["at"], screen.language), each["route"], failed, each["subject"])))
        shown += [heading, each["body"] or screen.words("（原文无法再现）", "(its words cannot be made again)"), ""]
    screen.result(found, *shown)
    screen.next(f"tuiding trace {request}")


def status(screen: Screen) -> None:
    """Each of the carrier's systems: whether it answers, since when not, how many calls wait."""
    found = doors.console(screen).get("/v1/carrier")
    rows = [
        [*(each[name] for name in SYSTEM), f"{each['p95'] * 1000:.0f} ms", "open" if each["resting"] else "closed"]
        for each in found["systems"]
    ]
    shown = [[*row[:-3], *row[-2:], row[-3]] for row in rows]  # the error, which may be long, comes last
    screen.result(found, table(shown, *SYSTEM[:-1], "95% within", "breaker", SYSTEM[-1], language=screen.language))
    if away := [each["name"] for each in found["systems"] if each["away"]]:
        raise Failure(Exit.FAILED, screen.words(f"没有响应：{', '.join(away)}。", f"Away: {', '.join(away)}."), "")


UNREAD = ("topic", "rate", "group", "verdict", "seconds_behind", "behind")
SYSTEM = ("name", "verdict", "since", "waiting", "answered", "failed", "last_error")


def _look(screen: Screen) -> Json:
    console = doors.console(screen)
    return dict(console.get("/v1/overview")) | {"findings": console.get("/v1/findings")["findings"]}


def _picture(found: Json, screen: Screen) -> Group:
    from services.console.watched.rank import rank, worst_first

    board = [(row["stage"], row["channel"], row["requests"], row["oldest_at"]) for row in found["board"]]
    unread = [
        {"topic": topic["topic"], "rate": topic["rate_per_second"], **each}
        for topic in found["topics"]
        for each in topic["groups"]
        if each["behind"] or each["verdict"] != "ok"
    ]
    worst = worst_first(unread, lambda each: rank(each["verdict"], each["seconds_behind"]))
    topics = [[each[name] for name in UNREAD] for each in worst]
    return Group(
        _wrong(found["findings"], screen),
        table(board, "stage", "channel", "requests", "oldest", language=screen.language),
        table(topics, "topic", "a second", "reader", "verdict", "seconds behind", "unread", language=screen.language),
    )


def _wrong(found: list[Json], screen: Screen) -> RenderableType:
    if not found:
        return screen.words("一切正常。", "All is well.")
    rows = [(each["title"], each["since"], each["waiting"], each["detail"]) for each in found]
    return table(
        rows, *screen.words("问题|自|等待|说明", "wrong|since|waiting|detail").split("|"), language=screen.language
    )
