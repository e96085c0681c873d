"""One customer's request from the first word to the last check, told through whichever channel the customer likes."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import uuid4

from contracts.messages import Command
from contracts.messages.commands import (
    ComplaintLevel,
    ConfirmQuote,
    DisputeFee,
    EscalateComplaint,
    ProblemKind,
    ReopenLine,
    ReportProblem,
    RetryPayment,
    SubmitCancellation,
    SupplyInformation,
    WithdrawCancellation,
)
from contracts.words import Kind, Proof
from demo.doors import SaidNo, ask
from demo.effects import Effects, effects
from demo.scene import APP, PROOF, PROOF_OF_YES, By, Scene

Status = dict[str, Any]
T = TypeVar("T")
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 0.8
WITHIN_SECONDS = 60.0


class Unfulfilled(Exception):
    """The story did not go as its journey demands."""


class Story:
    """Acts wait until the door has taken them; `wait_for` waits until tuiding has."""

    def __init__(self, scene: Scene, subscription: str, by: By = APP) -> None:
        self.scene, self.subscription, self.by = scene, subscription, by
        self.request_id = str(uuid4())
        self.wanted: Effects | None = None

    def __str__(self) -> str:
        return f"{self.subscription} {self.request_id}"

    # ---- the customer's words ----------------------------------------------------------------------------------------

    async def submit(self, *items: str, kind: Kind | None = None, **more: Any) -> "Story":
        wish = SubmitCancellation(
            request_id=self.request_id,
            channel=self.by.channel,
            kind=kind or (Kind.PRODUCT if items else Kind.LINE),
            subscription=self.subscription,
            items=items,
            **{"proof": PROOF.get(self.by.channel, Proof()), **more},
        )
        self.request_id = await self._say(wish, self.by)
        return self

    async def confirm(self, by: By | None = None) -> None:
        """Says yes to the quote that is shown now."""
        by = by or self.by
        version = (await self.status())["quote"]["version"]
        proof = PROOF_OF_YES.get(by.channel, Proof())
        await self._say(
            ConfirmQuote(**self._who(by), quote_version=version, clauses_acknowledged=True, proof=proof), by
        )

    async def supply(self, answers: dict[str, str], by: By | None = None) -> None:
        await self._say(SupplyInformation(**self._who(by), answers=answers), by)

    async def withdraw(self, by: By | None = None) -> None:
        await self._say(WithdrawCancellation(**self._who(by)), by)

    async def pay(self, by: By | None = None) -> None:
        await self._say(RetryPayment(**self._who(by)), by)

    async def dispute(self, ground: str, by: By | None = None) -> None:
        await self._say(DisputeFee(**self._who(by), ground=ground), by)

    async def reopen(self, by: By | None = None) -> int:
        """Agrees to the fee that is shown now; returns it."""
        by = by or self.by
        fee = (await self.status())["number"]["terms"]["fee"]
        proof = PROOF_OF_YES.get(by.channel, Proof())
        await self._say(ReopenLine(**self._who(by), fee=fee, proof=proof), by)
        return int(fee["minor"])

    async def report(self, problem: ProblemKind, *items: str, by: By | None = None, **more: Any) -> None:
        self.request_id = await self._say(ReportProblem(**self._who(by), problem=problem, items=items, **more), by)

    async def complain(self, level: ComplaintLevel, by: By | None = None) -> None:
        await self._say(EscalateComplaint(**self._who(by), level=level, ground="fee-not-explained"), by)

    async def _say(self, command: Command, by: By | None) -> str:
        return await self.scene.doors[(by or self.by).door].say(command)

    def _who(self, by: By | None) -> dict[str, Any]:
        return {"request_id": self.request_id, "channel": (by or self.by).channel}

    # ---- where it stands ---------------------------------------------------------------------------------------------

    async def status(self) -> Status:
        """The public one. Empty as long as the door has not heard of the request."""
        try:
            return dict(await ask(self.scene.intake, "GET", f"/v1/cancellations/{self.request_id}"))
        except SaidNo as no:
            if no.status == 404:
                return {}
            raise

    async def wait_for(self, *stages: str, within: float = WITHIN_SECONDS) -> Status:
        last: Status = {}

        async def there() -> bool:
            nonlocal last
            last = await self.status()
            return last.get("stage") in stages

        if not await patiently(there, within):
            demand(False, f"{self}: not {' or '.join(stages)} within {within:.0f} s but {last.get('stage', 'unknown')}")
        return last

    async def ends(self, stage: str, wanted: Effects, within: float = WITHIN_SECONDS) -> None:
        """The public stage, and the carrier's ledger to the unit; looked at once more when everything is at rest."""
        self.wanted = wanted
        self.scene.last_looks.append(self.unlike_wanted)
        await self.wait_for(stage, within=within)

        async def as_wanted() -> bool:
            return not await self.unlike_wanted()

        if not await patiently(as_wanted, within):
            demand(False, await self.unlike_wanted())

    async def unlike_wanted(self) -> str:
        """What the carrier did otherwise than this story wants."""
        if self.wanted is None:
            return ""
        why = effects(await self.scene.ledger(self.request_id)).unlike(self.wanted)
        return f"{self}: {why}" if why else ""


async def patiently(look: Callable[[], Awaitable[T]], within: float) -> T:
    """Looks, at growing intervals, until there is something or the time is up; returns the last look."""
    deadline, pause = time.monotonic() + within, FIRST_PAUSE_SECONDS
    while not (found := await look()) and time.monotonic() < deadline:
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE_SECONDS, pause * 1.3)
    return found


def demand(so: object, otherwise: str) -> None:
    if not so:
        raise Unfulfilled(otherwise)


def codes(faults: Sequence[dict[str, Any]]) -> Counter[str]:
    return Counter(fault["code"] for fault in faults)
