"""What the pages of prices, of a request and of the choice show, from the public answers."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from fastapi import Request, Response

from demo.phone import words
from demo.phone.curve import curve
from demo.phone.desk import Desk, story_of
from demo.phone.notebook import Json
from demo.phone.outside import SaidNo
from demo.phone.seats import Seat
from demo.phone.stories import CHAPTERS, STARTS
from runtime.http.pages import language_of

ACTIONS = (
    "information",
    "confirmation",
    "withdrawal",
    "dispute",
    "problem",
    "escalation",
    "payment",
    "reopening",
)


async def price_page(
    desk: Desk, request: Request, seat: Seat, subscription: str, wish: Json, problem: Json, status: int = 200
) -> Response:
    ask: Json = {
        name: wish[name] for name in ("kind", "subscription", "items", "requested_end", "channel") if name in wish
    }
    try:
        answer = await desk.outside.prices(ask, language_of(request))
    except SaidNo as no:
        answer, problem, status = None, problem or no.problem, no.status
    quote = answer["quote"] if answer else None
    return await desk.with_customer(
        request,
        "price.html",
        seat,
        subscription,
        status,
        wish=wish,
        items=wish.get("items", []),
        answer=answer,
        quote=quote,
        curve=curve(answer["dates"]) if answer else None,
        clauses=desk.clauses(quote["clauses"]) if quote else [],
        reasons=words.REASONS,
        problem=problem or None,
        key=str(uuid4()),
    )


async def request_page(
    desk: Desk,
    request: Request,
    seat: Seat,
    subscription: str,
    request_id: str,
    problem: Json | None = None,
    answered: int = 200,
) -> Response:
    language = language_of(request)
    status = await desk.outside.status(request_id, language)
    quote = status["quote"]
    all_letters = await desk.outside.letters(subscription, language)
    letters = [each for each in all_letters if request_id in (each["content"] or "")]
    return await desk.with_customer(
        request,
        "request.html",
        seat,
        subscription,
        answered,
        status=status,
        quote=quote,
        offered={each["name"]: each for each in status["actions"]},
        clauses=desk.clauses(quote["clauses"]) if quote else [],
        letters=letters[:3],
        problem=problem,
        tables={name: words.TABLES[name] for name in ("ground", "complaint", "level", "problem")},
        keys={name: str(uuid4()) for name in ACTIONS},
        live=True,
    )


def asked_for(seat: Seat, subscription: str, query: Any) -> Json:
    """`?kind=product&item=...&requested_end=...` as the body of a question for prices."""
    wish: Json = {"channel": str(seat.channel), "kind": query.get("kind") or "product", "subscription": subscription}
    items = [each for each in query.getlist("item") if each]
    wish |= {"items": items} if items and wish["kind"] == "product" else {}
    return wish | {
        name: query[name] for name in ("requested_end", "resubmission_of", "login_problem") if query.get(name)
    }


def chapters(customers: Sequence[Json]) -> list[Json]:
    found: dict[str, Json] = {}
    for each in customers:
        title = CHAPTERS.get(each["journey"])
        if title is not None:
            chapter = found.setdefault(title.en, {"title": title, "customers": []})
            chapter["customers"].append({"subscription": each["subscription"], "story": story_of(each)})
    return list(found.values())


def starts(customers: Sequence[Json]) -> list[Json]:
    known = {each["subscription"]: each for each in customers}
    return [
        {"subscription": each.subscription, "story": story_of(known[each.subscription]), "try_this": each.try_this}
        for each in STARTS
        if each.subscription in known
    ]
