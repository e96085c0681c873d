"""Whose turn it is, once strangers have guessed at a name too often: one a second, drawn from all who wait.

Nobody is kept out by it: however many networks guess, whoever comes has the same chance as each of them.
"""

import asyncio
import secrets
from collections.abc import Hashable

A_TURN_SECONDS = 1.0  # for strangers' guesses at one name, however many they are
MOST_WAITING = 64  # at one name; beyond it one is drawn that has to come again
LONGEST_TURN_SECONDS = 20.0  # a browser waits so long without a word


class Turns:
    def __init__(self) -> None:
        self.waiting: dict[Hashable, list[asyncio.Future[bool]]] = {}

    async def mine(self, name: Hashable) -> bool:
        """False: come again, nothing was looked at."""
        idle = name not in self.waiting
        waiting = self.waiting.setdefault(name, [])
        if len(waiting) >= MOST_WAITING:
            _drawn(waiting).set_result(False)
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        if idle:
            self._next(name)
        try:
            return await asyncio.wait_for(turn, LONGEST_TURN_SECONDS)
        except TimeoutError:
            return False
        finally:
            if turn in waiting:  # it waited too long, or its browser has gone
                waiting.remove(turn)

    def _next(self, name: Hashable) -> None:
        if not self.waiting[name]:
            del self.waiting[name]
            return
        _drawn(self.waiting[name]).set_result(True)
        asyncio.get_running_loop().call_later(A_TURN_SECONDS, self._next, name)


def _drawn(waiting: list[asyncio.Future[bool]]) -> asyncio.Future[bool]:
    return waiting.pop(secrets.randbelow(len(waiting)))
