"""Many answers that say no leave one after the other: a flood waits for itself, and nobody else waits for it."""

from http import HTTPStatus

A_SECOND, AT_ONCE = 200, 100
LONGEST_SECONDS = 2.0
MOST_ADDRESSES = 1_000
ELSEWHERE = ""  # all further addresses together
CHEAP = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)  # what somebody can have thousands of in a second, for nothing


class Refusals:
    """Those of a status, and those of an address, have turns of their own: a stranger's flood holds up no channel's."""

    def __init__(self) -> None:
        self.turns = dict[int, float]()
        self.addresses = dict[str, float]()

    def wait(self, status: int, now: float, address: str = ELSEWHERE) -> float:
        """How many seconds this one has to wait."""
        if status not in CHEAP:
            return 0.0
        named = self._named(address, now)
        self.addresses[named] = _next(self.addresses.get(named, 0.0), now)
        self.turns[status] = _next(self.turns.get(status, 0.0), now)
        return max(0.0, self.turns[status] - now)

    def owed(self, address: str, now: float) -> float:
        """How many seconds somebody new from there waits before anything is done: beside a flood of refusals only."""
        return max(0.0, self.addresses.get(address, self.addresses.get(ELSEWHERE, 0.0)) - now)

    def _named(self, address: str, now: float) -> str:
        if address not in self.addresses and len(self.addresses) >= MOST_ADDRESSES - 1:
            self.addresses = {each: turn for each, turn in self.addresses.items() if turn > _at_ease(now)}
        return address if address in self.addresses or len(self.addresses) < MOST_ADDRESSES - 1 else ELSEWHERE


def _next(turn: float, now: float) -> float:
    return min(max(turn, _at_ease(now)) + 1 / A_SECOND, now + LONGEST_SECONDS)


def _at_ease(now: float) -> float:
    """The turn of whoever may have all of them at once."""
    return now - AT_ONCE / A_SECOND
