"""Many answers that say no leave one after the other: a flood waits for itself, and nobody else waits for it."""

from http import HTTPStatus

A_SECOND, AT_ONCE = 200, 100
LONGEST_SECONDS = 2.0
CHEAP = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)  # what somebody can have thousands of in a second, for nothing


class Refusals:
    """Those of a status have turns of their own: a stranger's flood holds up no channel's."""

    def __init__(self) -> None:
        self.turns = dict[int, float]()

    def wait(self, status: int, now: float) -> float:
        """How many seconds this one has to wait."""
        if status not in CHEAP:
            return 0.0
        turn = max(self.turns.get(status, 0.0), now - AT_ONCE / A_SECOND) + 1 / A_SECOND
        self.turns[status] = min(turn, now + LONGEST_SECONDS)
        return max(0.0, self.turns[status] - now)
