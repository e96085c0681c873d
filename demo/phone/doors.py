"""The pages: choose a customer, see services and prices, file, follow, answer, read the letters."""

import re
from uuid import uuid4

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse, StreamingResponse

from demo.phone.desk import Desk, Spoken, nowhere, seat_of
from demo.phone.forms import filing, follow_up, form_of, one
from demo.phone.notebook import Json
from demo.phone.outages import outage_routes, systems
from demo.phone.outside import COLLECTION, SaidNo
from demo.phone.rendering import HERE
from demo.phone.shown import ACTIONS, asked_for, chapters, price_page, request_page, starts
from runtime.http.pages import Form, language_of

KEY = re.compile(r"[!-~]{1,120}")
UNTICKED = "unticked"  # whoever ticked nothing is asked to
NEVER_SEEDED = "check"  # lines that the conformance check closes
CONSOLE_STATIC = HERE.parents[1] / "services" / "console" / "static"
STATIC = {
    "console.css": (CONSOLE_STATIC, "text/css"),
    "htmx.js": (CONSOLE_STATIC, "text/javascript"),
    "icon.svg": (CONSOLE_STATIC, "image/svg+xml"),
    "phone.css": (HERE / "static", "text/css"),
    "phone.js": (HERE / "static", "text/javascript"),
    "status-card.js": (HERE / "static", "text/javascript"),
}


def routes(desk: Desk) -> APIRouter:
    doors = APIRouter(route_class=Spoken, include_in_schema=False)
    _add_choice(doors, desk)
    _add_looking(doors, desk)
    _add_telling(doors, desk)
    _add_world(doors, desk)
    doors.include_router(outage_routes(desk))

    @doors.get("/{anywhere:path}")
    async def elsewhere(anywhere: str) -> Response:
        """A page in words, where a program would get a problem."""
        raise nowhere()

    return doors


def _add_choice(doors: APIRouter, desk: Desk) -> None:
    @doors.get("/")
    async def choose(request: Request) -> Response:
        language = language_of(request)
        known = [each for each in await desk.outside.customers(language) if each["journey"] != NEVER_SEEDED]
        switches = await systems(desk, language)
        return desk.page(request, "choose.html", chapters=chapters(known), starts=starts(known), systems=switches)

    @doors.get("/console")
    async def into_the_console(request: Request, to: str = "/") -> Response:
        return RedirectResponse(desk.way_in.to(request, to), 303)

    @doors.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in STATIC:
            raise nowhere()
        folder, media = STATIC[name]
        return FileResponse(folder / name, media_type=media)


def _add_looking(doors: APIRouter, desk: Desk) -> None:
    outside = desk.outside

    @doors.get("/{seat}/{subscription}")
    async def home(request: Request, seat: str, subscription: str) -> Response:
        found = await outside.requests_of(subscription, language_of(request))
        letters = await outside.letters(subscription, language_of(request))
        shown: Json = {"requests": found, "letters": len(letters), "unticked": UNTICKED in request.query_params}
        return await desk.with_customer(request, "home.html", seat_of(seat), subscription, live=True, **shown)

    @doors.get("/{seat}/{subscription}/price")
    async def price(request: Request, seat: str, subscription: str) -> Response:
        wish = asked_for(seat_of(seat), subscription, request.query_params)
        if wish["kind"] == "product" and not wish.get("items"):
            return RedirectResponse(f"/{seat}/{subscription}?{UNTICKED}&lang={language_of(request)}#services", 303)
        return await price_page(desk, request, seat_of(seat), subscription, wish, {})

    @doors.get("/{seat}/{subscription}/inbox")
    async def inbox(request: Request, seat: str, subscription: str) -> Response:
        letters = await outside.letters(subscription, language_of(request))
        return await desk.with_customer(request, "inbox.html", seat_of(seat), subscription, letters=letters, live=True)

    @doors.get("/{seat}/{subscription}/requests/{request_id}")
    async def one_request(request: Request, seat: str, subscription: str, request_id: str) -> Response:
        return await request_page(desk, request, seat_of(seat), subscription, request_id)

    @doors.get("/requests/{request_id}/status.json")
    async def status(request: Request, request_id: str) -> Response:
        """What a channel's backend hands to the status card: intake's answer as it is."""
        found = await outside.status(request_id, language_of(request))
        return Response(orjson.dumps(found), media_type="application/json")

    @doors.get("/requests/{request_id}/events")
    async def events(request: Request, request_id: str) -> Response:
        """The same at every change, for a card that need not ask again and again."""
        lines = outside.events(request_id, request.headers.get("last-event-id", ""))
        return StreamingResponse(lines, media_type="text/event-stream")


def _add_telling(doors: APIRouter, desk: Desk) -> None:
    outside = desk.outside

    @doors.post("/{seat}/{subscription}/file")
    async def file(request: Request, seat: str, subscription: str) -> Response:
        sitting, form, language = seat_of(seat), await form_of(request), language_of(request)
        body = filing(sitting, subscription, form)
        try:
            answer = await outside.tell(subscription, COLLECTION, _key(form), body, language)
        except SaidNo as no:
            return await price_page(desk, request, sitting, subscription, body, no.problem, no.status)
        return _to(request, f"/{seat}/{subscription}/requests/{answer['request_id']}")

    @doors.post("/{seat}/{subscription}/login-problem")
    async def login_problem(request: Request, seat: str, subscription: str) -> Response:
        sitting, form = seat_of(seat), await form_of(request)
        body = {"channel": str(sitting.channel), "subscription": subscription} | {
            name: value for name, value in filing(sitting, subscription, form).items() if name == "proof"
        }
        answer = await outside.tell(subscription, "/v1/problems", _key(form), body, language_of(request))
        return _to(request, f"/{seat}/{subscription}/requests/{answer['request_id']}")

    @doors.post("/{seat}/{subscription}/requests/{request_id}/{action}")
    async def act(request: Request, seat: str, subscription: str, request_id: str, action: str) -> Response:
        sitting, form, language = seat_of(seat), await form_of(request), language_of(request)
        if action not in ACTIONS:
            raise nowhere()
        status = await outside.status(request_id, language)
        body = follow_up(sitting, action, form, status)
        try:
            await outside.tell(
                subscription, f"{COLLECTION}/{status['request_id']}/{action}", _key(form), body, language
            )
        except SaidNo as no:
            return await request_page(desk, request, sitting, subscription, request_id, no.problem, no.status)
        return _to(request, f"/{seat}/{subscription}/requests/{request_id}")


def _add_world(doors: APIRouter, desk: Desk) -> None:
    """What the customer does elsewhere: pays at the bank, gets a new card; and what its engineers do."""

    @doors.post("/{seat}/{subscription}/elsewhere/{deed}")
    async def elsewhere(request: Request, seat: str, subscription: str, deed: str) -> Response:
        deeds = {
            "pays-arrears": desk.outside.pays_arrears,
            "changes-card": desk.outside.changes_card,
            "repairs": desk.outside.repairs,
        }
        if deed not in deeds:
            raise nowhere()
        form = await form_of(request)
        await deeds[deed](subscription, language_of(request))
        request_id = one(form, "request")
        return _to(request, f"/{seat_of(seat).name}/{subscription}" + (f"/requests/{request_id}" if request_id else ""))


# ---- what a page needs -----------------------------------------------------------------------------------------------


def _key(form: Form) -> str:
    """What is no key (RFC 8941's characters) is nobody's second press."""
    key = one(form, "key")
    return key if KEY.fullmatch(key) else str(uuid4())


def _to(request: Request, path: str) -> Response:
    return RedirectResponse(f"{path}?lang={language_of(request)}", 303)
