"""Topics: how far everybody has read, and what lies at a place or a time."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from fastapi import APIRouter, Depends, Request, Response
from kafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import TOPICS
from contracts.words import whole_number
from runtime.http.problems import Problem, no_zero_byte
from runtime.http.streams import Stream
from runtime.kafka.connect import BrokerTrouble
from runtime.kafka.record_times import Place, asked_from
from runtime.kernel.arrivals import Consumed
from services.console.kept.queries import Json
from services.console.kept.rows import readable
from services.console.rendering import Page
from services.console.showing import ranked
from services.console.showing.shared_view import View, workers
from services.console.showing.tails import Tails, shown
from services.console.watched.behind import Behind, sparkline
from services.console.watched.watch import REMEMBERED_SECONDS, Seen

SHOWN, LOOKED_THROUGH = 25, 200  # records of each partition
NAMES = {topic.name for topic in TOPICS}


def routes(view: View) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])
    tails = Tails(view)

    @doors.get("/topics")
    async def topics(request: Request) -> Response:
        seen, _ = await view.now()
        rows = ranked.topics(topic | parted(_readers(seen, topic["topic"])) for topic in seen.topics)
        return await view.page(request, "topics.html", "/topics", live=True, topics=rows, broker_problem=seen.problem)

    @doors.get("/topics/{topic}")
    async def one(request: Request, topic: str) -> Response:
        wish = _known(topic, request)
        seen, _ = await view.now()
        problem, bounds, found = "", dict[Place, tuple[int, int]](), list[Json]()
        try:
            bounds, found = await asyncio.to_thread(_look, view, topic, wish)
        except BrokerTrouble as trouble:
            problem = str(trouble)
        except (KafkaError, OSError) as error:
            problem = type(error).__name__
        return await view.page(
            request,
            "topic.html",
            "/topics",
            topic=topic,
            wish=wish,
            problem=problem,
            partitions=_partitions(seen, topic, bounds),
            groups=[group for name, group in seen.behind if name == topic],
            records=found,
            command=f"tuiding topics peek {topic}",
        )

    @doors.get("/topics/{topic}/tail")
    async def tail(request: Request, topic: str) -> Response:
        wish = _known(topic, request)
        return Stream(tails.lines(request, topic, wish["contains"]), {"cache-control": "no-store"})

    return doors


def _known(topic: str, request: Request) -> dict[str, str]:
    if topic not in NAMES:
        raise Problem("unknown-page")
    return {name: request.query_params.get(name, "") for name in ("partition", "offset", "since", "contains")}


def _readers(seen: Seen, topic: str) -> list[Json]:
    return [
        {
            "group": each.group,
            "verdict": each.verdict,
            "started": each.started,
            "records": each.records,
            "seconds": each.seconds,
            "clears_in": each.clears_in,
            "spark": sparkline(each.history, REMEMBERED_SECONDS),
        }
        for (name, _), each in seen.behind.items()
        if name == topic
    ]


def parted(readers: list[Json]) -> Json:
    """A line each for those with something to see, at least for the one furthest behind; the others are only named."""
    by_age = ranked.readers(readers)
    first = [each for number, each in enumerate(by_age) if not number or each["verdict"] != "ok"]
    return {"first": first, "fine": by_age[len(first) :]}


def _partitions(seen: Seen, topic: str, bounds: dict[Place, tuple[int, int]]) -> list[Json]:
    readers = {group: each for (name, group), each in seen.behind.items() if name == topic}
    owners = {
        (each.service, number): each.worker for each in workers(seen) for number in each.partitions.get(topic, ())
    }
    held = {each.partition: each for each in seen.open if each.topic == topic}
    found = [
        {
            "partition": number,
            "first": first,
            "next": following,
            "held": held.get(number),
            "groups": {group: _of(each, number, owners) for group, each in readers.items()},
        }
        for (_, number), (first, following) in sorted(bounds.items())
    ]
    return ranked.partitions(found, {group: each.verdict for group, each in readers.items()})


def _of(behind: Behind, number: int, owners: dict[tuple[str, int], str]) -> Json | None:
    mine = next((each for each in behind.partitions if each.partition == number), None)
    if mine is None:
        return None
    return {"behind": mine.behind, "oldest": mine.oldest, "worker": owners.get((behind.group, number), "")}


def _look(view: View, topic: str, wish: dict[str, str]) -> tuple[dict[Place, tuple[int, int]], list[Json]]:
    """From an offset, from a time on, or the latest of every partition."""
    broker = view.watch.broker
    bounds = broker.bounds(topic)
    places = {place: bound for place, bound in bounds.items() if wish["partition"] in ("", str(place[1]))}
    since = _time(wish["since"], view)
    if (offset := whole_number(wish["offset"], most_digits=18)) is not None:
        wanted = dict.fromkeys(places, offset)
    elif since is not None:
        wanted = {place: offset for place, offset in broker.at_time(topic, since).items() if place in places}
    else:
        wanted = {place: max(first, end - LOOKED_THROUGH) for place, (first, end) in places.items() if end > first}
    inside = {place: offset for place, offset in wanted.items() if offset < bounds[place][1]}
    return bounds, latest(broker.records(inside, LOOKED_THROUGH) if inside else [], wish["contains"])


def latest(records: Sequence[Consumed], contains: str) -> list[Json]:
    """The newest first, and no more of them made ready than are shown: each is masked, which takes a while."""
    fitting = (each for each in reversed(records) if not contains or contains in readable(each.record.value or b""))
    return [shown(each) for each in islice(fitting, SHOWN)]


def _time(text: str, view: View) -> int | None:
    try:
        return asked_from(datetime.fromisoformat(text).replace(tzinfo=view.host.pack.zone)) if text else None
    except ValueError:
        return None
