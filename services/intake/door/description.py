"""contracts/openapi.json, what a channel may ask over HTTP: `python -m services.intake.door.description > ...`."""

import json
import sys
from types import SimpleNamespace
from typing import Any

import httpx
from fastapi import FastAPI

from runtime.settings import Settings
from services.intake.door.routes import prepare, routes


def description() -> dict[str, Any]:
    """As a running intake says it of itself; nothing is served by asking."""
    app = FastAPI(title="tuiding intake", docs_url=None, redoc_url=None, redirect_slashes=False)
    host: Any = SimpleNamespace(settings=Settings(), store=None, publish=None)
    app.include_router(routes(host, billing=httpx.AsyncClient()))
    prepare(app)
    return app.openapi()


def main() -> None:
    json.dump(description(), sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
