"""The carrier's systems as switches, so that anybody can see an outage, whom it hurts, and its cure."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from contracts.carrier.operations import OPERATIONS
from demo.phone.desk import Desk, Spoken, nowhere
from demo.phone.notebook import Json
from runtime.http.pages import language_of

SYSTEMS = tuple(dict.fromkeys(each.system for each in OPERATIONS.values()))
NOT_NOW = {"kind": "error", "status": 503}


def outage_routes(desk: Desk) -> APIRouter:
    doors = APIRouter(route_class=Spoken, include_in_schema=False)

    @doors.post("/outages/{system}/{switch}")
    async def switch(request: Request, system: str, switch: str) -> Response:
        if system not in SYSTEMS or switch not in ("off", "on"):
            raise nowhere()
        language = language_of(request)
        if switch == "off":
            await desk.outside.of_the_world("PUT", f"/faults/system/{system}", language, NOT_NOW)
        else:
            for operation in _of(system):
                await desk.outside.of_the_world("DELETE", f"/faults/{operation}", language)
        return RedirectResponse(f"/?lang={language}#outages", 303)

    return doors


async def systems(desk: Desk, language: str) -> list[Json]:
    """Each with whether it is switched off: with a fault on all that it is asked for."""
    faults = await desk.outside.of_the_world("GET", "/faults", language)
    return [{"name": each, "off": set(_of(each)) <= set(faults)} for each in SYSTEMS]


def _of(system: str) -> list[str]:
    return [each.name for each in OPERATIONS.values() if each.system == system]
