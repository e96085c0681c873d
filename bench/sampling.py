"""A sampling profiler that weighs by CPU: every few milliseconds, each thread's stack gets the CPU it has just used.

cProfile sees one thread and slows small functions most; a worker has three busy threads (decisions' loop, Faust's
consumer, the store) and lives on small functions.
"""

import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

EVERY_SECONDS = 0.004
DEEPEST = 80
Place = tuple[str, str]  # (file, function)


class Sampler(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="sampler", daemon=True)
        self.own: Counter[tuple[str, Place]] = Counter()  # CPU nanoseconds where the stack ended, by thread
        self.below: Counter[Place] = Counter()  # CPU nanoseconds while the function was anywhere on the stack
        self.threads: Counter[str] = Counter()
        self._before: dict[int, int] = {}

    def run(self) -> None:
        while True:
            time.sleep(EVERY_SECONDS)
            self._look()

    def forget(self) -> None:
        for counter in (self.own, self.below, self.threads):
            counter.clear()

    def _look(self) -> None:
        frames = sys._current_frames()
        for thread in threading.enumerate():
            if thread.native_id is None or thread.ident is None or thread is self:
                continue
            used = self._used(thread.native_id)
            frame = frames.get(thread.ident)
            if used and frame:
                self._weigh(thread.name, frame, used)

    def _used(self, native_id: int) -> int:
        try:
            now = int(Path(f"/proc/self/task/{native_id}/schedstat").read_text().split()[0])
        except OSError:
            return 0
        before, self._before[native_id] = self._before.get(native_id, now), now
        return now - before

    def _weigh(self, thread: str, frame: FrameType, used: int) -> None:
        self.threads[thread] += used
        self.own[thread, _place(frame)] += used
        seen: set[Place] = set()
        here: FrameType | None = frame
        while here is not None and len(seen) < DEEPEST:
            seen.add(_place(here))
            here = here.f_back
        for place in seen:
            self.below[place] += used

    def seen(self) -> dict[str, Any]:
        """In shares of all CPU the process used; the heaviest first."""
        whole = sum(self.threads.values()) or 1
        return {
            "cpu_seconds": whole / 1e9,
            "threads": {name: used / whole for name, used in self.threads.most_common()},
            "own": [[thread, *place, used / whole] for (thread, place), used in self.own.most_common(60)],
            "below": [[*place, used / whole] for place, used in self.below.most_common(150)],
        }


def _place(frame: FrameType) -> Place:
    code = frame.f_code
    return _short(code.co_filename), code.co_qualname


def _short(file: str) -> str:
    """`sqlalchemy/engine/base.py`, without the machine's folders."""
    _, found, rest = file.rpartition("/site-packages/")
    return rest if found else "/".join(file.split("/")[-3:])
