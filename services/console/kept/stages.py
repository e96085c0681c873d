"""Which stage each event takes a request to; only forward, because topics are not ordered against each other."""

from contracts.meaning import Stage
from contracts.messages import TYPES
from contracts.words import End

ENDS: tuple[str, ...] = (*End, Stage.JOINED, Stage.REOPENED)
ROAD: tuple[str, ...] = tuple(stage for stage in Stage if stage not in ENDS)
STAGES = tuple(map(str, (*ROAD, *ENDS)))
RANK = {stage: rank for rank, stage in enumerate(STAGES)}
REACHES = {name: str(model.ends or model.reaches) for name, model in TYPES.items() if model.ends or model.reaches}


def stage_of(event: str, current: str) -> str:
    """The stage after `event`; empty: the event alone makes no request. The first end absorbs all that follows.

    That a closed line is back in use is shown all the same: it is no second end.
    """
    reached = REACHES.get(event, "")
    if current == End.CLOSED and reached == Stage.REOPENED:
        return reached
    if not reached or current in ENDS:
        return current
    return reached if not current or RANK[reached] > RANK[current] else current
