"""Whether a request may be erased: what is in the way, the strongest reason first; pure functions."""

from datetime import datetime
from typing import Literal, NamedTuple

from contracts.words import Text
from policies.pack import Pack

Because = Literal["open", "waits", "promised", "kept"]
WHY_NOT: dict[Because, Text] = {
    "open": Text(zh="仍在办理", en="is still open"),
    "waits": Text(zh="还有事项待人工处理", en="still waits for a person"),
    "promised": Text(zh="还有时限在计时，至 ", en="still has a clock that runs until "),
    "kept": Text(zh="法定或约定的保存期未满，至 ", en="has to be kept until "),
}


class Known(NamedTuple):
    """What the console knows of a request; `running` is until when the last of its clocks runs, where one does."""

    request_id: str
    end: str
    ended_at: datetime
    attention: int
    running: datetime | None


class InTheWay(NamedTuple):
    request_id: str
    because: Because
    until: datetime | None = None

    @property
    def told(self) -> Text:
        why, when = WHY_NOT[self.because], f"{self.until:%Y-%m-%d %H:%M} UTC" if self.until else ""
        return Text(zh=f"{why.zh}{when}", en=f"{why.en}{when}")


def in_the_way(known: Known, pack: Pack, now: datetime) -> InTheWay | None:
    """The strongest reason why it may not be erased at `now`."""
    if not known.end:
        return InTheWay(known.request_id, "open")
    if known.attention:
        return InTheWay(known.request_id, "waits")
    if known.running and known.running > now:
        return InTheWay(known.request_id, "promised", known.running)
    until = pack.due(known.ended_at, pack.clocks.records_kept)
    return InTheWay(known.request_id, "kept", until) if until > now else None
