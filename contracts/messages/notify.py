"""What notify says: which text reached the customer, by which route, provable by the hash of its exact words."""

from contracts.messages.base import Message
from contracts.words import End, Language, Reference, Route


class NoticeSent(Message):
    """The event the customer was told of is this one's cause (`ce_causationid`)."""

    type = "notice.sent.v1"

    notice: str
    route: Route
    language: Language
    text_sha256: str
    reference: Reference


class RequestClosed(NoticeSent):
    """The last notice of a request that was carried out has reached the customer: now it is closed."""

    type = "request.closed.v1"
    ends = End.CLOSED


class NoticeFailed(Message):
    """No contact route is left: an operator sees it and can order a retry of `incident`."""

    type = "notice.failed.v1"

    notice: str
    tried: tuple[Route, ...]
    code: str
    incident: str
