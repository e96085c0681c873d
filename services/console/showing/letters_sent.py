"""The letters of a request as the customer read them: made again, and shown only where they are the same."""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from contracts.messages import TYPES
from contracts.messages.base import ForCustomer
from contracts.messages.notify import NoticeFailed, NoticeSent, RequestClosed
from contracts.words import Language
from policies.notices import render
from policies.pack import Pack
from services.console.kept.queries import Json
from services.console.kept.tally import word

SENT = (NoticeSent.type, RequestClosed.type)


def letters(events: Sequence[Json], pack: Pack) -> Iterator[Json]:
    """As the customer read them: made again from the event and the pack, and shown only where the hash is the same."""
    by_id = {event["id"]: event for event in events}
    for event in events:
        body = event["body"] if isinstance(event["body"], dict) else {}
        if event["type"] in SENT or event["type"] == NoticeFailed.type:
            yield {
                "notice": word(body, "notice"),
                "route": word(body, "route"),
                "at": event["at"],
                "failed": word(body, "code") if event["type"] not in SENT else "",
                **_letter(by_id.get(event["cause"]), body, pack),
            }


def _letter(cause: Json | None, sent: Json, pack: Pack) -> Json:
    model = TYPES.get(cause["type"]) if cause else None
    nothing = {"subject": "", "body": ""}
    if (
        cause is None
        or model is None
        or not issubclass(model, ForCustomer)
        or word(sent, "language") not in set(Language)
    ):
        return nothing
    try:
        message = model.model_validate(cause["body"])
        made = render(pack, message, Language(word(sent, "language")))
    except (ValidationError, ArithmeticError, LookupError, TypeError, ValueError):
        return nothing
    same = made is not None and made.sha256 == word(sent, "text_sha256")
    return {"subject": made.subject, "body": made.body} if made and same else nothing
