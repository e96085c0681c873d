"""Carries out what two people decided: much money, or many dead letters at once."""

from typing import Any

from runtime.http.host_context import HostContext
from runtime.http.problems import Problem
from services.console import orders
from services.console.dead_letters import DEALS, Letters, Wish
from services.console.proposals import CONFIRMED, MANY, MOST_ALONE, REFUSED, NeedsSecond, Proposals
from services.console.queries import Json
from services.console.signing_in.gate import allowed
from services.console.signing_in.sessions import Operator


class SecondPerson:
    def __init__(self, host: HostContext, letters: Letters, proposals: Proposals) -> None:
        self.host, self.letters, self.proposals = host, letters, proposals

    def refuse_alone(self, key: str, what: str, places: list[str], wish: Wish) -> None:
        """Raises `NeedsSecond` for more letters than one person may deal with at once."""
        if len(places) > MOST_ALONE:
            body = {"places": sorted(places), "reason": wish.reason}
            raise NeedsSecond(self.proposals.propose(key, what, "", body, MANY, len(places), wish.operator))

    async def confirm(self, own: str, second: Operator, patience_seconds: float = orders.PATIENCE_SECONDS) -> Json:
        """Gives the order under both names; the same person again, after a crash, gives it again under its old id."""
        order = self.proposals.one(own)["order"]
        settled = self.proposals.settle(own, allowed(second, order), CONFIRMED)
        if not settled["request_id"]:
            return settled | {"outcomes": [await self._deal(settled, place) for place in settled["body"]["places"]]}
        kind, _ = orders.ORDERS[order]
        message = kind.model_validate(settled["body"] | {"operator": settled["operator"], "second": second.name})
        event = await orders.place(self.host, self.proposals, order, message, f"proposal-{own}", patience_seconds)
        return settled | {"event": event}

    def refuse(self, own: str, second: Operator) -> Json:
        """Also the proposer may, who takes it back."""
        return self.proposals.settle(own, allowed(second, self.proposals.one(own)["order"]), REFUSED)

    async def _deal(self, settled: Json, place: str) -> dict[str, Any]:
        wish = Wish(operator=settled["operator"], second=settled["second"], reason=settled["reason"])
        try:
            return {"refused": "", **await DEALS[settled["order"]](self.letters, place, wish)}
        except Problem as no:
            return {"place": place, "refused": no.code, "state": ""}
