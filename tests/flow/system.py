"""All services and the carrier in one process: an in-memory log, a virtual clock, the production kernel."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx
import sqlalchemy as sa

from contracts.flow import CHANNEL_OF, COMMAND_TOPICS, SERVICES, group_id, topic_name
from contracts.messages import Command, Message
from contracts.rights import SPEAKERS
from demo.carrier.app import carrier_app
from demo.carrier.books import Books
from policies.files.folders import FOLDER, Folders
from policies.pack import Pack, editions
from runtime.envelope import NAMESPACE, Envelope, Record, decode, encode, traceparent
from runtime.kernel import due
from runtime.kernel.arrivals import Arrival, CallDone, Consumed, PendingCall
from runtime.kernel.store import Store, moment
from runtime.kernel.tables import CALLS, CASES
from runtime.worker.carrier import Carrier, Outage, Refusal
from runtime.worker.consuming import read_topics
from runtime.worker.service_host import stepper

START = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
BASE_URL = "http://carrier"


class System:
    """`say` something as a channel or an operator, `advance` the clock, and look at what was said and done."""

    def __init__(
        self, pack: str = "cn-carrier", database: str = "memory:", start: datetime = START, where: Folders = FOLDER
    ) -> None:
        self.now = start
        self.editions = editions(pack, where)
        self.books = Books(":memory:", clock=lambda: self.now, currency=self.pack.currency)
        self.loop = asyncio.new_event_loop()
        self.web = httpx.AsyncClient(transport=httpx.ASGITransport(carrier_app(self.books)), base_url=BASE_URL)
        self.carrier = Carrier(self.web, outages_in_a_row=10**6)
        names = [service.name for service in SERVICES if service.name != "console"]
        self.steppers = {name: stepper(name, Store(database, name), self.editions, "1") for name in names}
        self.log: dict[str, list[Record]] = defaultdict(list)
        self.read: dict[tuple[str, str], int] = defaultdict(int)
        self.said = 0

    @property
    def pack(self) -> Pack:
        """The edition in force."""
        return self.editions.on(self.now)

    def restart(self, pack: str, where: Folders = FOLDER) -> None:
        """Every service ends and starts again on its store, with what lies in the folders now."""
        self.editions = editions(pack, where)
        self.steppers = {name: stepper(name, old.store, self.editions, "1") for name, old in self.steppers.items()}

    def close(self) -> None:
        self.loop.run_until_complete(self.web.aclose())
        self.loop.close()
        self.books.close()
        for each in self.steppers.values():
            each.store.close()

    # ---- acting ----------------------------------------------------------------------------------------------------

    def say(self, message: Message, topic: str = "") -> str:
        """Publishes as a channel would (or as the console, for an operator's word) and lets everything settle."""
        self.said += 1
        own = str(uuid5(NAMESPACE, f"test/{self.said}"))
        short = topic or ("commands" if isinstance(message, Command) else "ops")
        source = SPEAKERS.get(topic_name(short)) or f"/channels/{CHANNEL_OF.get(topic_name(short), 'test')}"
        envelope = Envelope(own, source, message, own, "", traceparent(own, own))
        self.log[topic_name(short)].append(encode(topic_name(short), envelope, self.now, {}))
        self.settle()
        return message.request_id

    def carrier_acts(self, path: str, method: str = "POST", **body: Any) -> Any:
        response = self.loop.run_until_complete(self.web.request(method, path, json=body))
        response.raise_for_status()
        return response.json() if response.content else None

    def settle(self) -> None:
        """Until nothing moves any more at this moment."""
        moved = True
        while moved:
            moved = sum(self._turn(name) for name in self.steppers) > 0

    def advance(self, span: timedelta) -> None:
        """Time passes, stopping at everything that is due on the way."""
        until = self.now + span
        while True:
            following = [at for name in self.steppers if (at := self._next_due(name)) and at <= until]
            self.now = max(self.now, min(following)) if following else until
            self.settle()
            if not following:
                return

    def _next_due(self, name: str) -> datetime | None:
        store = self.steppers[name].store
        call = store.read(sa.select(sa.func.min(CALLS.c.due)))[0][0]
        moments = [due.next_alarm(store), None if call is None else moment(call)]
        return min((each for each in moments if each is not None), default=None)

    def _turn(self, name: str) -> bool:
        each = self.steppers[name]
        arrivals: list[Arrival] = list(self._poll(name))
        arrivals += due.due_alarms(each.store, self.now, 100)
        for call in due.take_calls(each.store, "1", self.now, 100):
            arrivals += self._ask(name, call)
        if not arrivals:
            return False
        outcome = each.step(arrivals, (), self.now)
        for outgoing in outcome.publish:
            self.log[outgoing.record.topic].append(outgoing.record)
        each.step((), [outgoing.position for outgoing in outcome.publish], self.now)
        answers = [answer for call in outcome.calls for answer in self._ask(name, call)]
        if answers:
            self._again(name, answers)
        return True

    def _again(self, name: str, answers: list[Arrival]) -> None:
        outcome = self.steppers[name].step(answers, (), self.now)
        for outgoing in outcome.publish:
            self.log[outgoing.record.topic].append(outgoing.record)
        self.steppers[name].step((), [outgoing.position for outgoing in outcome.publish], self.now)
        following = [answer for call in outcome.calls for answer in self._ask(name, call)]
        if following:
            self._again(name, following)

    def _poll(self, name: str) -> list[Consumed]:
        polled = []
        for topic in read_topics(name):
            records = self.log[topic]
            fresh = range(self.read[name, topic], len(records))
            wanted = [offset for offset in fresh if self.steppers[name].wants(records[offset])]
            polled += [Consumed(records[offset], 0, offset, 0, group_id(name)) for offset in wanted]
            self.read[name, topic] = len(records)
        return polled

    def _ask(self, name: str, pending: PendingCall) -> list[Arrival]:
        call = pending.call
        try:
            answer = self.loop.run_until_complete(self.carrier.ask(call.operation, call.ask, pending.key))
            return [CallDone(pending, pending.answered(answer))]
        except Refusal as no:
            return [CallDone(pending, pending.refused(no.code, no.detail))]
        except Outage as outage:
            wait = timedelta(seconds=min(3600, 2 ** (1 + pending.attempt)))  # days pass here: no knocking each second
            due.postpone(self.steppers[name].store, pending, self.now + wait, str(outage))
            return []

    # ---- looking ---------------------------------------------------------------------------------------------------

    def events(self, request_id: str = "") -> list[Message]:
        """Everything said on the services' topics about one request, in the order of each topic."""
        found = []
        for topic, records in self.log.items():
            if topic not in COMMAND_TOPICS and not topic.endswith(("dead-letter", "journal")):
                found += [decode(record).message for record in records]
        return [event for event in found if request_id in ("", event.request_id)]

    def types(self, request_id: str) -> list[str]:
        return [event.type for event in self.events(request_id)]

    def the(self, model: type[Any], request_id: str) -> Any:
        """The one event of this kind; fails if there is none or more than one."""
        found = [event for event in self.events(request_id) if isinstance(event, model) and type(event) is model]
        assert len(found) == 1, f"{model.__name__}: {len(found)} of them; said: {self.types(request_id)}"
        return found[0]

    def case(self, service: str, request_id: str) -> Any:
        each: Any = self.steppers[service]
        rows = each.store.read(sa.select(CASES.c.body).where(CASES.c.request_id == request_id))
        return each.wiring.case.model_validate_json(rows[0].body) if rows else None

    def stage(self, request_id: str) -> str:
        return str(self.case("intake", request_id).stage)

    def ledger(self, request_id: str) -> list[dict[str, Any]]:
        rows = self.carrier_acts(f"/ledger?request_id={request_id}", "GET")
        return rows if isinstance(rows, list) else rows["rows"]

    def dead_letters(self) -> list[Record]:
        return [record for topic, records in self.log.items() if topic.endswith("dead-letter") for record in records]


def new_id(name: str) -> str:
    return str(UUID(str(uuid5(NAMESPACE, name))))
