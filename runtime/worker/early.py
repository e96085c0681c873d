"""Asks before it is stored what rests on its message alone: where the answer comes at once, one transaction holds both.

Killed before that, the worker asks again under the same key. Whatever is not answered within a moment is stored and
asked as ever; then nobody waits again for a while.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from runtime.envelope import Record, attribute
from runtime.kernel.arrivals import Arrival, CallDone, Consumed, PendingCall
from runtime.worker.asking import Asking

MOMENT_SECONDS = 0.1
REST_SECONDS = 5.0  # after one that did not answer within the moment
MOST_AT_ONCE = 10  # in a larger batch each has little to win, and together they would take more than a moment
YOUNG = timedelta(minutes=1)  # a repeated ask is what carriers expect; of what was said long ago they may know nothing


class Early(Asking):
    async def _with_answers(self, arrivals: list[Arrival]) -> list[Arrival]:
        """The same, each with the answers to what it asks behind it, as far as they came."""
        if not (self.stepper.foresees and 0 < len(arrivals) <= MOST_AT_ONCE):
            return arrivals
        if asyncio.get_running_loop().time() < self._rest_until:
            return arrivals
        asked = self._foreseen(arrivals)
        if not asked:
            return arrivals
        answers = await self._asked_early([call for calls in asked.values() for call in calls])
        return [each for at, arrival in enumerate(arrivals) for each in (arrival, *_of(asked.get(at, ()), answers))]

    def _foreseen(self, arrivals: Sequence[Arrival]) -> dict[int, list[PendingCall]]:
        """By the place of what asks; each once, and nothing of a request that still waits for an earlier answer."""
        now, known = self.now(), set(self._under_way)
        found: dict[int, list[PendingCall]] = {}
        for at, arrival in enumerate(arrivals):
            if isinstance(arrival, Consumed) and _is_young(arrival.record, now):
                for call in self.stepper.foresee(arrival, now):
                    if call.id not in known and call.request_id not in self._calls:
                        known.add(call.id)
                        found.setdefault(at, []).append(call)
        return found

    async def _asked_early(self, calls: Sequence[PendingCall]) -> dict[str, CallDone]:
        self.at_hand = dict.fromkeys(call.id for call in calls)
        asking = [self._make(call) for call in calls]
        await asyncio.wait(asking, timeout=MOMENT_SECONDS)
        answers = {own: done for own, done in self.at_hand.items() if done is not None}
        self.at_hand = {}
        if len(answers) < len(calls):
            self._rest_until = asyncio.get_running_loop().time() + REST_SECONDS
        return answers


def _of(calls: Sequence[PendingCall], answers: dict[str, CallDone]) -> list[CallDone]:
    return [answers[call.id]._replace(at_once=True) for call in calls if call.id in answers]


def _is_young(record: Record, now: datetime) -> bool:
    """By when it was said, which stays as it is when somebody says it again."""
    try:
        return abs(datetime.fromisoformat(attribute(record.headers, "ce_time")) - now) < YOUNG
    except (ValueError, TypeError):  # no time, or none with a zone
        return False
