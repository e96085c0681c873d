"""One customer's request from the first word to the last check, told through whichever channel the customer likes."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Self
from uuid import uuid4

from contracts.messages import Command
from contracts.messages.commands import (
    ComplaintLevel,
    ConfirmQuote,
    DisputeFee,
    EscalateComplaint,
    ProblemKind,
    ReportProblem,
    RetryPayment,
    SubmitCancellation,
    SupplyInformation,
    WithdrawCancellation,
)
from contracts.words import Kind, Proof
from demo.doors import SaidNo, ask
from demo.scene import APP, PROOF, PROOF_OF_YES, By, Scene

Status = dict[str, Any]
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 0.8
WITHIN_SECONDS = 60.0
NOT_YET = ("unknown-request", "nothing-to-retry")


class Unfulfilled(Exception):
    """The story did not go as its journey demands."""


class Effects(NamedTuple):
    """What the carrier carried out: money in minor units, items and notices each as often as it happened."""

    charged: int = 0
    refunded: int = 0
    waived: int = 0
    off: tuple[str, ...] = ()
    on_again: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def unlike(self, wanted: Self) -> str:
        pairs = zip(self._fields, self, wanted, strict=True)
        return "; ".join(f"{name} is {found}, not {want}" for name, found, want in pairs if found != want)


def effects(ledger: Iterable[dict[str, Any]]) -> Effects:
    rows = list(ledger)

    def minor(kind: str) -> int:
        return sum(row["amount_minor"] for row in rows if row["kind"] == kind)

    def what(kind: str) -> tuple[str, ...]:
        return tuple(sorted(row["what"] for row in rows if row["kind"] == kind))

    return Effects(minor("charge"), minor("refund"), minor("waive"), what("switch-off"), what("restore"), what("send"))


class Story:
    """Acts wait until the door has taken them; `wait_for` waits until tuiding has."""

    def __init__(self, scene: Scene, subscription: str, by: By = APP) -> None:
        self.scene, self.subscription, self.by = scene, subscription, by
        self.request_id = str(uuid4())
        self.wanted: Effects | None = None

    # ---- the customer's words ------------------------------------------------------------------------------------

    async def submit(self, *items: str, kind: Kind | None = None, **more: Any) -> Self:
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

    async def confirm(self, by: By | None = None, version: int = 0) -> None:
        by = by or self.by
        version = version or (await self.status())["quote"]["version"]
        proof = PROOF_OF_YES.get(by.channel, Proof())
        await self._say(
            ConfirmQuote(**self._who(by), quote_version=version, clauses_acknowledged=True, proof=proof), by
        )

    async def supply(self, by: By | None = None, **answers: str) -> None:
        given = {code.replace("_", "-"): reference for code, reference in answers.items()}
        await self._say(SupplyInformation(**self._who(by), answers=given), by)

    async def withdraw(self, by: By | None = None) -> None:
        await self._say(WithdrawCancellation(**self._who(by)), by)

    async def pay(self, by: By | None = None) -> None:
        await self._say(RetryPayment(**self._who(by)), by)

    async def dispute(self, ground: str, by: By | None = None) -> None:
        await self._say(DisputeFee(**self._who(by), ground=ground), by)

    async def report(self, problem: ProblemKind, *items: str, by: By | None = None, **more: Any) -> None:
        self.request_id = await self._say(ReportProblem(**self._who(by), problem=problem, items=items, **more), by)

    async def complain(self, level: ComplaintLevel, by: By | None = None) -> None:
        await self._say(EscalateComplaint(**self._who(by), level=level, ground="fee-not-explained"), by)

    # ---- the operator's words ------------------------------------------------------------------------------------

    async def order(self, order: str, **words: Any) -> None:
        """The console hears of a request a moment after us, so an order it does not understand yet is given again."""
        deadline = time.monotonic() + WITHIN_SECONDS
        while True:
            try:
                return await self.scene.operator(self.request_id, order, **words)
            except SaidNo as no:
                if no.code not in NOT_YET or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(LONGEST_PAUSE_SECONDS)

    async def incident(self, name: str) -> None:
        """Until the operators' console shows it."""
        deadline = time.monotonic() + WITHIN_SECONDS
        while name not in (shown := await self._incidents()):
            if time.monotonic() > deadline:
                raise Unfulfilled(f"{self}: the console does not show {name} but {shown}")
            await asyncio.sleep(0.3)

    async def _incidents(self) -> list[str]:
        try:
            found = await ask(self.scene.console, "GET", f"/v1/requests/{self.request_id}")
        except SaidNo as no:
            if no.status == 404:
                return []
            raise
        return list(found["incidents"])

    async def _say(self, command: Command, by: By | None) -> str:
        return await self.scene.doors[(by or self.by).door].say(command)

    def _who(self, by: By | None) -> dict[str, Any]:
        return {"request_id": self.request_id, "channel": (by or self.by).channel}

    # ---- where it stands -----------------------------------------------------------------------------------------

    async def status(self) -> Status:
        """The public one. Empty as long as the door has not heard of the request."""
        try:
            status: Status = await ask(self.scene.intake, "GET", f"/v1/cancellations/{self.request_id}")
        except SaidNo as no:
            if no.status == 404:
                return {}
            raise
        return status

    async def wait_for(self, *stages: str, within: float = WITHIN_SECONDS) -> Status:
        return await self.wait_until(lambda status: status.get("stage") in stages, " or ".join(stages), within)

    async def wait_until(self, so: Callable[[Status], bool], what: str, within: float = WITHIN_SECONDS) -> Status:
        deadline, pause = time.monotonic() + within, FIRST_PAUSE_SECONDS
        while not so(status := await self.status()):
            if time.monotonic() > deadline:
                raise Unfulfilled(f"{self}: not {what} within {within:.0f} s but {status.get('stage', 'unknown')}")
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_SECONDS, pause * 1.3)
        return status

    # ---- how it ends ---------------------------------------------------------------------------------------------

    async def ends(self, stage: str, wanted: Effects, within: float = WITHIN_SECONDS) -> None:
        """Public stage and the carrier's books, to the unit; what it wants is kept for a second look at the very end."""
        await self.wait_for(stage, within=within)
        self.wanted = wanted._replace(
            off=tuple(sorted(wanted.off)), on_again=tuple(sorted(wanted.on_again)), notices=tuple(sorted(wanted.notices))
        )
        deadline = time.monotonic() + within
        while why := await self.unlike_wanted():
            if time.monotonic() > deadline:
                raise Unfulfilled(why)
            await asyncio.sleep(0.3)

    async def unlike_wanted(self) -> str:
        if self.wanted is None:
            return ""
        why = effects(await self.scene.ledger(self.request_id)).unlike(self.wanted)
        return f"{self}: {why}" if why else ""

    def __str__(self) -> str:
        return f"{self.subscription} {self.request_id}"


def demand(so: object, what: str) -> None:
    if not so:
        raise Unfulfilled(what)


def codes(faults: Sequence[dict[str, Any]]) -> Counter[str]:
    return Counter(fault["code"] for fault in faults)
