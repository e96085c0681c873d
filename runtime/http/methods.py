"""What may be asked of any address beside its own methods: HEAD, which is GET without its body, and OPTIONS.

No page of another site may read or write here, so the OPTIONS of a browser (CORS) hears what is allowed and no more.
"""

from functools import partial
from http import HTTPStatus

from fastapi import Request, Response
from starlette.routing import Match
from starlette.types import Message, Scope, Send

OURS = ("GET", "POST", "DELETE")
THE_SERVER = b"*"  # an address for OPTIONS only


def without_body(scope: Scope, send: Send) -> tuple[Scope, Send]:
    """HEAD as the GET it stands for, of whose answer only the head is sent, even of one that would go on."""

    async def head_only(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body"})

    state = {**scope.get("state", {}), "sent_method": "HEAD"}
    return {**scope, "method": "GET", "state": state}, head_only


def as_sent(request: Request) -> str:
    """The method that the caller signed."""
    return getattr(request.state, "sent_method", request.method)


def allowed(request: Request) -> str:
    """By all routes at this address: the router names the methods of the first it finds."""
    own = OURS if _of_the_server(request) else tuple(filter(partial(_is_taken, request), OURS))
    return ", ".join((*own, *(("HEAD",) if "GET" in own else ()), "OPTIONS"))


def asked_for(request: Request, status: int) -> bool:
    """By an OPTIONS, of an address of ours or of the whole server; `status`: what it would be answered."""
    there = status == HTTPStatus.METHOD_NOT_ALLOWED or _of_the_server(request)
    return request.method == "OPTIONS" and there


def told(request: Request) -> Response:
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": allowed(request)})


def _of_the_server(request: Request) -> bool:
    return bool(request.scope.get("raw_path") == THE_SERVER)


def _is_taken(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
