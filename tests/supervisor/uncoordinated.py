"""The real worker of review, whose consumer's coordination with its group dies in silence once it is there."""

from typing import Any

from runtime.worker import worker
from runtime.worker.watchdog import Watchdog


class Cancelling(Watchdog):
    """Looks as production's does, and at its first sight of the task ends it."""

    def __init__(self, settings: Any, oldest_seconds: Any, coordination: Any) -> None:
        super().__init__(settings, oldest_seconds, coordination)
        self._find, self.coordination = coordination, self._found

    def _found(self) -> Any:
        task = self._find()
        if task is not None and not task.done():
            task.get_loop().call_soon_threadsafe(task.cancel)
        return task


if __name__ == "__main__":
    vars(worker)["Watchdog"] = Cancelling
    worker.run("review")
