"""Topics: how far everybody has read, what lies at a place or a time, and the records as they come."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from kafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import TOPICS
from contracts.words import whole_number
from runtime.exits import cut, one_line
from runtime.http.pages import language_of
from runtime.http.problems import Problem, no_zero_byte
from runtime.http.server import is_ending
from runtime.http.streams import Stream
from runtime.kafka.connect import BrokerTrouble
from runtime.kafka.peeking import fresh
from runtime.kafka.record_times import Place, broker_time
from runtime.kernel.arrivals import Consumed
from services.console.kept.queries import Json
from services.console.kept.rows import ID_OF_A_REQUEST, readable
from services.console.rendering import Page
from services.console.showing import ranked
from services.console.showing.shared_view import View, workers
from services.console.signing_in.gate import still_in
from services.console.watched.behind import Behind, sparkline
from services.console.watched.watch import REMEMBERED_SECONDS, Seen
from services.console.wording import saying

SHOWN, LOOKED_THROUGH = 25, 200  # records of each partition
PREVIEW, LONGEST_VALUE = 120, 4_000
TAIL_SECONDS, MOST_TAILS, MOST_A_LOOK = 1.0, 20, 40
NAMES = {topic.name for topic in TOPICS}
T = TypeVar("T")


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
        return (
            int(datetime.fromisoformat(text).replace(tzinfo=view.host.pack.zone).timestamp() * 1000) if text else None
        )
    except (ValueError, OverflowError):
        return None


def shown(each: Consumed) -> Json:
    """Masked; whatever the bytes are, it is text."""
    key = cut(readable(each.record.key or b""), LONGEST_VALUE)
    value = cut(readable(each.record.value or b""), LONGEST_VALUE)
    headers = {name: cut(readable(value or b""), LONGEST_VALUE) for name, value in each.record.headers}
    return {
        "partition": each.partition,
        "offset": each.offset,
        "at": broker_time(each.timestamp_ms).isoformat(),
        "key": key,
        "request": bool(ID_OF_A_REQUEST.fullmatch(key)),
        "type": headers.get("ce_type", ""),
        "preview": " ".join(value.split())[:PREVIEW],
        "value": value,
        "headers": "\n".join(f"{name}: {text}" for name, text in headers.items()),
    }


class Tails:
    """One look at a time, or a broker that is away would keep every thread of the console waiting for it."""

    def __init__(self, view: View) -> None:
        self.view, self.open, self.turn = view, 0, asyncio.Semaphore()

    async def lines(self, request: Request, topic: str, contains: str) -> AsyncGenerator[bytes, None]:
        if self.open >= MOST_TAILS:
            yield _said(_in(request, "已有太多人在看：请先关掉一个", "too many follow already: close another one"))
            return
        self.open += 1
        try:
            async with aclosing(self._lines(request, topic, contains)) as lines:
                async for line in lines:
                    yield line
        finally:
            self.open -= 1

    async def _lines(self, request: Request, topic: str, contains: str) -> AsyncGenerator[bytes, None]:
        broker, positions = self.view.watch.broker, dict[Place, int]()
        yield b": open\n\n"
        while not is_ending(request) and await still_in(request) and not await request.is_disconnected():
            try:
                bounds = await self._look(broker.bounds, topic)
                wanted = fresh(positions, bounds)
                records = await self._look(broker.records, wanted, MOST_A_LOOK) if wanted else []
                for place, (_, end) in bounds.items():
                    positions[place] = end
                for line in await asyncio.to_thread(list, _told(records, contains, self.view.host.pack.zone)):
                    yield line
            except (BrokerTrouble, KafkaError, OSError):
                yield _said(
                    _in(request, "消息系统没有响应，恢复后自动继续", "the broker does not answer; it goes on by itself")
                )
            await asyncio.sleep(TAIL_SECONDS)

    async def _look(self, function: Callable[..., T], *given: Any) -> T:
        """Whoever asked may go; the turn lasts as long as its thread."""
        await self.turn.acquire()
        look = asyncio.ensure_future(asyncio.to_thread(function, *given))
        look.add_done_callback(self._looked)
        return await asyncio.shield(look)

    def _looked(self, look: "asyncio.Future[Any]") -> None:
        look.exception()  # nobody may be there any more to hear of it
        self.turn.release()


def _in(request: Request, zh: str, en: str) -> str:
    return zh if language_of(request) == "zh" else en


def _told(records: Iterable[Consumed], contains: str, zone: ZoneInfo) -> Iterable[bytes]:
    for each in records:
        line = shown(each)
        place = f"{saying.at(line['at'], zone)} {line['partition']}@{line['offset']}"
        text = f"{place} {line['type']} {line['key'][:8]} {line['preview']}"
        if contains in line["value"]:
            yield _said(text)


def _said(text: str) -> bytes:
    return b"data: " + one_line(" ".join(text.split())).encode() + b"\n\n"
