"""The clock of one machine is an hour ahead while a file says so: for our code, not for its clients."""

import os
import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

FILE = "TUIDING_CHAOS_CLOCK_AHEAD"  # in a worker's environment: where the file would lie
AHEAD = timedelta(hours=1)
TELL_TIME = ("runtime.worker.", "runtime.http.", "services.")


def follow() -> None:
    """After everything is imported; libfaketime would be nearer to a wrong clock, but librdkafka hangs under it."""
    if file := os.environ.get(FILE):
        wrong = _told_by(Path(file))
        for name, module in list(sys.modules.items()):
            if name.startswith(TELL_TIME) and vars(module).get("datetime") is datetime:
                vars(module)["datetime"] = wrong


def _told_by(file: Path) -> type[datetime]:
    class AsEver(type):
        def __instancecheck__(cls, instance: Any) -> bool:
            return isinstance(instance, datetime)

    class Wrong(datetime, metaclass=AsEver):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + (AHEAD if file.exists() else timedelta(0))

    return Wrong
