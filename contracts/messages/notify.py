"""What notify says: which text reached the customer, by which route, provable by the hash of its exact words."""

from contracts.messages.base import Message
from contracts.words import Language, Reference, RequestId, Route


class NoticeSent(Message):
    type = "notice.sent.v1"

    notice: str
    about: RequestId  # id of the event the customer was told of
    route: Route
    language: Language
    text_sha256: str
    reference: Reference
    closes: bool = False  # the last word of a request that was carried out: it is closed now


class NoticeFailed(Message):
    """No contact route is left: an operator sees it and can send it again."""

    type = "notice.failed.v1"

    notice: str
    about: RequestId
    tried: tuple[Route, ...]
    code: str
