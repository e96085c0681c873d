"""What a customer can say on any channel, and the time they take for it."""

import asyncio
import random
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contracts.fee_lines import FeeLine
from contracts.messages import Message, billing, commands
from contracts.messages.base import Command
from contracts.words import Channel, Money, Proof
from runtime.envelope import derived_id
from tests.simulation.cast import Role

if TYPE_CHECKING:
    from tests.simulation.world import World

HOUR, DAY = 3600.0, 86400.0
FULL = Proof(agent="agent-7", call="call-0815", identity_document="doc-4711", signed_paper="paper-99")
GROUNDS = ("too-high", "not-disclosed", "unfair-fee")
LONGEST_WAIT_SECONDS = 70 * DAY
KEPT_DAYS = (0.0, 1.0, 40.0, 85.0, 95.0)  # into the quarantine


class Talking:
    def __init__(self, world: "World", number: int, role: Role) -> None:
        self.world, self.number, self.role = world, number, role
        self.dice = random.Random(f"{world.seed}/customer/{number}")
        self.request = derived_id("simulation", f"{world.seed}/{number}")
        self.channel = self.dice.choice(list(Channel))
        self.said = self.heard = 0
        self.quote: billing.QuoteIssued | None = None
        self.end: datetime | None = None
        self.kept_until: datetime | None = None

    # ---- words -----------------------------------------------------------------------------------------------------

    def confirm(self, version: int, read: bool = True) -> None:
        proof = FULL if self.likes("careful", 0.95) else Proof()
        self.say(commands.ConfirmQuote(**self.me(), quote_version=version, clauses_acknowledged=read, proof=proof))

    def withdraw(self) -> None:
        self.say(commands.WithdrawCancellation(**self.me()))

    def dispute(self, lines_of_a_bill: tuple[FeeLine, ...] = ()) -> None:
        named = [line.line for line in lines_of_a_bill or (self.quote.quote.lines if self.quote else ())]
        lines = tuple(self.dice.sample(named, 1)) if named and self.dice.random() < 0.4 else ()
        self.say(commands.DisputeFee(**self.me(), lines=lines, ground=self.dice.choice(GROUNDS)))

    def reopen(self) -> None:
        """Now and then for another fee than was shown, or pressed twice."""
        terms = self.quote.quote.reopening if self.quote else None
        fee = terms.fee if terms and self.dice.random() < 0.9 else Money(minor=4900)
        for _ in range(2 if self.likes("twice", 0.15) else 1):
            self.say(commands.ReopenLine(**self.me(), fee=fee, proof=FULL if self.likes("careful", 0.9) else Proof()))

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
        if deadline is None or self.dice.random() > 0.3 or deadline <= self.world.now():
            return await self.pause()
        await self.to_the_second(deadline)
        return None

    async def to_the_second(self, deadline: datetime) -> None:
        self.world.happened("deadline race")
        left = (deadline - self.world.now()).total_seconds()
        await asyncio.sleep(max(0.0, left + self.dice.choice((-1.0, -0.01, 0.0, 0.000001, 0.01, 1.0, HOUR))))

    async def news(self) -> bool:
        """False when nothing came for months."""
        until = self.world.loop.time() + LONGEST_WAIT_SECONDS
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
