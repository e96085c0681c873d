"""The operators: they decide what is referred, disputed or complained about, and retry what was refused."""

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from contracts.messages import Message, billing, commands, intake, ops, review, shared, termination
from contracts.words import Money, Ruling
from demo.carrier.problems import Refused
from runtime.kernel.dead_letters import REDRIVE_COUNT
from services.console.cures.sending_again import OURS, original
from services.console.kept.tables import DEAD_LETTERS
from tests.proof.reading import is_end
from tests.simulation.building import SOUND
from tests.simulation.log import Heard

if TYPE_CHECKING:
    from tests.simulation.world import World

WHO: dict[str, Any] = {"operator": "op-1", "reason": "checked by hand"}
BY_HAND = ("charge:", "refund:", "waive:", "final-bill", "port-code")  # what may be settled elsewhere
GROUNDS = tuple(ops.ElsewhereGround)
UNKNOWN = "unknown-item"  # a carrier's code: no retry is ever answered otherwise
DAY = 86400.0
MOST_RETRIES = 4


class Operator:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.dice = random.Random(f"{world.seed}/operator")
        self.desk: list[Message] = []
        self.said = 0
        self.seen: set[str] = set()
        self.retried: dict[tuple[str, str], int] = {}
        self.redriven: set[str] = set()
        world.log.listeners.append(self._notice)

    def _notice(self, heard: Heard) -> None:
        envelope = heard.envelope
        if envelope is None or envelope.id in self.seen or not envelope.source.startswith("/tuiding/"):
            return
        self.seen.add(envelope.id)
        if isinstance(envelope.message, WORK):
            self.desk.append(envelope.message)

    async def work(self) -> None:
        while True:
            await asyncio.sleep(self.dice.choice((60.0, 3600.0, DAY, 3 * DAY)) * self.dice.uniform(0.5, 1.5))
            if self.desk and self.dice.random() < 0.8:
                self.decide(self.desk.pop(self.dice.randrange(len(self.desk))), careful=False)
            if self.dice.random() < 0.3:
                self.redrive()

    def clear_the_desk(self) -> bool:
        """Everything, carefully; False when nothing was left to do."""
        waiting, self.desk = self.desk, []
        for message in waiting:
            self.decide(message, careful=True)
        return self.redrive() or bool(waiting)

    def decide(self, message: Message, careful: bool) -> None:
        request_id = message.request_id
        match message:
            case review.ReviewReferred():
                self.say(ops.ReviewDecided(request_id=request_id, approve=self.dice.random() < 0.7, **WHO))
            case billing.DisputeOpened():
                self.say(self._judged(message, careful))
                if not careful and self.dice.random() < 0.3:
                    self.desk.append(message)
            case intake.ComplaintEscalated():
                reply = {"level": message.level, "answer": f"letter-{message.level}"}
                self.say(ops.ComplaintReplied(request_id=request_id, **reply, **WHO))
            case termination.ReopeningAccepted():
                if not careful and self.dice.random() < 0.2:
                    self._give_up(message)
            case shared.AttentionRequired():
                if not careful and _of_a_reopening(message) and self.dice.random() < 0.4:
                    self.desk.append(message)
                    return self._give_up(message)
                self._attend(message, careful)
        return None

    def _give_up(self, message: Message) -> None:
        self.say(ops.ReopeningAbandoned(request_id=message.request_id, **WHO))

    def _judged(self, message: billing.DisputeOpened, careful: bool) -> ops.DisputeDecided:
        outcome = self.dice.choice(tuple(Ruling))
        most = message.amount.minor + (0 if careful else 50)
        owed = {"owed": Money(minor=self.dice.randint(0, max(0, most)))} if outcome is Ruling.LOWERED else {}
        judged = owed | {
            "about": message.about,
            "overcharged": outcome is not Ruling.UPHELD and self.dice.random() < 0.3,
        }
        return ops.DisputeDecided(request_id=message.request_id, outcome=outcome, **judged, **WHO)

    def _attend(self, message: shared.AttentionRequired, careful: bool) -> None:
        name = message.incident
        if name in ("review-decision", "dispute-answer", "account-dispute-answer") or name.startswith("complaint-"):
            return  # the referral, the dispute, the complaint itself is on the desk
        times = self.retried[message.request_id, name] = self.retried.get((message.request_id, name), 0) + 1
        if times > MOST_RETRIES:
            return  # a customer nobody can reach: it stays on the list, visibly
        if name.startswith("switch-off:") and message.code == UNKNOWN and (careful or times > 1):
            self._note(message, ops.ElsewhereGround.OFF)
            return
        if not careful and name.startswith(BY_HAND) and self.dice.random() < 0.3:
            self._note(message, self.dice.choice(GROUNDS))
            self.desk.append(message)
            return
        if careful or self.dice.random() < 0.5:
            self._cure(message)
        self.say(ops.RetryOrdered(request_id=message.request_id, incident=name, **WHO))

    def _note(self, message: shared.AttentionRequired, ground: ops.ElsewhereGround) -> None:
        """It was done elsewhere, or is let go; under a ground that does not fit, it still waits."""
        said = {"incident": message.incident, "ground": ground, "evidence": "order-5591"}
        self.say(ops.ElsewhereNoted(request_id=message.request_id, **said, **WHO))

    def _cure(self, message: shared.AttentionRequired) -> None:
        for said in self.world.log.about[message.request_id]:
            if isinstance(said, intake.RequestAccepted):
                subscription = said.audience.subscription
                self.world.books.payment_method(subscription, works=True)
                self._cure_items(subscription, said)
                return

    def _cure_items(self, subscription: str, said: intake.RequestAccepted) -> None:
        for item in said.subscription.items:
            try:
                self.world.books.fix_item(subscription, item.item)
            except Refused:
                continue

    def cure_everything(self) -> None:
        for subscription in self.world.subscriptions():
            self.world.books.payment_method(subscription, works=True)
            for item in self.world.books.look_up(subscription).items:
                self.world.books.fix_item(subscription, item.item)

    def erase(self) -> bool:
        """Of about half of the customers for whom nothing goes on; as the console does, one act a request."""
        whose = self._whose()
        for subscription in sorted(set(whose.values())):
            requests = sorted(request for request, about in whose.items() if about == subscription)
            if self.dice.random() < 0.5 and all(map(self._is_over, requests)):
                self._erase(subscription, requests)
        return bool(self.world.erased)

    def _whose(self) -> dict[str, str]:
        """Requests by what their customers said; one that names two lines is nobody's for certain."""
        told = {
            request: {each.subscription for each in said if isinstance(each, commands.SubmitCancellation)}
            for request, said in self.world.log.about.items()
        }
        return {request: min(about) for request, about in told.items() if len(about) == 1}

    def _is_over(self, request_id: str) -> bool:
        said = self.world.log.about[request_id]
        asked = Counter(each.incident for each in said if isinstance(each, shared.AttentionRequired))
        solved = Counter(each.incident for each in said if isinstance(each, shared.AttentionResolved))
        return any(map(is_end, said)) and not asked.keys() - solved.keys()

    def _erase(self, subscription: str, requests: list[str]) -> None:
        act = {"erasure": requests[0], "ground": "customers-request", "requests": len(requests), "second": "op-2"}
        for request_id in requests:
            self.world.erased[request_id] = subscription
            self.say(ops.SubscriptionErased(request_id=request_id, **act, **WHO))

    def say(self, decision: Message) -> None:
        """Two operators on one button: the same word twice, under two ids."""
        for _ in range(2 if self.dice.random() < 0.1 else 1):
            self.said += 1
            self.world.order(decision, f"op/{self.said}")

    def redrive(self) -> bool:
        """Each open dead letter once, as the console does it; sometimes twice, because the first answer was lost.

        What broke the contract will break it again, so it is sent again only once.
        """
        before = len(self.redriven)
        store = self.world.workers["console"][0].stepper.store
        for letter in store.read(sa.select(DEAD_LETTERS).order_by(DEAD_LETTERS.c.place)):
            hopeless = REDRIVE_COUNT.encode() in letter.headers and letter.code not in SOUND
            cannot = letter.service == "console" or letter.original_topic not in OURS  # as the console says
            if cannot or hopeless or letter.place in self.redriven:
                continue
            self.redriven.add(letter.place)
            for _ in range(self.dice.randint(1, 2)):
                self.world.log.append(original(letter))
        return len(self.redriven) > before


def _of_a_reopening(message: shared.AttentionRequired) -> bool:
    return message.incident == "charge:reopening" or message.incident.startswith("restore:")


WORK = (
    review.ReviewReferred,
    billing.DisputeOpened,
    intake.ComplaintEscalated,
    termination.ReopeningAccepted,
    shared.AttentionRequired,
)
