"""A customer at random: asks on some channel, reads what is said, answers, changes their mind, in time and too late."""

import asyncio
from datetime import timedelta
from typing import Any

from contracts.messages import Message, billing, commands, intake, notify, review, shared, termination
from contracts.words import Channel, Kind, Proof
from runtime.envelope import derived_id
from services.intake.door.lookup import place_of
from tests.simulation.talking import DAY, FULL, KEPT_DAYS, Talking

MOST_WORDS = 14


class Customer(Talking):
    async def live(self) -> None:
        await asyncio.sleep(self.dice.uniform(0, self.world.rush_days * DAY))
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
        if self.dice.random() < 0.08:  # a moment later, and perhaps heard before it
            self.withdraw()
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
            case termination.ServiceTerminated():
                self.kept_until = message.number_free_from
                await self.on_ended()
            case billing.FinalBillIssued() if message.account and self.likes("disputes-later", 0.15):
                await self.pause()
                self.dispute(message.account.lines)
            case notify.RequestClosed():
                await self.on_ended()
                await self.perhaps_back(0.35)
            case billing.ReopeningDeclined() | termination.ReopeningFailed() | termination.LineReopened():
                self.world.books.payment_method(self.role.subscription, works=True)
                await self.perhaps_back(0.4)
            case termination.TerminationLate():
                self.say(commands.ReportProblem(**self.me(), problem="late"))
            case billing.DisputeResolved() if self.likes("regrets", 0.3):
                await self.pause()
                self.withdraw()
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

    async def perhaps_back(self, how_likely: float) -> None:
        """A closed line is wanted back: soon, late, in the very second its number is free, or too late."""
        if self.kept_until is None or not self.likes("returns", how_likely):
            return
        if self.kept_until > self.world.now() and self.dice.random() < 0.3:
            await self.to_the_second(self.kept_until)
        else:
            await asyncio.sleep(self.dice.choice(KEPT_DAYS) * DAY)
        if self.dice.random() < 0.15:
            self.world.books.payment_method(self.role.subscription, works=False)
        self.reopen()
