"""The phone's application: its pages, and the same protection as every other door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from demo.phone.desk import Desk
from demo.phone.doors import routes
from demo.phone.outside import Outside
from demo.phone.way_in import WayIn
from policies.pack import folders, load
from runtime.http.problems import answer_with_problems
from runtime.http.protection import Protection
from runtime.settings import Settings


def phone(settings: Settings, console: str) -> ASGIApp:
    outside = Outside(settings.intake, settings.carrier)

    @asynccontextmanager
    async def closing(app: FastAPI) -> AsyncIterator[None]:
        yield
        await outside.close()

    app = FastAPI(title="tuiding phone", docs_url=None, redoc_url=None, openapi_url=None, lifespan=closing)
    app.state.desk = Desk(outside, load(settings.policy, folders(settings.policies)), WayIn(console, settings))

    @app.get("/readyz", include_in_schema=False)
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    app.include_router(routes(app.state.desk))
    answer_with_problems(app)
    return Protection(app, settings)
