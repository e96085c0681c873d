"""Forwards the question what an end would cost to billing, whose answer it is; creates nothing."""

import httpx
from fastapi import Request, Response

from runtime.http.bodies import whole_body
from runtime.http.callers.gate import AGENT_HEADER, SUBSCRIPTION_HEADER
from runtime.http.problems import MEDIA, Problem

GO_ON = (
    "accept-language",
    "authorization",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    SUBSCRIPTION_HEADER,
    AGENT_HEADER,
)


async def forward(billing: httpx.AsyncClient, request: Request) -> Response:
    """Billing's answer as it is, problems included; `quotes-away` when it gives none.

    The body goes on as it came, with who asks: it may be signed.
    """
    headers = {"Content-Type": "application/json"} | {
        name: request.headers[name] for name in GO_ON if name in request.headers
    }
    try:
        answer = await billing.post("/v1/quotes", content=await whole_body(request), headers=headers)
    except httpx.HTTPError:
        raise Problem("quotes-away") from None
    media = answer.headers.get("content-type", "")
    if media not in ("application/json", MEDIA):  # something on the way answered, not billing
        raise Problem("quotes-away")
    kept = {
        name: answer.headers[name]
        for name in ("content-language", "retry-after", "www-authenticate")
        if name in answer.headers
    }
    return Response(answer.content, answer.status_code, kept, media)
