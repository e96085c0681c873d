"""Records of a topic as they come, for whoever looks at a page; and one record as it is shown."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Request
from kafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

from runtime.exits import cut, one_line
from runtime.http.callers.buckets import Shares
from runtime.http.pages import language_of
from runtime.http.server import is_ending
from runtime.kafka.connect import BrokerTrouble
from runtime.kafka.peeking import fresh
from runtime.kafka.record_times import Place, broker_time
from runtime.kernel.arrivals import Consumed
from services.console.kept.queries import Json
from services.console.kept.rows import ID_OF_A_REQUEST, readable
from services.console.showing.shared_view import View
from services.console.signing_in.gate import still_in
from services.console.signing_in.sessions import Operator, Way
from services.console.wording import saying

PREVIEW, LONGEST_VALUE = 120, 4_000
TAIL_SECONDS, MOST_TAILS, MOST_A_LOOK = 1.0, 20, 40
T = TypeVar("T")


class Tails:
    """One look at a time, or a broker that is away would keep every thread of the console waiting for it."""

    def __init__(self, view: View) -> None:
        self.view, self.open, self.turn = view, 0, asyncio.Semaphore()
        self.shares = Shares(MOST_TAILS)  # half of them for one operator, however many pages are left open

    async def lines(self, request: Request, topic: str, contains: str) -> AsyncGenerator[bytes, None]:
        operator: Operator = request.state.operator
        who = "" if operator.way is Way.NOBODY else operator.name
        if self.open >= MOST_TAILS or (who and not self.shares.enter(who)):
            yield _said(_in(request, "已有太多人在看：请先关掉一个", "too many follow already: close another one"))
            return
        self.open += 1
        try:
            async with aclosing(self._lines(request, topic, contains)) as lines:
                async for line in lines:
                    yield line
        finally:
            self.open -= 1
            if who:
                self.shares.leave(who)

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
