"""One thing that is wrong right now, as the strip, the command line and programs are told of it."""

from datetime import datetime
from typing import Literal, NamedTuple

from contracts.words import Text

Level = Literal["bad", "slow", "wait"]


class Finding(NamedTuple):
    """`waiting`: how many wait because of it; `link` leads to them."""

    kind: str
    level: Level
    title: Text
    detail: Text
    since: datetime | None
    waiting: int
    link: str
