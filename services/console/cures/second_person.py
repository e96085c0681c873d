"""Carries out what two people decided: much money, many dead letters at once, or an erasure."""

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy.exc
import structlog
from pydantic import ValidationError

from runtime.http.host_context import HostContext
from runtime.http.problems import Problem
from runtime.http.publishing import publish
from services.console import roles
from services.console.cures import orders
from services.console.cures.dead_letters import DEALS, Letters, Wish
from services.console.cures.erasures import ORDER, PERSON, Erasure, Erasures, Found
from services.console.cures.proposals import MANY, MOST_ALONE, OPEN, OVERTAKEN, REFUSED, SENDING, NeedsSecond, Proposals
from services.console.kept.queries import Json
from services.console.roles import Role
from services.console.signing_in import passwords
from services.console.signing_in.gate import allowed, needs
from services.console.signing_in.sessions import Operator, Way
from services.console.signing_in.ways import ways

log = structlog.get_logger()
TRIED_EVERY_SECONDS = 5.0
WAITED_FOR = "broker-away"


class SecondPerson:
    def __init__(self, host: HostContext, letters: Letters, proposals: Proposals) -> None:
        self.host, self.letters, self.proposals = host, letters, proposals
        self.erasures = Erasures(host.store, host.pack_of)

    def refuse_alone(self, key: str, what: str, places: list[str], wish: Wish) -> None:
        """Raises `NeedsSecond` for more letters than one person may deal with at once."""
        if len(places) > MOST_ALONE:
            body = {"places": sorted(places), "reason": wish.reason}
            raise NeedsSecond(self.proposals.propose(key, what, "", body, MANY, len(places), wish.operator))

    def propose_erasure(self, key: str, wish: Erasure, found: Found, who: str) -> Json:
        """Whose it is stands in no proposal: the requests stand for it."""
        self.erasures.check(found)
        body = {"requests": found.requests, "events": found.events, "places": found.letters}
        body |= {"ground": wish.ground, "reason": wish.reason}
        return self.proposals.propose(key, ORDER, found.requests[0], body, PERSON, len(found.requests), who)

    async def confirm(self, own: str, second: Operator, patience_seconds: float = orders.PATIENCE_SECONDS) -> Json:
        proposed = self.proposals.one(own)
        order = proposed["order"]
        if proposed["state"] == OPEN:
            await asyncio.to_thread(self._refuse_if_out, proposed["operator"], order)
        if order == ORDER and proposed["state"] == OPEN:
            await asyncio.to_thread(self.erasures.check_again, proposed["body"], datetime.now(UTC))
        return await self._carry_out(self.proposals.settle(own, allowed(second, order), SENDING), patience_seconds)

    def _refuse_if_out(self, proposer: str, order: str) -> None:
        """Two people stand behind an order: one who may not even propose it any more is none of them."""
        found = ways(self.host.settings)
        if Way.PASSWORD not in found:
            return
        file, needed = Path(self.host.settings.operators), roles.ORDERS.get(order, Role.LEAD)
        try:
            may = passwords.still_may(file, proposer, needed, elsewhere=Way.PROVIDER in found)
        except passwords.PasswordFileTrouble:
            may = False
        if not may:
            raise Problem("proposer-out", needs(proposer, needed))

    def refuse(self, own: str, second: Operator) -> Json:
        """Also the proposer may, who takes it back."""
        return self.proposals.settle(own, allowed(second, self.proposals.one(own)["order"]), REFUSED)

    async def go_on(self) -> None:
        """For as long as the console runs: what two have decided waits for the broker, and not for one of them."""
        while True:
            with contextlib.suppress(sqlalchemy.exc.DBAPIError):
                await self.send_again()
            await asyncio.sleep(TRIED_EVERY_SECONDS)

    async def send_again(self) -> None:
        for each in await asyncio.to_thread(self.proposals.unsent):
            try:
                await self._carry_out(each, orders.PATIENCE_SECONDS)
            except Problem as no:  # it stays, and says so; or it is over
                log.info("not ordered yet", proposal=each["id"], why=no.code)
            except ValidationError:  # another build wrote it down: the others go on
                log.error("cannot be ordered", proposal=each["id"])
                await asyncio.to_thread(self.proposals.sent, each["id"], OVERTAKEN)

    async def _carry_out(self, settled: Json, patience_seconds: float) -> Json:
        """Under both names, and the same id however often it is tried."""
        try:
            done = await self._done(settled, patience_seconds)
        except Problem as no:
            if no.code != WAITED_FOR:
                await asyncio.to_thread(self.proposals.sent, settled["id"], OVERTAKEN)
            raise
        if not any(each["refused"] == WAITED_FOR for each in done.get("outcomes", ())):
            await asyncio.to_thread(self.proposals.sent, settled["id"])
        return await asyncio.to_thread(self.proposals.one, settled["id"]) | done

    async def _done(self, settled: Json, patience_seconds: float) -> Json:
        if settled["order"] == ORDER:
            return await self._erase(settled)
        return await self._order(settled, patience_seconds) if settled["request_id"] else await self._deal(settled)

    async def _erase(self, settled: Json) -> Json:
        for record in await asyncio.to_thread(lambda: list(self.erasures.acts(settled, self.host.pack.id))):
            await publish(self.host, record)
        await asyncio.to_thread(self.proposals.forget, settled["body"]["requests"])
        return await self._deal(settled | {"order": "erase"})

    async def _order(self, settled: Json, patience_seconds: float) -> Json:
        kind, _ = orders.ORDERS[settled["order"]]
        message = kind.model_validate(settled["body"] | {name: settled[name] for name in ("operator", "second")})
        key = f"proposal-{settled['id']}"
        event = await orders.place(self.host, self.proposals, settled["order"], message, key, patience_seconds)
        return {"event": event}

    async def _deal(self, settled: Json) -> Json:
        """Once the broker is away it is so for the rest: nobody waits for it a thousand times."""
        outcomes = list[Json]()
        for place in settled["body"]["places"]:
            away = bool(outcomes) and outcomes[-1]["refused"] == WAITED_FOR
            outcomes.append({**outcomes[-1], "place": place} if away else await self._one(settled, place))
        return {"outcomes": outcomes}

    async def _one(self, settled: Json, place: str) -> dict[str, Any]:
        wish = Wish(operator=settled["operator"], second=settled["second"], reason=settled["reason"])
        try:
            return {"refused": "", **await DEALS[settled["order"]](self.letters, place, wish)}
        except Problem as no:
            return {"place": place, "refused": no.code, "state": ""}
