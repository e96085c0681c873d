"""Whether a service lives and whether it can work: what health checks ask."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse


def add_health(app: FastAPI, told: Callable[[], dict[str, Any]]) -> None:
    """`told`: `ready`, and the `reason` where it is not."""

    @app.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        found = told()
        return JSONResponse(found, 200 if found["ready"] else 503)
