"""Nobody acts for good on another service's word alone: the customer's own, which intake says, is heard as well.

Topics are not ordered against each other, so whichever comes first waits; after a while a person is asked to look.
"""

from collections.abc import Iterator
from typing import Final, get_args

from contracts.messages.intake import CustomersWord
from contracts.messages.shared import AttentionRequired, AttentionResolved
from contracts.words import RequestId

AWAITED = "customers-word"  # the alarm
MISSING: Final = "customers-word-missing"
MOST_HELD = 8  # of what says the same without the customer


def incident_of(word: CustomersWord) -> str:
    return f"{AWAITED}:{word}"


def word_of(incident: str) -> CustomersWord | None:
    """Which word of the customer's an operator asks for once more."""
    return next((word for word in _words() if incident == incident_of(word)), None)


def _words() -> Iterator[CustomersWord]:
    yield from get_args(CustomersWord)


def missing(request_id: RequestId, word: CustomersWord, said: str) -> AttentionRequired:
    detail = f"{said} was said, and intake has not said the customer's {word}; a retry asks intake again"
    return AttentionRequired(
        request_id=request_id, incident=incident_of(word), operation=AWAITED, code=MISSING, detail=detail
    )


def found(request_id: RequestId, word: CustomersWord) -> AttentionResolved:
    return AttentionResolved(request_id=request_id, incident=incident_of(word))
