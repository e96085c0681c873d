"""What was asked of the public API for a customer and what it answered: the page's «what just happened»."""

from collections import OrderedDict, deque
from datetime import UTC, datetime
from typing import Any, NamedTuple

Json = dict[str, Any]
MOST_CUSTOMERS, MOST_LINES = 1_000, 60


class Call(NamedTuple):
    """One press of a button, as the channel's backend told it to intake."""

    at: datetime
    path: str
    key: str
    body: Json
    status: int
    answer: Json


class Reached(NamedTuple):
    """Where a request was seen to be."""

    at: datetime
    request_id: str
    stage: str
    where: Json


class Page:
    """One customer's; the newest last."""

    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=MOST_LINES)
        self.reached: deque[Reached] = deque(maxlen=MOST_LINES)


class Notebook:
    """In memory: it is a toy's, and what counts is in the topics."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, Page] = OrderedDict()

    def of(self, subscription: str) -> Page:
        page = self._pages.setdefault(subscription, Page())
        self._pages.move_to_end(subscription)
        while len(self._pages) > MOST_CUSTOMERS:
            self._pages.popitem(last=False)
        return page

    def called(self, subscription: str, call: Call) -> None:
        self.of(subscription).calls.append(call)

    def saw(self, subscription: str, status: Json) -> None:
        """A stage is noted when it is first seen after another one; what had ended before anybody looked is no news."""
        page, request_id = self.of(subscription), status["request_id"]
        last = next((each for each in reversed(page.reached) if each.request_id == request_id), None)
        if last is None and status["ended"]:
            return
        if last is None or (last.stage, last.where) != (status["stage"], status["where"]):
            page.reached.append(Reached(datetime.now(UTC), request_id, status["stage"], status["where"]))
