"""Nobody acts for good on another service's word alone: the customer's own, which intake says, is heard as well.

Topics are not ordered against each other, so whichever comes first waits; after a while a person is asked to look.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, get_args

from contracts.messages.intake import CustomersWord
from contracts.messages.shared import AttentionRequired, AttentionResolved
from contracts.words import RequestId

AWAITED = "customers-word"  # the alarm
MISSING: Final = "customers-word-missing"
MOST_HELD = 8  # of what says the same without the customer: a case stays small however many are made up
CLOCKS_DIFFER = timedelta(hours=2)  # as far as another service's may be ahead of ours without a person being told
NOT_KEPT: Final = "settlement-not-kept"  # the incident, and its code


def lies_ahead(moment: datetime | None, now: datetime) -> bool:
    """Beyond any difference of clocks: whoever says it has happened is mistaken, or lies."""
    return moment is not None and now < moment - CLOCKS_DIFFER


def incident_of(word: CustomersWord) -> str:
    return f"{AWAITED}:{word}"


def word_of(incident: str) -> CustomersWord | None:
    """Which word of the customer's an operator asks for once more."""
    return next((word for word in _words() if incident == incident_of(word)), None)


def _words() -> Iterator[CustomersWord]:
    yield from get_args(CustomersWord)


def missing(request_id: RequestId, word: CustomersWord, said: str) -> AttentionRequired:
    detail = (
        f"{said} was said, and intake has not said the customer's {word}: nothing came of it; "
        "a retry asks intake, and closes this if the customer never said so"
    )
    return _looked_at(request_id, word, detail)


def of_another(request_id: RequestId, word: CustomersWord, said: str) -> AttentionRequired:
    """The customer's word was heard, and this is not what follows from it."""
    detail = (
        f"{said} was said, and the customer's {word} that intake said is not to it: nothing came of it, and what "
        "belongs to that word goes on by itself; find out who said this, a retry closes it"
    )
    return _looked_at(request_id, word, detail)


def not_kept(request_id: RequestId) -> AttentionRequired:
    """The one that belongs to the customer's yes may be among what did not fit."""
    detail = (
        f"more settlements were said before the customer's yes than the {MOST_HELD} that are kept, and none of these "
        "is to it: billing is asked what it settled, and it goes on by itself; find out who said the others"
    )
    return AttentionRequired(request_id=request_id, incident=NOT_KEPT, operation=AWAITED, code=NOT_KEPT, detail=detail)


def _looked_at(request_id: RequestId, word: CustomersWord, detail: str) -> AttentionRequired:
    return AttentionRequired(
        request_id=request_id, incident=incident_of(word), operation=AWAITED, code=MISSING, detail=detail
    )


def found(request_id: RequestId, word: CustomersWord) -> AttentionResolved:
    return AttentionResolved(request_id=request_id, incident=incident_of(word))
