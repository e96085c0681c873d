"""The carrier in the same process: its own books, its own faults, believed no more than over HTTP."""

import asyncio
import random
from typing import TYPE_CHECKING

from contracts.carrier.asks import Ask
from contracts.carrier.operations import OPERATIONS
from contracts.words import Value
from demo.carrier.faults import Fault, FaultKind, Faults
from demo.carrier.problems import Refused
from runtime.worker.carrier import Outage, Refusal, believe
from tests.simulation.chaos import CARRIER

if TYPE_CHECKING:
    from tests.simulation.worker import Worker
    from tests.simulation.world import World

TIMEOUT_SECONDS = 5.0
SLOW_SECONDS = {FaultKind.DELAY: 2.0, FaultKind.TIMEOUT_AFTER_WORK: 6.0}
SYSTEMS = ("crm", "charging", "provisioning", "messaging")


class SimulatedCarrier:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.dice = random.Random(f"{world.seed}/carrier")
        self.away: set[str] = set()
        self.done: set[str] = set()  # keys under which something was carried out

    async def ask(self, worker: "Worker", name: str, ask: Value, key: str) -> Value:
        """What `runtime.worker.carrier.Carrier` does with a response, without the response."""
        operation = OPERATIONS[name]
        if operation.system in self.away:
            raise Outage(f"{name}: ConnectError")
        likely = self.world.rates.carrier * (2.0 if operation.system == "charging" else 1.0)  # where it would cost most
        faulty = self.dice.random() < likely
        if faulty or self.dice.random() < 0.1:
            await asyncio.sleep(self.dice.uniform(0, 0.2))
        faults = Faults(asyncio.sleep, seed=self.world.seed)  # this ask's own: no other one meets them
        faulty = faulty and self._misbehave(faults, name, key)
        try:
            answering = faults.answer(
                name, lambda: self._work(name, ask, key), lambda no: self._refuse(name, ask, key, no)
            )
            content = await (asyncio.wait_for(answering, TIMEOUT_SECONDS) if faulty else answering)
        except TimeoutError:
            raise Outage(f"{name}: ReadTimeout") from None
        except Refused as no:
            raise _as_error(name, no) from None
        await worker.at("after the work")
        return believe(operation, ask, content)

    def _work(self, name: str, ask: Value, key: str) -> bytes:
        if not isinstance(ask, Ask):
            return self.world.books.snapshot(ask.subscription)  # type: ignore[attr-defined]
        answer = self.world.books.carry_out(name, key, ask)
        again = " (the same answer again)" if key in self.done else ""
        self.world.tell(ask.request_id, f"the carrier: {name} {_about(ask)}{again}")
        self.done.add(key)
        return answer

    def _refuse(self, name: str, ask: Value, key: str, no: Refused) -> bytes:
        if not isinstance(ask, Ask):
            raise no
        return self.world.books.refuse(name, key, ask, no)

    def _misbehave(self, faults: Faults, name: str, key: str) -> bool:
        kind = FaultKind(self.dice.choice(CARRIER))
        if "amount" in OPERATIONS[name].answer.model_fields and self.dice.random() < 0.5:
            kind = self.dice.choice((FaultKind.WRONG_AMOUNT, FaultKind.TIMEOUT_AFTER_WORK))
        elif kind is FaultKind.WRONG_AMOUNT:
            return False
        if kind is FaultKind.REFUSAL and (key in self.done or self.dice.random() < 0.7):
            return False  # each of these waits for an operator
        self.world.happened(f"carrier {kind}")
        faults.switch_on(name, Fault(kind=kind, times=1, delay_seconds=SLOW_SECONDS.get(kind, 0.0)))
        return True


def _about(ask: Ask) -> str:
    """The part of an ask that tells one from the other."""
    told = ask.model_dump(include={"amount", "purpose", "item", "notice", "route"}, mode="json")
    return ", ".join(str(value["minor"] if name == "amount" else value) for name, value in told.items())


def _as_error(name: str, no: Refused) -> Outage | Refusal:
    problem = no.problem
    if not no.for_good:
        return Outage(f"{name}: HTTP {problem.status}", no.retry_after_seconds)
    return Refusal(problem.code, problem.detail or problem.title)
