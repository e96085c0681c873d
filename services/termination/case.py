"""What termination remembers of a request: what is to end, what has, and what went wrong on the way."""

from typing import Literal

from contracts.carrier import SwitchAsk
from contracts.messages.base import Audience
from contracts.messages.termination import ItemEnded
from contracts.words import Dates, ItemId, Kind
from runtime.decision import Call, Case

SWITCH_OFF, RESTORE, PORT_CODE = "switch-off", "restore", "port-code"  # what the carrier is asked


class TerminationCase(Case):
    """`waiting`: only a withdrawal has been heard of so far, the settlement has not arrived yet."""

    state: Literal["waiting", "scheduled", "running", "done", "withdrawn"] = "waiting"
    audience: Audience | None = None
    kind: Kind = Kind.PRODUCT
    items: tuple[ItemId, ...] = ()
    dates: Dates | None = None
    withdrawal_wanted: bool = False
    ended: tuple[ItemEnded, ...] = ()
    refused: tuple[ItemId, ...] = ()  # the carrier said no; an operator can order a retry
    doubtful: dict[ItemId, str] = {}  # refused because the answer could not be believed: the key to ask under again
    late: bool = False
    restoring: tuple[ItemId, ...] = ()  # a repair under way: what is being turned on again
    restored: tuple[ItemId, ...] = ()
    repairing: tuple[ItemId, ...] = ()  # ... and what is being switched off again

    @property
    def to_whom(self) -> Audience:
        assert self.audience is not None
        return self.audience

    @property
    def when(self) -> Dates:
        assert self.dates is not None
        return self.dates

    @property
    def left(self) -> tuple[ItemId, ...]:
        done = {ended.item for ended in self.ended}
        return tuple(item for item in self.items if item not in done)


def switch(case: TerminationCase, operation: str, item: ItemId) -> Call:
    ask = SwitchAsk(request_id=case.request_id, subscription=case.to_whom.subscription, item=item)
    return Call(operation, ask, note=item)
