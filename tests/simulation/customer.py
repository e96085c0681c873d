"""A customer at random: asks on some channel, reads what is said, answers, changes their mind, in time and too late."""

import asyncio
import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from contracts.messages import Message, billing, commands, intake, notify, review, shared, termination
from contracts.messages.base import Command
from contracts.words import Channel, Kind, Proof
from runtime.envelope import derived_id
from services.intake.finding import place_of
from tests.simulation.cast import Role

if TYPE_CHECKING:
    from tests.simulation.world import World

HOUR, DAY = 3600.0, 86400.0
FULL = Proof(agent="agent-7", call="call-0815", identity_document="doc-4711", signed_paper="paper-99")
MOST_WORDS = 14
GROUNDS = ("too-high", "not-disclosed", "unfair-fee")


class Customer:
    def __init__(self, world: "World", number: int, role: Role) -> None:
        self.world, self.number, self.role = world, number, role
        self.dice = random.Random(f"{world.seed}/customer/{number}")
        self.request = derived_id("simulation", f"{world.seed}/{number}")
        self.channel = self.dice.choice(list(Channel))
        self.said = self.heard = 0
        self.quote: billing.QuoteIssued | None = None
        self.end: datetime | None = None

    async def live(self) -> None:
        await asyncio.sleep(self.dice.uniform(0, 20 * DAY))
        if "lost" in self.role.habits:
            self.say(
                commands.ReportProblem(
                    **self.me(Channel.HOTLINE), problem="cannot-log-in", subscription=self.role.subscription
                )
            )
            await self.pause()
        self.submit()
        while self.said < MOST_WORDS and await self.news():
            for message in self.unheard():
                await self.react(message)

    # ---- asking ----------------------------------------------------------------------------------------------------

    def submit(self, **more: Any) -> None:
        """Sometimes badly; sometimes twice, in the app and on the web at once."""
        proof = FULL if self.likes("careful", 0.9) else Proof()
        channel = Channel.HOTLINE if "lost" in self.role.habits else self.channel
        wish = {
            "kind": self.role.kind,
            "subscription": self.role.subscription,
            "items": self.role.items,
            "proof": proof,
        }
        if self.dice.random() < 0.2:
            wish["requested_end"] = self.world.now() + timedelta(days=self.dice.uniform(-1, 60))
        self.say(commands.SubmitCancellation(**(self.me(channel) | wish | more)))
        if self.likes("twice", 0.1):
            again = commands.SubmitCancellation(**(self.me(Channel.WEB) | wish | more))
            elsewhere = derived_id(self.request, "elsewhere") if self.dice.random() < 0.5 else self.as_the_door(again)
            self.say(again.model_copy(update={"request_id": elsewhere}))

    def as_the_door(self, wish: commands.SubmitCancellation) -> str:
        return place_of(self.world.workers["intake"][0].stepper.store, wish).request_id

    def again(self) -> None:
        """Cured or not: a new request that names the first."""
        before = self.request
        self.request = derived_id(before, "again")
        self.heard = 0
        if self.world.books.look_up(self.role.subscription).arrears.minor:
            self.world.books.pay_arrears(self.role.subscription)
        self.channel = self.dice.choice((Channel.HOTLINE, Channel.COUNTER, self.channel))
        self.submit(resubmission_of=before, proof=FULL, items=() if self.role.kind != Kind.PRODUCT else self.role.items)

    # ---- answering -------------------------------------------------------------------------------------------------

    async def react(self, message: Message) -> None:
        match message:
            case intake.RequestReturned() | review.RequestRejected() | billing.SettlementAbandoned():
                if self.likes("stubborn", 0.5):
                    await self.pause()
                    self.again()
            case review.InformationRequired() if self.likes("answers", 0.7):
                await self.pause_until(message.answer_due)
                self.say(commands.SupplyInformation(**self.me(), answers={q.code: "doc-1" for q in message.questions}))
            case billing.QuoteIssued():
                self.quote = message
                await self.on_quote(message)
            case billing.SettlementFailed():
                await self.on_declined(message)
            case termination.TerminationScheduled():
                self.end = message.dates.service_end
                await self.on_scheduled(message)
            case billing.FeeSettled() if self.likes("disputes-later", 0.1):
                await self.pause()
                self.dispute()
            case termination.ItemTerminated() if self.likes("regrets-late", 0.15):
                self.withdraw()
            case termination.ServiceTerminated() | notify.RequestClosed():
                await self.on_ended()
            case termination.TerminationLate():
                self.say(commands.ReportProblem(**self.me(), problem="late"))
            case intake.ComplaintAnswered() | shared.CommandRefused() if self.likes("complains", 0.1):
                await self.pause()
                self.complain()
            case billing.QuoteExpired() if self.dice.random() < 0.3:
                self.confirm(message.quote_version)

    async def on_quote(self, message: billing.QuoteIssued) -> None:
        version = message.quote.version
        if self.likes("disputes", 0.15):
            await self.pause()
            self.dispute()
            await self.pause()
        if self.likes("silent", 0.05):
            return None
        if self.likes("regrets-early", 0.08):
            await self.pause()
            return self.withdraw()
        await self.pause_until(message.quote.valid_until)
        if self.dice.random() < 0.05:
            self.confirm(version + self.dice.choice((-1, 1, 0)) or 1, read=False)
        self.confirm(version)
        if self.likes("twice", 0.1):
            self.confirm(version)
        if self.likes("regrets", 0.1):
            await self.pause()
            self.withdraw()
        return None

    async def on_declined(self, message: billing.SettlementFailed) -> None:
        if self.likes("disputes", 0.1):
            self.dispute()
        if self.likes("gives-up", 0.25):
            return None
        await self.pause_until(message.retry_until)
        if self.dice.random() < 0.5:
            self.world.books.payment_method(self.role.subscription, works=True)
        if self.dice.random() < 0.1:
            return self.withdraw()
        self.say(commands.RetryPayment(**self.me()))
        if self.dice.random() < 0.2:
            self.say(commands.RetryPayment(**self.me()))
        return None

    async def on_scheduled(self, message: termination.TerminationScheduled) -> None:
        if self.likes("disputes-later", 0.1):
            await self.pause()
            self.dispute()
        if self.likes("regrets", 0.15):
            await self.pause_until(self.end)
            self.withdraw()

    async def on_ended(self) -> None:
        if self.likes("reports", 0.1):
            await self.pause()
            wrong = self.dice.random() < 0.6
            items = tuple(self.dice.choice((("music-pack",), ("video-pack",), ()))) if wrong else ()
            self.say(commands.ReportProblem(**self.me(), problem="wrong-item" if wrong else "half-done", items=items))
        if self.likes("disputes-later", 0.05):
            self.dispute()
        if self.likes("complains", 0.05):
            self.complain()

    # ---- words -----------------------------------------------------------------------------------------------------

    def confirm(self, version: int, read: bool = True) -> None:
        proof = FULL if self.likes("careful", 0.95) else Proof()
        self.say(commands.ConfirmQuote(**self.me(), quote_version=version, clauses_acknowledged=read, proof=proof))

    def withdraw(self) -> None:
        self.say(commands.WithdrawCancellation(**self.me()))

    def dispute(self) -> None:
        named = [line.line for line in self.quote.quote.lines] if self.quote else []
        lines = tuple(self.dice.sample(named, 1)) if named and self.dice.random() < 0.4 else ()
        self.say(commands.DisputeFee(**self.me(), lines=lines, ground=self.dice.choice(GROUNDS)))

    def complain(self) -> None:
        level = self.dice.choice(list(commands.ComplaintLevel))
        self.say(commands.EscalateComplaint(**self.me(), level=level, ground=self.dice.choice(GROUNDS)))

    def say(self, command: Command) -> None:
        """A channel that is not sure whether the broker has it says it again, under the same id."""
        self.said += 1
        self.world.command(command, f"{self.number}/{self.said}", self.dice)

    def me(self, channel: Channel | None = None) -> dict[str, Any]:
        return {"request_id": self.request, "channel": channel or self.dice.choice((self.channel, *Channel))}

    # ---- time ------------------------------------------------------------------------------------------------------

    def likes(self, habit: str, otherwise: float) -> bool:
        return self.dice.random() < (0.85 if habit in self.role.habits else otherwise)

    async def pause(self) -> None:
        await asyncio.sleep(self.dice.choice((0.0, 0.01, 1.0, 60.0, HOUR, DAY, 5 * DAY)) * self.dice.uniform(0.5, 1.5))

    async def pause_until(self, deadline: datetime | None) -> None:
        """Now and then in the very second of the deadline."""
        if deadline is None or self.dice.random() > 0.15 or deadline <= self.world.now():
            return await self.pause()
        self.world.happened("deadline race")
        left = (deadline - self.world.now()).total_seconds()
        await asyncio.sleep(max(0.0, left + self.dice.choice((-1.0, -0.01, 0.0, 0.000001, 0.01, 1.0, HOUR))))
        return None

    async def news(self) -> bool:
        """False when nothing came for months."""
        until = self.world.loop.time() + 70 * DAY
        while len(self.world.log.about[self.request]) <= self.heard:
            if self.world.loop.time() >= until or not await self.world.news(self.request, until):
                return False
        return True

    def unheard(self) -> list[Message]:
        about = self.world.log.about[self.request]
        heard = about[: self.heard]
        fresh = [
            each
            for i, each in enumerate(about[self.heard :])
            if each not in heard and each not in about[self.heard : self.heard + i]
        ]
        self.heard = len(about)
        return fresh
