"""Erasing a subscription: what it takes, why it may not be yet, and the acts that say it; two people order it.

The acts go out for every request under ids that derive from the proposal, so whatever dies on the way, saying all of
it again says nothing new.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from contracts.meaning import Stage
from contracts.messages.intake import SubmissionJoined
from contracts.messages.ops import ErasureGround, SubscriptionErased, Why
from contracts.words import SubscriptionRef, Value
from policies.pack import Pack
from runtime.envelope import Record, derived_id
from runtime.http.problems import Fault, Problem
from runtime.kernel.store import Store, moment
from services.console.cures.erasable import InTheWay, Known, in_the_way
from services.console.kept import queries
from services.console.kept.deadlines import Deadlines, last_due
from services.console.kept.forgetting import ERASED
from services.console.kept.mentions import letters_naming
from services.console.kept.queries import Json
from services.console.kept.tables import DEADLINES, EVENTS, REQUESTS
from services.console.kept.tally import read
from services.console.own_events import SOURCE, own_event

ORDER, PERSON = "erasures", "person"
AT_ONCE = 200  # asked of the database together


class Erasure(Value):
    """`dry_run`: say what would be erased, what stays and what is in the way; change nothing."""

    subscription: SubscriptionRef
    ground: ErasureGround
    reason: Why
    dry_run: bool = False


class Found(NamedTuple):
    requests: tuple[str, ...]
    events: int
    letters: tuple[str, ...]
    refused: tuple[InTheWay, ...]

    def told(self) -> Json:
        ways = [
            {"request_id": each.request_id, "because": each.because, "why": each.told.model_dump()}
            for each in self.refused
        ]
        return {"requests": self.requests, "events": self.events, "letters": self.letters, "in_the_way": ways}


class Erasures:
    def __init__(self, store: Store, pack_of: Callable[[str], Pack]) -> None:
        self.store, self.pack_of = store, pack_of

    def find(self, subscription: str, now: datetime) -> Found:
        mine = sa.select(REQUESTS).where(REQUESTS.c.subscription == subscription).order_by(REQUESTS.c.first_at)
        rows = [*self.store.read(mine)]
        rows += self._joined([row.request_id for row in rows])
        ids = tuple(dict.fromkeys(row.request_id for row in rows))
        events = sum(self._events(some) for some in batched(ids))
        refused = tuple(each for row in rows if (each := self._in_the_way(row, now)))
        return Found(ids, events, letters_naming(self.store, subscription, ids), refused)

    def subscription_of(self, request_id: str) -> str:
        known = queries.request(self.store, request_id)
        if known is None:
            raise Problem("unknown-request")
        if known["subscription"] in ("", ERASED):
            raise Problem("nothing-to-erase")
        return str(known["subscription"])

    def check(self, found: Found) -> None:
        """Raises `Problem` where there is nothing to erase, or something that may not be yet."""
        if not found.requests:
            raise Problem("nothing-to-erase")
        if found.refused:
            faults = [Fault(f"/{each.request_id}", each.told) for each in found.refused]
            raise Problem("not-to-be-erased-yet", faults=faults)

    def check_again(self, proposed: Json, now: datetime) -> None:
        """When the second confirms: of the same subscription there may be a new request by now."""
        for subscription in sorted(self._whose(proposed["requests"])):
            found = self.find(subscription, now)
            self.check(found)
            if set(found.requests) - set(proposed["requests"]) or set(found.letters) - set(proposed["places"]):
                raise Problem("more-to-erase")

    def acts(self, settled: Json, policy: str) -> Iterator[Record]:
        """One for each request; `settled` is the proposal that two have confirmed."""
        body = settled["body"]
        for request_id in body["requests"]:
            act = SubscriptionErased(
                request_id=request_id,
                operator=settled["operator"],
                second=settled["second"],
                reason=settled["reason"],
                erasure=derived_id(SOURCE, f"erasure/{settled['id']}"),
                ground=body["ground"],
                requests=len(body["requests"]),
                events=body["events"],
                letters=len(body["places"]),
            )
            known = queries.request(self.store, request_id)
            own = derived_id(SOURCE, f"{request_id}/erasure/{settled['id']}")
            yield own_event(own, act, str(known["root"]) if known else own, policy)

    def _whose(self, request_ids: Sequence[str]) -> set[str]:
        whose = sa.select(REQUESTS.c.subscription)
        found = (self.store.read(whose.where(REQUESTS.c.request_id.in_(some))) for some in batched(request_ids))
        return {row.subscription for rows in found for row in rows} - {"", ERASED}

    def _events(self, request_ids: Sequence[str]) -> int:
        count = sa.select(sa.func.count()).select_from(EVENTS).where(EVENTS.c.request_id.in_(request_ids))
        return int(self.store.read(count)[0][0])

    def _joined(self, request_ids: Sequence[str]) -> list[sa.Row[Any]]:
        """Submissions that were the same wish once more: they name the request they joined, and nobody's line."""
        joined = sa.and_(EVENTS.c.request_id == REQUESTS.c.request_id, EVENTS.c.type == SubmissionJoined.type)
        nobodys = (REQUESTS.c.stage == str(Stage.JOINED), REQUESTS.c.subscription == "")
        told = self.store.read(sa.select(REQUESTS, EVENTS.c.body).join(EVENTS, joined).where(*nobodys))
        own = set(request_ids)
        found = {row.request_id: row for row in told if read(row.body).get("joined") in own}
        return list(found.values())

    def _in_the_way(self, row: sa.Row[Any], now: datetime) -> InTheWay | None:
        clocks = self.store.read(sa.select(DEADLINES).where(DEADLINES.c.request_id == row.request_id))
        last = max((due for each in clocks if (due := last_due(Deadlines._make(each)))), default=None)
        running = None if last is None else moment(last)
        answered = row.stage if row.stage == Stage.ACCOUNT_CHECKED else ""  # who could not log in was told: that is all
        over = moment(row.ended_at or row.last_at)
        known = Known(row.request_id, row.end or answered, over, row.attention, running)
        return in_the_way(known, self.pack_of(queries.policy(queries.timeline(self.store, row.request_id))), now)


def batched(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """A database takes only so many at once."""
    return (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))
