"""The real worker of review, whose thread that reads from the broker dies in silence once it has partitions."""

from typing import Any

from runtime.kafka.polling import Polling
from runtime.worker import worker

TURN: Any = vars(Polling)["_turn"]


def turn(polling: Polling) -> None:
    if polling.positions.parts():
        raise MemoryError("nobody hears this")
    TURN(polling)


if __name__ == "__main__":
    setattr(Polling, "_turn", turn)  # noqa: B010
    worker.run("review")
