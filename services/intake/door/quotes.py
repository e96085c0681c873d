"""Forwards the question what an end would cost to billing, whose answer it is; creates nothing."""

import httpx
from fastapi import Request, Response

from contracts.quotes import QuoteAsk
from runtime.http.problems import MEDIA, Problem


async def forward(billing: httpx.AsyncClient, request: Request, ask: QuoteAsk) -> Response:
    """Billing's answer as it is, problems included; `quotes-away` when it gives none."""
    headers = {"Content-Type": "application/json"}
    if "accept-language" in request.headers:
        headers["Accept-Language"] = request.headers["accept-language"]
    try:
        answer = await billing.post("/v1/quotes", content=ask.model_dump_json(), headers=headers)
    except httpx.HTTPError:
        raise Problem("quotes-away") from None
    media = answer.headers.get("content-type", "")
    if media not in ("application/json", MEDIA):  # something on the way answered, not billing
        raise Problem("quotes-away")
    kept = {name: answer.headers[name] for name in ("content-language", "retry-after") if name in answer.headers}
    return Response(answer.content, answer.status_code, kept, media)
