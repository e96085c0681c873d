"""`tuiding lag`: how far everybody has read, and what an open transaction keeps them from; and how to end it."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table

from cli.brokers import LOOK_SECONDS, Wait, known_topic, topics
from cli.command import command, refuse_without_yes
from cli.places import kafka
from cli.presentation import table
from cli.screen import Screen

if TYPE_CHECKING:
    from runtime.kafka.lag import Lag
    from runtime.kafka.members import Stranger
    from runtime.kafka.uncommitted import Uncommitted

app = typer.Typer()
STRANGE = ("group", "stranger", "host", "has taken")
HELD_BACK = ("topic", "partition", "from", "uncommitted", "seconds", "begun by")


class Looked(NamedTuple):
    lines: "list[Lag]"
    standing: "list[Uncommitted]"
    strangers: "list[Stranger]"


@command(app)
def lag(
    screen: Screen,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again every second until Ctrl-C.")] = False,
    wait: Wait = 10.0,
) -> None:
    """How many records every service still has to read, and what nobody may read yet."""
    if watch and not screen.as_json:
        _watch(screen, wait)
        return
    while True:
        looked = _look(screen, wait)
        screen.result(_as_json(looked), _shown(looked))
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
    refuse_without_yes(screen, yes, f"Take back the oldest open transaction of {topic}[{partition}]?")
    ended = aborting.abort(kafka(screen), topic, partition, wait)
    screen.result(ended._asdict(), table([ended], "topic", "partition", "from", "producer", "transactional id"))
    screen.next("tuiding lag")


def _watch(screen: Screen, wait: float) -> None:
    first = _shown(_look(screen, wait))
    screen.tell_whom()
    with Live(first, console=screen.out, auto_refresh=False) as live:
        while True:
            time.sleep(LOOK_SECONDS)
            live.update(_shown(_look(screen, wait)), refresh=True)


def _look(screen: Screen, wait: float) -> Looked:
    from runtime.kafka import lag as broker
    from runtime.kafka import members, uncommitted

    lines = broker.lag(kafka(screen), wait)
    return Looked(lines, uncommitted.look(kafka(screen), lines, wait), members.look(kafka(screen), wait))


def _as_json(looked: Looked) -> list[dict[str, object]]:
    taken = {(each.group, place): each.client for each in looked.strangers for place in each.partitions}
    seconds = {(each.topic, each.partition): round(each.seconds, 1) for each in looked.standing}
    return [
        line._asdict()
        | {"behind": line.behind, "uncommitted": line.uncommitted}
        | {"uncommitted_seconds": seconds.get((line.topic, line.partition), 0.0)}
        | {"read_by": taken.get((line.group, f"{line.topic}[{line.partition}]"), "")}
        for line in looked.lines
    ]


def _shown(looked: Looked) -> Group:
    """What no number tells comes first: what a stranger takes, and what is held back."""
    strange = [(each.group, each.client, each.host, ", ".join(each.partitions)) for each in looked.strangers]
    rows = [
        (each.topic, each.partition, each.offset, each.records, round(each.seconds), each.source)
        for each in looked.standing
    ]
    first = [table(lines, *names) for lines, names in ((strange, STRANGE), (rows, HELD_BACK)) if lines]
    return Group(*first, _by_topic(looked.lines))


def _by_topic(lines: "Iterable[Lag]") -> Table:
    """The partitions of one reader and topic, summed up."""
    sums: dict[tuple[str, str], list[int]] = {}
    for line in lines:
        sums.setdefault((line.group, line.topic), []).append(line.behind)
    rows = [(group, topic, sum(behind), max(behind)) for (group, topic), behind in sorted(sums.items())]
    return table(rows, "group", "topic", "behind", "worst partition")
