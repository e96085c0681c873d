"""What somebody typed, made into the body of a call to intake; what is wrong with it is for intake to say."""

from typing import Any

from fastapi import Request

from contracts.words import whole_number
from demo.phone.notebook import Json
from demo.phone.seats import Paper, Seat
from runtime.http import pages
from runtime.http.pages import Form

MOST_FIELDS = 200
ANSWER = "answer:"


async def form_of(request: Request) -> Form:
    return await pages.form_of(request, MOST_FIELDS)


def one(form: Form, name: str) -> str:
    return pages.one(form, name).strip()


def filing(seat: Seat, subscription: str, form: Form) -> Json:
    wish: Json = {"channel": str(seat.channel), "kind": one(form, "kind"), "subscription": subscription}
    wish |= _given(form, "reason", "requested_end", "resubmission_of", "login_problem")
    if items := [each for each in form.get("item", []) if each]:
        wish["items"] = items
    return wish | _proof(form, seat.filing)


def follow_up(seat: Seat, action: str, form: Form, status: Json) -> Json:
    """The body of POST /v1/cancellations/{id}/<action>."""
    return {"channel": str(seat.channel)} | _of_action(seat, action, form, status)


def _of_action(seat: Seat, action: str, form: Form, status: Json) -> Json:
    match action:
        case "information":
            answers = {name.removeprefix(ANSWER): one(form, name) for name in form if name.startswith(ANSWER)}
            return {"answers": answers}
        case "confirmation":
            said = {"quote_version": _number(one(form, "quote_version")), "clauses_acknowledged": "clauses" in form}
            return said | _proof(form, seat.yes)
        case "withdrawal":
            return _proof(form, seat.filing)
        case "dispute":
            return {"ground": one(form, "ground")} | ({"lines": form["line"]} if "line" in form else {})
        case "problem":
            return {"problem": one(form, "problem")} | ({"items": form["item"]} if "item" in form else {})
        case "escalation":
            return {"level": one(form, "level"), "ground": one(form, "ground")} | _given(form, "words", "reference")
        case "reopening":
            terms = (status.get("number") or {}).get("terms") or {}
            return {"fee": terms.get("fee", {"minor": 0})} | _proof(form, seat.yes)
    return {}


def _given(form: Form, *names: str) -> Json:
    return {name: value for name in names if (value := one(form, name))}


def _proof(form: Form, papers: tuple[Paper, ...]) -> Json:
    given = _given(form, *(paper.field for paper in papers))
    return {"proof": given} if given else {}


def _number(text: str) -> Any:
    number = whole_number(text, most_digits=8)
    return text if number is None else number
