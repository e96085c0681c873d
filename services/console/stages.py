"""Where an event takes a request on its road, as a table; topics are not ordered against each other, so never back."""

from contracts.messages import TYPES
from contracts.words import End

ROAD = (
    "account-checked",
    "checking",
    "in-review",
    "information-required",
    "referred",
    "approved",
    "quoted",
    "confirmed",
    "payment-failed",
    "settled",
    "scheduled",
    "switching-off",
    "late",
    "terminated",
)
ENDS = (*End, "joined", "reopened")  # a closed line that is back has ended all the same
STAGES = (*ROAD, *map(str, ENDS))
RANK = {stage: rank for rank, stage in enumerate(STAGES)}

REACHES = {
    "account.checked.v1": "account-checked",
    "attention.required.v1": "checking",
    "request.accepted.v1": "in-review",
    "information.required.v1": "information-required",
    "review.referred.v1": "referred",
    "request.approved.v1": "approved",
    "quote.issued.v1": "quoted",
    "confirmation.given.v1": "confirmed",
    "settlement.failed.v1": "payment-failed",
    "fee.settled.v1": "settled",
    "termination.scheduled.v1": "scheduled",
    "item.terminated.v1": "switching-off",
    "termination.late.v1": "late",
    "service.terminated.v1": "terminated",
    "port-code.issued.v1": "terminated",
    "submission.joined.v1": "joined",
    "line.reopened.v1": "reopened",
} | {name: str(model.ends) for name, model in TYPES.items() if model.ends}


def stage_of(event: str, current: str) -> str:
    """The stage after `event`; empty: the event alone makes no request. The first end absorbs all that follows.

    That a closed line is back in use is shown all the same: it is no second end.
    """
    reached = REACHES.get(event, "")
    if current == End.CLOSED and reached == "reopened":
        return reached
    if not reached or current in ENDS:
        return current
    return reached if not current or RANK[reached] > RANK[current] else current
