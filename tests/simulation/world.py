"""One run: all services twice, the carrier, the people, the weather; everything that a seed decides."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.flow import SERVICES, command_topic, topic_name
from contracts.messages import Message
from contracts.messages.base import Command
from contracts.messages.commands import EscalateComplaint, SubmitCancellation
from demo.carrier.books import Books
from runtime.envelope import Envelope, Record, derived_id, encode, traceparent
from runtime.kernel.dead_letters import LETTER_ID
from runtime.kernel.journal import ID as JOURNAL_ID
from runtime.kernel.store import Store
from runtime.worker.service_host import stepper
from tests.proof.history import AlarmFact
from tests.simulation.building import Build
from tests.simulation.calendar_days import special
from tests.simulation.carrier import SimulatedCarrier
from tests.simulation.chaos import CALM, Rates, Seen, drawn
from tests.simulation.engine import settings_of
from tests.simulation.log import Group, Heard, Log
from tests.simulation.loop import VirtualLoop
from tests.simulation.process import Process
from tests.simulation.seams import Line, Plan, Seams
from tests.simulation.stage import crowd_of, emptied, pack, read_topics
from tests.simulation.telling import told
from tests.simulation.worker import Worker

FIRST_DAYS = (datetime(2026, 1, 25, tzinfo=UTC), datetime(2028, 2, 20, tzinfo=UTC), datetime(2026, 10, 18, tzinfo=UTC))
MOST_TURNS = 12_000
IDS = ("ce_id", LETTER_ID, JOURNAL_ID)
RUSHES = (20.0, 20.0, 0.0001)  # days within which everybody comes; now and then all at once
ZONES = ("Asia/Shanghai", "Asia/Shanghai", "Europe/London", "America/New_York")  # half of them change their clocks
SLACK_DAYS = 2  # topics forget by the segment, always before the inbox does, which counts by the day
TWINS = ("1", "2")


class World:
    def __init__(self, plan: Plan, seams: Seams, loop: VirtualLoop) -> None:
        self.plan, self.seed, self.seams, self.loop = plan, plan.seed, seams, loop
        self.dice, self.ids = random.Random(f"{self.seed}/world"), random.Random(f"{self.seed}/ids")
        self.start = self.dice.choice(FIRST_DAYS) + timedelta(seconds=self.dice.randrange(10 * 86400))
        self.rates = self._rates()
        self.settings = settings_of(self.seed, self.rates.favourite)
        self.glances = self.seed % 8 != 7
        crowded = "_slots" in self.rates.favourite  # which are full only when several requests ask at once
        self.rush_days = min(RUSHES) if crowded else self.dice.choice(RUSHES)
        self.seen, self.broken, self.story = Seen(), list[str](), list[Line]()
        self.forgotten = set[str]()  # requests of which a service pruned its closed case
        self.erased = dict[str, str]()  # request id -> the subscription it was about
        self.older = set[str]()  # services whose database is one from before
        self.decided, self.alarm_facts = list[tuple[str, str]](), list[AlarmFact]()
        self.pack = pack(self.dice.choice(ZONES))
        self.books = Books(":memory:", clock=self.now)
        self.books.enrol(crowd_of(self.start.date()))
        self.log = Log(lambda: int(self.now().timestamp() * 1000), self.settings.keep_days - SLACK_DAYS)
        self.carrier = SimulatedCarrier(self)
        self.broker_away, self._back, self._said = False, asyncio.Event(), asyncio.Event()
        self.turns, self.stuck = 0, asyncio.Event()
        loop.patience.tired = lambda: loop.call_soon(self.stuck.set)  # type: ignore[assignment]
        self.groups: list[Group] = []
        self.workers: dict[str, list[Worker]] = {}
        self.builds: dict[str, Build] = {}
        self._unwanted: dict[str, float] = {}  # until when the broker will not take a record
        self._waiting: dict[str, asyncio.Event] = {}
        self._told: set[str] = set()
        self.known = {row["subscription"] for row in self.books.audit._rows("select subscription from lines")}
        self.log.listeners.append(self._heard)

    def _rates(self) -> Rates:
        rates = drawn(random.Random(f"{self.seed}/rates"), self.seed)
        for name in self.plan.without:
            setattr(rates, name, "" if name == "favourite" else 0.0)
        return rates

    def open(self) -> None:
        for service in SERVICES:
            store = emptied(service.name)
            group = Group(f"tuiding-{service.name}", read_topics(service), self.log, self.dice)
            self.groups.append(group)
            made = [self._worker(service.name, name, store, group) for name in TWINS]
            self.workers[service.name] = made
            for worker in made:
                worker.start()

    def _worker(self, service: str, name: str, store: Store, group: Group) -> Worker:
        usual: Any = stepper(service, store, self.pack, name)
        if hasattr(usual, "wiring"):
            build = self.builds[f"{service}-{name}"] = Build(lambda: self.happened("bad build"))
            kernel = self.seams.kernel(build.wired(self.seams.wiring(usual.wiring)), store, self.pack, name)
            kernel.decided, kernel.alarm_facts, kernel.clock = self.decided, self.alarm_facts, self.now
            return Worker(self, service, name, kernel, group)
        return Worker(self, service, name, usual, group)

    # ---- time and chance -------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.loop.time())

    def calm(self) -> None:
        """No more faults: everybody is back and nothing fails any longer."""
        self.rates = CALM
        self.carrier.away.clear()
        self._unwanted = dict.fromkeys(self._unwanted, 0.0)
        for build in self.builds.values():
            build.fails_on = ""
        self.broker_back()
        for workers in self.workers.values():
            for worker in workers:
                worker.clock_back *= 0
                worker.go_on()

    def happened(self, fault: str) -> None:
        self.seen.faults[fault] += 1
        self.tell("", f"!! {fault}")

    def died(self, worker: Process, *points: str) -> None:
        self.seen.faults["killed"] += 1
        self.seen.crashes.update(points)
        self.tell("", f"!! {worker.name} is killed {points[-1]}")

    def worked(self) -> None:
        """A run that turns round and round in one place would never end."""
        self.turns += 1
        if self.turns == MOST_TURNS:
            self.loop.call_soon(self.stuck.set)

    def tell(self, request_id: str, text: str) -> None:
        self.story.append(Line(self.now(), request_id, text))

    def haste(self, service: str) -> float:
        """How often a worker decides before it has fetched all that is there."""
        return 0.0 if service == "console" else 0.5

    def leisure(self, service: str) -> float:
        """The console may show things a little later: fewer, larger batches."""
        return 3600.0 if service == "console" else 0.0

    def nudge(self, service: str) -> None:
        """A twin that slept soundly must look around when the other one is gone."""
        for worker in self.workers.get(service, ()):
            if worker.alive:
                worker.engine._wake.set()

    # ---- people ----------------------------------------------------------------------------------------------------

    def command(self, command: Command, name: str, dice: random.Random) -> None:
        """On its channel's own topic or the shared one; now and then twice, because a channel could not be sure."""
        self.tell(command.request_id, f"the customer says {told(command)}")
        topic = command_topic(command.channel, shared=dice.random() < 0.5)
        record = self._first_word(command, topic, f"/channels/{command.channel}", name)
        self.publish(record, dice)
        if self.ids.random() < self.rates.reused:
            self.happened("id used again")
            self.log.append(self._another_under_the_id_of(record, command))

    def _another_under_the_id_of(self, record: Record, command: Command) -> Record:
        about = {"request_id": command.request_id, "channel": command.channel}
        other = EscalateComplaint(**about, level="operator", ground=f"word-{self.ids.randrange(3)}")
        headers = [(name, other.type.encode() if name == "ce_type" else value) for name, value in record.headers]
        return record._replace(headers=headers, value=other.model_dump_json().encode())

    def order(self, decision: Message, name: str) -> None:
        self.tell(decision.request_id, f"an operator says {told(decision)}")
        self.publish(self._first_word(decision, topic_name("ops"), "/tuiding/console", name), self.dice)

    def _first_word(self, message: Message, topic: str, source: str, name: str) -> Record:
        own = derived_id("simulation", f"{self.seed}/{name}")
        envelope = Envelope(own, source, message, own, "", traceparent(own, own))
        return encode(topic, envelope, self.now(), {})

    def subscriptions(self) -> list[str]:
        accepted = (said for about in self.log.about.values() for said in about)
        return sorted({said.subscription for said in accepted if isinstance(said, SubmitCancellation)} & self.known)

    async def news(self, request_id: str, until: float) -> bool:
        """True when something was said about this request before `until` (loop time)."""
        waiting = self._waiting.setdefault(request_id, asyncio.Event())
        waiting.clear()
        timer = self.loop.call_at(until, waiting.set)
        await waiting.wait()
        timer.cancel()
        return self.loop.time() < until

    # ---- the broker ------------------------------------------------------------------------------------------------

    def publish(self, record: Record, dice: random.Random) -> None:
        times = dice.randint(2, 4) if dice.random() < self.rates.twice else 1
        self.seen.faults["record twice"] += times > 1
        for _ in range(times):
            self.log.append(record)

    def unwanted(self, record: Record, dice: random.Random) -> bool:
        """Decided when it is first sent; its copies fare alike."""
        own = f"{record.topic} {sorted(value or b'' for name, value in record.headers if name in IDS)}"
        if own not in self._unwanted:
            chosen = dice.random() < self.rates.unwanted
            self._unwanted[own] = self.loop.time() + dice.choice((30.0, 300.0, 3600.0)) if chosen else 0.0
            self.seen.faults["unwanted record"] += chosen
        return self.loop.time() < self._unwanted[own]

    async def broker(self, worker: Worker) -> None:
        if self.broker_away:
            await self._back.wait()

    def broker_back(self) -> None:
        self.broker_away = False
        self._back.set()
        self._back = asyncio.Event()
        self._wake_readers()

    def _heard(self, heard: Heard) -> None:
        self._said.set()
        self.seen.faults.update(special(self.now(), self.pack.zone))
        if heard.envelope is not None:
            self._tell_of(heard)
        part = (heard.record.topic, heard.partition)
        for group in self.groups:
            if (member := group.owner.get(part)) is not None:
                member.news.set()  # type: ignore[attr-defined]

    def _tell_of(self, heard: Heard) -> None:
        assert heard.envelope is not None
        message, source = heard.envelope.message, heard.envelope.source
        if message.request_id in self._waiting:
            self._waiting[message.request_id].set()
        if source.startswith("/tuiding/") and source != "/tuiding/console":
            again = " (again)" if heard.envelope.id in self._told else ""
            self._told.add(heard.envelope.id)
            self.tell(message.request_id, f"{source[9:]} says {told(message)}{again}")

    def _wake_readers(self) -> None:
        for workers in self.workers.values():
            for worker in workers:
                worker.news.set()

    async def something_said(self) -> None:
        self._said.clear()
        await self._said.wait()
