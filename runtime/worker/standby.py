"""Keeps a service that stopped on purpose alive but not ready, until a person restarts it.

Containers are restarted whatever their exit code says (compose and Kubernetes know no condition for it), so a flood of
dead letters would go on with every start. Here it does not: health checks see why, and a restart by hand begins anew.
"""

import asyncio
import contextlib
import signal
import sys

from fastapi import FastAPI, Request, Response

from contracts.words import Text
from runtime.exits import one_line
from runtime.http.health import add_health
from runtime.http.pages import to_reader
from runtime.http.problem_codes import GENERAL
from runtime.http.problems import Problem, answer_with_problems
from runtime.http.protection import Protection
from runtime.http.server import http_server
from runtime.settings import Settings


def stand_down(settings: Settings, port: int, why: Text) -> None:
    """Returns when told to stop."""
    why = Text(zh=one_line(why.zh), en=one_line(why.en))
    with contextlib.suppress(OSError):
        print(f"standing down, not ready, until somebody restarts this: {why.en}", file=sys.stderr, flush=True)
    asyncio.run(_serve(settings, port, why))


async def _serve(settings: Settings, port: int, why: Text) -> None:
    server = http_server(Protection(door(why), settings), settings, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, setattr, server, "should_exit", True)
    await server.serve()


def door(why: Text) -> FastAPI:
    """Alive, not ready, and whatever else is asked for is not to be had now."""
    app = FastAPI(openapi_url=None)
    answer_with_problems(app)
    add_health(app, lambda: {"ready": False, "reason": why.en})

    @app.api_route("/{anything:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    async def anything(request: Request) -> Response:
        return to_reader(Problem("stands-down", detail=why), GENERAL, request, says=why)

    return app
