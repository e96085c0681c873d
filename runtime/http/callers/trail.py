"""The record of who asked what, allowed or denied: on its way to its topic, one each, and bounded when flooded."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog

from contracts.audit import Audited
from contracts.flow import AUDIT_TOPIC
from runtime.envelope import Record

EACH_A_SECOND = 50  # of one kind; more of it is one record that says how many
MOST_WAITING = 5_000
MOST_KINDS = 500
FLUSH_SECONDS = 0.5
AT_ONCE = 200
OTHERS = "others"
log = structlog.get_logger()


class Kind(NamedTuple):
    """What can be counted together: the same principal, doing the same, with the same outcome."""

    principal: str
    what: str
    code: str


class Trail:
    def __init__(self, publish: Callable[[Record], Awaitable[None]]) -> None:
        self.publish = publish
        self.waiting: deque[Audited] = deque()
        self.second, self.seen = 0, Counter[Kind]()
        self.more: dict[Kind, Audited] = {}  # beyond what is told one by one

    def note(self, audited: Audited) -> None:
        kind = Kind(audited.principal, audited.what, audited.code)
        if int(audited.at.timestamp()) != self.second:
            self.second, self.seen = int(audited.at.timestamp()), Counter()
        self.seen[kind] += 1
        if self.seen[kind] <= EACH_A_SECOND and len(self.waiting) < MOST_WAITING:
            self.waiting.append(audited)
            return
        if kind not in self.more and len(self.more) >= MOST_KINDS:
            kind = Kind("", OTHERS, "")
            audited = audited.model_copy(
                update={"principal": "", "channel": "", "agent": "", "what": OTHERS, "code": ""}
            )
        before = self.more.get(kind, audited.model_copy(update={"times": 0, "about": ""}))
        self.more[kind] = before.model_copy(update={"times": before.times + 1})

    async def flush(self) -> None:
        """What the broker does not take now stays, as much as there is room for."""
        while self.waiting or self.more:
            if len(self.waiting) < MOST_WAITING:
                self.waiting.extend(self.more.values())
                self.more = {}
            some = [self.waiting.popleft() for _ in range(min(AT_ONCE, len(self.waiting)))]
            done = await asyncio.gather(*(self.publish(_record(each)) for each in some), return_exceptions=True)
            left = [each for each, error in zip(some, done, strict=True) if error is not None]
            if left:
                self.waiting.extendleft(reversed(left))
                log.warning("audit_not_written", waiting=len(self.waiting), why=type(done[0]).__name__)
                return

    async def run(self) -> None:
        """Until it is cancelled; then once more, so that nothing is forgotten."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                await self.flush()
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                await self.flush()
            raise


def _record(audited: Audited) -> Record:
    return Record(AUDIT_TOPIC, audited.key.encode(), audited.model_dump_json().encode(), [])
