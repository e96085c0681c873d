"""The command line an operator copies to act on what waits."""

import shlex
from collections.abc import Sequence

from contracts.meaning import COMPLAINT, DISPUTE_ANSWER, REVIEW_DECISION
from contracts.words import Ruling

WHO = ("--operator", "YOU", "--reason", "WHY")


def attend(request_id: str, incident: str) -> str:
    """With the answer an operator would change, and the words YOU and WHY to fill in."""
    return _line(_order(request_id, incident))


def redrive(place: str) -> str:
    return _line(("dead-letters", "redrive", place, "--dry-run"))


def _order(request_id: str, incident: str) -> Sequence[str]:
    if incident == REVIEW_DECISION.fixed:
        return "review", "approve", request_id
    if incident == DISPUTE_ANSWER.fixed:
        return "dispute", "decide", request_id, Ruling.WAIVED
    if incident.startswith(COMPLAINT.fixed):
        return "complaint", "reply", request_id, incident.removeprefix(COMPLAINT.fixed), "LETTER"
    return "retry", request_id, incident


def _line(words: Sequence[str]) -> str:
    return shlex.join(["tuiding", *words, *WHO])
