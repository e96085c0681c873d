"""Wrong passwords, counted in this process: whoever guesses waits longer and longer, and no other name ends that.

A browser that has signed an operator in is a place of its own, and so is a name from each network: what strangers guess
keeps nobody waiting there. Once all strangers together have had so many tries for a name, they take turns at it; a
network from which the right password came before does not.
"""

import secrets
import time
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from typing import NamedTuple

FREE_TRIES, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 5, 2.0, 900.0
MOST_MADE_UP = 1_000
MOST_TOGETHER, ONE_BACK_SECONDS = 100, 600.0  # slower than one network may guess in the end
MOST_PLACES = 10_000  # the one that was tried longest ago goes first: after hours, for strangers take turns
ONE_SUBSCRIBER = 64  # of an IPv6 address, what its owner cannot change


class Place(NamedTuple):
    """`own`: of a browser, or of a name from one network. `together`: of the name, for all strangers."""

    own: str | int
    together: str | int | None = None


class Guesses:
    """An operator has places of their own; names that nobody has share a few, and wait just so."""

    def __init__(self) -> None:
        self.wrongs: dict[str | int, tuple[int, float]] = {}
        self.together: dict[str | int, tuple[float, float]] = {}
        self.at_home: set[str | int] = set()  # places from which an operator has signed in
        self._key = secrets.token_bytes(16)  # so that nobody knows which names share a place

    def place_of(self, name: str, known: bool, address: str) -> Place:
        there = f"{network_of(address)} {name}"
        return Place(there, name) if known else Place(self._shared(there), self._shared(name))

    def _shared(self, text: str) -> int:
        return int.from_bytes(blake2b(text.encode("utf-8", "replace"), key=self._key).digest()) % MOST_MADE_UP

    def must_wait(self, place: Place) -> bool:
        return time.monotonic() < self.wrongs.get(place.own, (0, 0.0))[1]

    def takes_turns(self, place: Place) -> bool:
        """So many have guessed at that name that its strangers are heard one after another."""
        return place.own not in self.at_home and self._by_all(place, time.monotonic()) > MOST_TOGETHER

    def not_heard(self, place: Place, tries: int) -> None:
        """That try was none; those of the same moment count on."""
        if self.wrongs.get(place.own, (0, 0.0))[0] == tries:
            self._put(place, tries - 1, 0.0)

    def wrong(self, place: Place) -> int:
        """Which try that was at its place."""
        now = time.monotonic()
        if place.together is not None:
            self.together[place.together] = self._by_all(place, now) + 1, now
        tries = self.wrongs.get(place.own, (0, 0.0))[0] + 1
        beyond = tries - FREE_TRIES
        wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(beyond, 20)) if beyond >= 0 else 0.0
        self._put(place, tries, now + wait)
        return tries

    def _put(self, place: Place, tries: int, until: float) -> None:
        """The last of them, where it has any; one provider's customer has networks by the ten thousand."""
        self.wrongs.pop(place.own, None)
        if tries:
            self.wrongs[place.own] = tries, until
        if len(self.wrongs) > MOST_PLACES:
            del self.wrongs[next(iter(self.wrongs))]

    def right(self, place: Place) -> None:
        self.wrongs.pop(place.own, None)
        if place.together is not None:
            now = time.monotonic()
            self.at_home.add(place.own)
            self.together[place.together] = max(0.0, self._by_all(place, now) - 1), now

    def _by_all(self, place: Place, now: float) -> float:
        if place.together is None:
            return 0.0
        tries, at = self.together.get(place.together, (0.0, now))
        return max(0.0, tries - (now - at) / ONE_BACK_SECONDS)


def network_of(address: str) -> str:
    """Whom an address belongs to, as far as it can be told; what is none stands for itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), ONE_SUBSCRIBER), strict=False))
