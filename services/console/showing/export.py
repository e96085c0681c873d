"""The requests of a search, all of them, as a sheet or as JSON, sent while they are read."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from runtime.exits import for_people
from runtime.http.problems import no_zero_byte
from services.console.kept import search
from services.console.kept.queries import Json
from services.console.kept.search import Wish
from services.console.rendering import Page
from services.console.showing.request_views import waiting_for, wish_of
from services.console.showing.shared_view import View

FORMULA = "=+-@＝＋－＠\t\r\n"  # how a cell begins that a spreadsheet would execute, also after blanks
AT_ONCE = 1_000
NAMES = [column.name for column in search.SUMMARY]
Door = Callable[[Request], Awaitable[Response]]
MOVING = ("latest", "quiet")  # a row that changes meanwhile would come twice, or never


class Form(NamedTuple):
    media_type: str
    begins: str
    rows: Callable[[Sequence[Json], bool], str]  # of one page; whether it is the first
    ends: str


def sheet(rows: Sequence[Json], first: bool = True) -> str:
    """A cell that could be a formula is text."""
    out = io.StringIO()
    writer = csv.writer(out)
    if first:
        writer.writerow(NAMES)
    writer.writerows([_cell(row[name]) for name in NAMES] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in FORMULA[-3:] or text.lstrip()[:1] in tuple(FORMULA) else text


def _json(rows: Sequence[Json], first: bool) -> str:
    separator = "" if first or not rows else ","
    return separator + ",".join(orjson.dumps(row).decode() for row in rows)


MARK = "\ufeff"  # tells spreadsheets that it is UTF-8
FORMS = {
    "csv": Form("text/csv; charset=utf-8", MARK, sheet, ""),
    "json": Form("application/json", '{"requests":[', _json, "]}"),
}


def routes(view: View) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])
    store, zone, turn = view.host.store, view.host.pack.zone, asyncio.Lock()

    async def pages(wish: Wish, ids: Sequence[str]) -> AsyncIterator[list[Json]]:
        """Many exports at once take turns: they cost the database what one does, only longer."""
        while True:
            async with turn:
                rows, after = await asyncio.to_thread(search.following, store, wish, ids, AT_ONCE, zone)
            yield rows
            if not after:
                return
            wish = wish._replace(after=after)

    async def text(form: Form, wish: Wish, ids: Sequence[str]) -> AsyncIterator[str]:
        """Where it breaks off the transfer does, so that nobody takes a part for the whole."""
        yield form.begins
        first = True
        async for rows in pages(wish, ids):
            yield form.rows(for_people(rows), first)
            first = False
        yield form.ends

    def door(kind: str, form: Form) -> Door:
        """With nothing bound to it by name, which an address could say otherwise."""

        async def sent(request: Request) -> Response:
            wish = wish_of(request)._replace(after="")
            wish = wish._replace(order="newest") if wish.order in MOVING else wish
            ids = waiting_for((await view.now())[0], wish.waits)
            headers = {"content-disposition": f'attachment; filename="requests.{kind}"'}
            return StreamingResponse(text(form, wish, ids), media_type=form.media_type, headers=headers)

        return sent

    for kind, form in FORMS.items():
        doors.add_api_route(f"/requests.{kind}", door(kind, form))
    return doors
