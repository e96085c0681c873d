"""The words a customer gets for an event: the pack's notice, in the customer's language, provable by its hash."""

import hashlib
from typing import NamedTuple

from contracts.messages import ForCustomer
from contracts.visible import visible
from contracts.words import Language
from policies.schema import Notice, Pack
from policies.templates import condition, template


class Rendered(NamedTuple):
    """`sha256` is over `subject`, two line ends and `body` in UTF-8; `closes` marks the last word of a request."""

    notice: str
    subject: str
    body: str
    closes: bool
    sha256: str


def render(pack: Pack, event: ForCustomer, language: Language) -> Rendered | None:
    """Nothing when the pack has no words for this event. Raises `jinja2.TemplateError` when a template is wrong."""
    seen = {**dict(event), "pack": pack, "language": language}
    notice = _first(pack, event.type, seen)
    if notice is None:
        return None
    subject = visible(template(notice.subject.in_language(language)).render(seen).strip())
    body = visible(template(notice.body.in_language(language)).render(seen).strip())
    return Rendered(notice.notice, subject, body, notice.closes, text_sha256(subject, body))


def text_sha256(subject: str, body: str) -> str:
    return hashlib.sha256(f"{subject}\n\n{body}".encode()).hexdigest()


def _first(pack: Pack, event: str, seen: dict[str, object]) -> Notice | None:
    return next((n for n in pack.notices if n.event == event and (n.when == "true" or condition(n.when)(seen))), None)
