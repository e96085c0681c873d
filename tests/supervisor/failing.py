"""Review with a bug in every decision: by itself, or, with arguments, under the command line."""

import sys
from typing import Any

from runtime.worker import worker
from services.review import app


def fail(*_: Any) -> Any:
    raise ZeroDivisionError("a bug in a decision")


if __name__ == "__main__":
    app.WIRING = app.WIRING._replace(on=tuple(each._replace(decide=fail) for each in app.WIRING.on))
    if sys.argv[1:]:
        from cli import main

        main()
    worker.run("review")
