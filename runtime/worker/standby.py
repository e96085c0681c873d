"""Keeps a service that stopped on purpose alive but not ready, until a person restarts it.

Containers are restarted whatever their exit code says (compose and Kubernetes know no condition for it), so a flood of
dead letters would go on with every start. Here it does not: health checks see why, and a restart by hand begins anew.
"""

import asyncio
import contextlib
import signal
import sys
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from contracts.words import Text
from runtime.exits import one_line
from runtime.http import error_page
from runtime.http.pages import language_of
from runtime.http.problem_codes import GENERAL
from runtime.http.problems import Problem, answer_with_problems, said
from runtime.http.protection import Protection
from runtime.http.server import http_server
from runtime.settings import Settings

STANDS_DOWN = "stands-down"


def stand_down(settings: Settings, port: int, why: str) -> None:
    """Returns when told to stop."""
    why = one_line(why)
    with contextlib.suppress(OSError):
        print(f"standing down, not ready, until somebody restarts this: {why}", file=sys.stderr, flush=True)
    asyncio.run(_serve(settings, port, why))


async def _serve(settings: Settings, port: int, why: str) -> None:
    server = http_server(Protection(door(why), settings), settings, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, setattr, server, "should_exit", True)
    await server.serve()


def door(why: str) -> FastAPI:
    """Alive, not ready, and whatever else is asked for is not to be had now."""
    app = FastAPI(openapi_url=None)
    answer_with_problems(app)

    @app.get("/livez")
    async def alive() -> Any:
        return {"status": "alive"}

    @app.get("/readyz")
    async def ready() -> Response:
        return JSONResponse({"ready": False, "reason": why}, 503)

    @app.api_route("/{anything:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    async def anything(request: Request) -> Response:
        language, reason = language_of(request), Text(zh=why, en=why)
        told = said(Problem(STANDS_DOWN, detail=reason), GENERAL, request.url.path, language)
        if not error_page.wanted(request):
            return told
        status, title, _ = GENERAL[STANDS_DOWN]
        return error_page.refused(STANDS_DOWN, status, title, reason, language, told.headers["retry-after"])

    return app
