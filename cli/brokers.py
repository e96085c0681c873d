"""`tuiding topics`: the broker as contracts/flow.py wants it, and single records of it."""

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType

from cli.command import command, group
from cli.failure import Exit, Failure, both, see
from cli.places import kafka
from cli.presentation import table
from cli.screen import Screen
from contracts.flow import TOPICS
from runtime.exits import cut, one_line

if TYPE_CHECKING:
    from runtime.kafka.peeking import Peeking
    from runtime.kernel.arrivals import Consumed

topics = group("The topics of contracts/flow.py on the broker.")
Wait = Annotated[float, typer.Option(help="Seconds to wait for the broker.")]
LOOK_SECONDS = 1.0
MOST_A_LOOK, LONGEST_VALUE = 500, 300
RECORD = ("place", "time", "key", "type", "value")


@command(topics, "list")
def list_topics(screen: Screen) -> None:
    """Every topic with who writes it and who reads it; asks no broker."""
    rows = [(topic.name, topic.written_by, ", ".join(topic.read_by)) for topic in TOPICS]
    screen.result([topic._asdict() for topic in TOPICS], table(rows, "topic", "written by", "read by"))
    screen.next("tuiding topics verify")


@command(topics)
def apply(
    screen: Screen,
    wait: Wait = 30.0,
    flushed: Annotated[bool, typer.Option(help="New topics acknowledge what is on the disk; it costs.")] = False,
    delete_older: Annotated[
        bool, typer.Option("--delete-older", help="Also where the broker then deletes records that it keeps now.")
    ] = False,
) -> None:
    """Creates what is missing and corrects settings; a second time it changes nothing."""
    from runtime.kafka import topics as broker

    changes = broker.apply(kafka(screen), wait, flushed=flushed, delete_older=delete_older)
    screen.result([change._asdict() for change in changes], _changed(screen, changes, "topic", "change", "detail"))
    screen.next("tuiding topics verify")


@command(topics)
def verify(screen: Screen, wait: Wait = 10.0) -> None:
    """Compares the broker with contracts/flow.py; exit code 1 when they differ."""
    from runtime.kafka import topics as broker
    from runtime.kafka.security import or_unseen

    drifts = broker.verify(kafka(screen), wait)
    rows = [(*drift, drift.remedy) for drift in drifts]
    shown = (
        table(rows, "topic", "what", "wanted", "found", "remedy")
        if drifts
        else screen.words("与约定一致。", "In step.")
    )
    screen.result([drift._asdict() | {"remedy": drift.remedy} for drift in drifts], shown)
    if remedies := sorted({drift.remedy for drift in drifts if drift.remedy}):
        missing = any(drift.what == "missing" for drift in drifts)
        unseen = or_unseen("what is missing: tuiding topics acls") if missing else ""
        cure = "; ".join(remedies)
        what_to_do = both(f"请运行：{cure}{unseen}", f"Correct it with: {cure}{unseen}")
        places = "place" if len(drifts) == 1 else "places"
        said = both(f"Kafka 有 {len(drifts)} 处与约定不符。", f"The broker differs in {len(drifts)} {places}.")
        raise Failure(Exit.FAILED, said, what_to_do)
    screen.next("tuiding lag")


@command(topics)
def acls(
    screen: Screen,
    apply_them: Annotated[
        bool, typer.Option("--apply", help="Grant them on the broker, and take away the rest.")
    ] = False,
    strimzi: Annotated[bool, typer.Option(help="As KafkaTopic and KafkaUser resources for Strimzi.")] = False,
    cluster: Annotated[str, typer.Option(help="Name of the Kafka resource, for Strimzi.")] = "tuiding",
    wait: Wait = 30.0,
) -> None:
    """Every right of every principal on Kafka, made from contracts/flow.py; without --apply it asks no broker."""
    from runtime.kafka.granting import apply_rights
    from runtime.kafka.rights import rights
    from runtime.kafka.strimzi import resources

    if strimzi:
        sys.stdout.write(resources(cluster))
        return
    if apply_them:
        changes = apply_rights(kafka(screen), wait)
        rows = [tuple(change.row.values()) for change in changes]
        shown = _changed(screen, rows, "", "principal", "may", "kind", "name", "prefix", "from")
        screen.result([change.row for change in changes], shown)
        if any(change.what == "left alone" for change in changes):
            screen.next("kafka-acls.sh --remove, for what is left alone: somebody else's rights over what is ours")
        return
    found = rights()
    shown = table(found, "principal", "may", "kind", "name", "prefix")
    screen.result([right._asdict() for right in found], shown)
    screen.next("tuiding topics acls --apply")


@command(topics)
def grow(
    screen: Screen,
    partitions: Annotated[int, typer.Option(min=1, help="How many partitions every topic has afterwards.")],
    wait: Wait = 10.0,
) -> None:
    """More partitions, once every service is stopped and has read all that was said; refuses until then."""
    from runtime.kafka.growth import grow as grow_them

    grown = grow_them(kafka(screen), partitions, wait)
    screen.result([each._asdict() for each in grown], _changed(screen, grown, "topic", "had", "has"))
    screen.next(f"set TUIDING_PARTITIONS={partitions} everywhere, start the services, tuiding topics verify")


Contains = Annotated[str, typer.Option(help="Only records whose value contains this.")]
Topic = Annotated[str, typer.Argument(help="As `tuiding topics list` names it.")]


@command(topics)
def peek(
    screen: Screen,
    topic: Topic,
    offset: Annotated[int | None, typer.Option(help="From this offset of every partition; else the latest.")] = None,
    partition: Annotated[int | None, typer.Option(help="Only this partition.", min=0)] = None,
    since: Annotated[datetime | None, typer.Option(help="From this time on, in your own zone.")] = None,
    contains: Contains = "",
    last: Annotated[int, typer.Option(help="How many of each partition to look through.", min=1, max=500)] = 5,
    wait: Wait = 10.0,
) -> None:
    """Records as they lie there, masked; in no consumer group."""
    from runtime.kafka.record_times import asked_from

    peeking = _peeking(screen, topic, wait)
    bounds = {place: both for place, both in _bounds(peeking, topic).items() if partition in (None, place[1])}
    if since and offset is None:
        start = peeking.at_time(topic, asked_from(since))
    else:
        start = {place: max(first, end - last) if offset is None else offset for place, (first, end) in bounds.items()}
    there = {place: at for place, at in start.items() if place in bounds and at < bounds[place][1]}
    rows = [_record(each) for each in (peeking.records(there, last) if there else ()) if _holds(each, contains)]
    screen.result(rows, table([tuple(row.values()) for row in rows], *RECORD))
    screen.next(f"tuiding topics tail {topic}")


@command(topics)
def tail(
    screen: Screen,
    topic: Topic,
    contains: Contains = "",
    wait: Wait = 10.0,
) -> None:
    """Records as they come, one a line, until Ctrl-C."""
    from runtime.kafka.peeking import fresh

    peeking = _peeking(screen, topic, wait)
    at = {place: end for place, (_, end) in _bounds(peeking, topic).items()}
    while True:
        time.sleep(LOOK_SECONDS)
        bounds = peeking.bounds(topic)
        wanted = fresh(at, bounds)
        for each in peeking.records(wanted, MOST_A_LOOK) if wanted else ():
            if _holds(each, contains):
                row = _record(each)
                screen.result(row, "  ".join(row.values()))
        at = {place: end for place, (_, end) in bounds.items()}


def _changed(screen: Screen, rows: Sequence[Sequence[Any]], *heads: str) -> RenderableType:
    return table(rows, *heads) if rows else screen.words("无需改动。", "Nothing to change.")


def _holds(each: "Consumed", text: str) -> bool:
    return text in (each.record.value or b"").decode("utf-8", "replace")


def known_topic(topic: str) -> None:
    if topic not in {each.name for each in TOPICS}:
        raise Failure(
            Exit.NOT_FOUND,
            both(f"没有主题 {topic}。", f"There is no topic {topic}."),
            see("tuiding topics list"),
        )


def _peeking(screen: Screen, topic: str, wait: float) -> "Peeking":
    from runtime.kafka.peeking import Peeking

    known_topic(topic)
    return Peeking(kafka(screen), wait)


def _bounds(peeking: "Peeking", topic: str) -> dict[tuple[str, int], tuple[int, int]]:
    """Where nothing is shown, nothing would ever come."""
    from runtime.kafka.security import or_unseen

    if found := peeking.bounds(topic):
        return found
    said = both(f"Kafka 上没有主题 {topic}{or_unseen()}。", f"The broker has no topic {topic}{or_unseen()}.")
    raise Failure(Exit.NOT_FOUND, said, see("tuiding topics verify"))


def _record(each: "Consumed") -> dict[str, str]:
    from runtime.kafka.record_times import broker_time

    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in each.record.headers}
    cells = (
        f"{each.partition}@{each.offset}",
        broker_time(each.timestamp_ms).isoformat(),
        (each.record.key or b"").decode("utf-8", "replace"),
        headers.get("ce_type", ""),
        cut((each.record.value or b"").decode("utf-8", "replace"), LONGEST_VALUE),
    )
    return dict(zip(RECORD, map(one_line, cells), strict=True))
