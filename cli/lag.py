"""`tuiding lag`: how far everybody has read, and what an open transaction keeps them from; and how to end it."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table

from cli.brokers import LOOK_SECONDS, Wait, known_topic, topics
from cli.command import command, refuse_without_yes
from cli.places import kafka
from cli.presentation import local_time, table
from cli.screen import Screen
from contracts.flow import GROUP_PREFIX, group_id
from services.console.watched.broker_findings import TOLD_FOR
from services.console.wording.saying import span

if TYPE_CHECKING:
    from contracts.health import Heartbeat
    from runtime.kafka.lag import Lag
    from runtime.kafka.members import Stranger
    from runtime.kafka.uncommitted import Uncommitted

app = typer.Typer()
GONE = ("group", "topic", "deleted unread, gone on since", "noticed")
DELETED = ("group", "topic", "partition", "from", "deleted unread")
STRANGE = ("group", "stranger", "host", "has taken")
HELD_BACK = ("topic", "partition", "from", "uncommitted", "seconds", "begun by")


class Looked(NamedTuple):
    """`ages`: of the oldest record that a group has not read of a topic, in seconds. `gone`: as workers tell it."""

    lines: "list[Lag]"
    standing: "list[Uncommitted]"
    strangers: "list[Stranger]"
    ages: dict[tuple[str, str], float]
    gone: "dict[tuple[str, str], Behind]"


class Behind(NamedTuple):
    """Records of a topic that were deleted before a reader who has gone on came to them; 0: nobody can tell."""

    records: int
    at: datetime


@command(app)
def lag(
    screen: Screen,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again every second until Ctrl-C.")] = False,
    wait: Wait = 10.0,
) -> None:
    """How many records every service still has to read, since when, and what nobody may read yet."""
    if watch and not screen.as_json:
        _watch(screen, wait)
        return
    while True:
        looked = _look(screen, wait)
        screen.result(_as_json(looked), _shown(looked, screen.language))
        if not watch:
            break
        time.sleep(LOOK_SECONDS)
    hanging = [each for each in looked.standing if each.hangs]
    screen.next(*[f"tuiding topics abort {each.topic} {each.partition}" for each in hanging], "tuiding lag --watch")


@command(topics)
def abort(
    screen: Screen,
    topic: Annotated[str, typer.Argument(help="As `tuiding topics list` names it.")],
    partition: Annotated[int, typer.Argument(min=0, help="As `tuiding lag` names it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Wait = 10.0,
) -> None:
    """Ends the transaction that keeps everybody from reading a partition: nothing in it was ever said."""
    from runtime.kafka import aborting

    known_topic(topic)
    where = f"{topic}[{partition}]"
    question = screen.words(f"撤销 {where} 上最早的未结束事务？", f"Take back the oldest open transaction of {where}?")
    refuse_without_yes(screen, yes, question)
    ended = aborting.abort(kafka(screen), topic, partition, wait)
    screen.result(ended._asdict(), table([ended], "topic", "partition", "from", "producer", "transactional id"))
    screen.next("tuiding lag")


def _watch(screen: Screen, wait: float) -> None:
    first = _shown(_look(screen, wait), screen.language)
    screen.tell_whom()
    with Live(first, console=screen.out, auto_refresh=False) as live:
        while True:
            time.sleep(LOOK_SECONDS)
            live.update(_shown(_look(screen, wait), screen.language), refresh=True)


def _look(screen: Screen, wait: float) -> Looked:
    from runtime.kafka import lag as broker
    from runtime.kafka import members, uncommitted

    lines = broker.lag(kafka(screen), wait)
    strangers = members.look(kafka(screen), wait)
    standing = uncommitted.look(kafka(screen), lines, wait)
    gone = gone_lately(_workers(kafka(screen), wait), datetime.now(UTC))
    return Looked(lines, standing, strangers, _ages(kafka(screen), lines, wait), gone)


def _workers(bootstrap: str, wait: float) -> "list[Heartbeat]":
    from runtime.kafka.heartbeats import Heartbeats

    heartbeats = Heartbeats(bootstrap, wait)
    try:
        return list(heartbeats.look().values())
    finally:
        heartbeats.close()


def gone_lately(workers: "list[Heartbeat]", now: datetime) -> dict[tuple[str, str], Behind]:
    """By reader and topic, of a day: the broker tells nothing of it any more."""
    found: dict[tuple[str, str], Behind] = {}
    for each in workers:
        if each.gone_at is None or now - each.gone_at > TOLD_FOR:
            continue
        for topic, records in each.gone.items():
            before = found.get((group_id(each.service), topic), Behind(0, each.gone_at))
            found[group_id(each.service), topic] = Behind(before.records + records, max(before.at, each.gone_at))
    return found


def _ages(bootstrap: str, lines: "list[Lag]", wait: float) -> dict[tuple[str, str], float]:
    """As one look at the broker tells it, whose time stamps are believed."""
    from runtime.kafka.peeking import FEW_BYTES, Peeking
    from runtime.kafka.record_times import broker_time
    from services.console.watched.behind import unread

    first, now, oldest = unread(lines), datetime.now(UTC), dict[tuple[str, str], float]()
    peeking = Peeking(bootstrap, wait, FEW_BYTES)
    try:
        for group in sorted({group for mine in first.values() for group in mine}):
            wanted = {place: mine[group] for place, mine in first.items() if group in mine}
            for (topic, _), stamp in peeking.times(wanted).items():
                age = max(0.0, (now - broker_time(stamp)).total_seconds())
                oldest[group, topic] = max(age, oldest.get((group, topic), 0.0))
    finally:
        peeking.close()
    return oldest


def _as_json(looked: Looked) -> list[dict[str, object]]:
    taken = {(each.group, place): each.client for each in looked.strangers for place in each.partitions}
    seconds = {(each.topic, each.partition): round(each.seconds, 1) for each in looked.standing}
    return [
        line._asdict()
        | {"behind": line.behind, "uncommitted": line.uncommitted}
        | {"uncommitted_seconds": seconds.get((line.topic, line.partition), 0.0)}
        | {"deleted": line.deleted}
        | {"topic_deleted_lately": gone.records if (gone := looked.gone.get((line.group, line.topic))) else None}
        | {"read_by": taken.get((line.group, f"{line.topic}[{line.partition}]"), "")}
        | {"seconds_behind": round(looked.ages.get((line.group, line.topic), 0.0), 1)}
        for line in looked.lines
    ]


def _shown(looked: Looked, language: str) -> Group:
    """What no number tells comes first: what went unread, what a stranger takes, and what is held back."""
    gone = [
        (each.group, each.topic, each.partition, each.committed, each.deleted) for each in looked.lines if each.deleted
    ]
    strange = [(each.group, each.client, each.host, ", ".join(each.partitions)) for each in looked.strangers]
    rows = [
        (each.topic, each.partition, each.offset, each.records, round(each.seconds), each.source)
        for each in looked.standing
    ]
    lately = [
        (group, topic, each.records or "?", local_time(each.at.isoformat()))
        for (group, topic), each in sorted(looked.gone.items())
    ]
    told = ((lately, GONE), (gone, DELETED), (strange, STRANGE), (rows, HELD_BACK))
    first = [table(lines, *names) for lines, names in told if lines]
    return Group(*first, _by_topic(looked, language))


def _by_topic(looked: Looked, language: str) -> Table:
    """The partitions of one reader and topic, summed up; whoever is furthest behind comes first."""
    sums: dict[tuple[str, str], int] = {}
    for line in looked.lines:
        sums[line.group, line.topic] = sums.get((line.group, line.topic), 0) + line.behind
    ages = {pair: looked.ages.get(pair, 0.0) if unread else -1.0 for pair, unread in sums.items()}
    rows = [
        (group.removeprefix(GROUP_PREFIX), topic, sums[group, topic], span(age, language) if age >= 0 else "")
        for (group, topic), age in sorted(ages.items(), key=lambda each: (-each[1], each[0]))
    ]
    return table(rows, "reader", "topic", "unread", "oldest")
