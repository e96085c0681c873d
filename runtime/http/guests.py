"""Who is connected to a server, and who of them gives way where all places are taken."""

from itertools import chain
from typing import NamedTuple, Protocol

from runtime.http.seldom import Seldom


class Limits(NamedTuple):
    request_seconds: float
    connections: int


class Guest(Protocol):
    served: bool

    def refuse(self, code: str) -> None: ...


class Guests:
    """Everybody connected to one server, the oldest first: those refused who are still to be told, those who have not
    sent a whole request, and of these who was served before.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.refused: dict[Guest, None] = {}
        self.waiting: dict[Guest, None] = {}
        self.served: dict[Guest, None] = {}
        self.seldom = Seldom()
        self.ending = False

    def wait(self, guest: Guest) -> None:
        (self.served if guest.served else self.waiting)[guest] = None

    def out(self) -> Guest | None:
        """Who gives way: whoever is refused anyway, or has taken longest over a request, and last who was served."""
        oldest = next(chain(self.refused, self.waiting, self.served), None)
        if oldest is not None:
            self.gone(oldest)
        return oldest

    def gone(self, guest: Guest) -> None:
        for each in (self.refused, self.waiting, self.served):
            each.pop(guest, None)
