"""I16: what may still happen to a closed line: it comes back once, or its number goes once, never both."""

from contracts.messages.billing import ReopeningPaid
from contracts.messages.intake import ProblemReported
from contracts.messages.termination import LineReopened, NumberReleased, ServiceTerminated
from tests.proof.history import History, Violation
from tests.proof.reading import SWITCH_OFFS, events_of, of


def the_afterlife_is_bounded(history: History) -> list[Violation]:
    """I16: reopened at most once, for a paid fee; released at most once, never early, never after a reopening."""
    found = []
    for request_id in history.by_request:
        found += _once(history, request_id)
        found += _released_in_time(history, request_id)
        found += _brought_back(history, request_id)
    return found


def _once(history: History, request_id: str) -> list[Violation]:
    back, gone = of(history, request_id, LineReopened), of(history, request_id, NumberReleased)
    found = [
        Violation("I16", request_id, f"was {what} {len(said)} times")
        for what, said in (("reopened", back), ("released", gone))
        if len(said) > 1
    ]
    if back and gone:
        found.append(Violation("I16", request_id, "was reopened and its number released"))
    return found


def _released_in_time(history: History, request_id: str) -> list[Violation]:
    kept = [each.number_free_from for each in of(history, request_id, ServiceTerminated) if each.number_free_from]
    return [
        Violation("I16", request_id, f"its number was released at {event.at:%F %T}, too early")
        for event in events_of(history, request_id, NumberReleased)
        if not kept or event.at + history.clock_error < min(kept)
    ]


def _brought_back(history: History, request_id: str) -> list[Violation]:
    """Nothing comes back unpaid (a repair is another matter), and what is back stays on."""
    effects = history.effects_of.get(request_id, ())
    paid = [event.at for event in events_of(history, request_id, ReopeningPaid)]
    found = []
    restored = [effect.at for effect in effects if effect.kind == "restore"]
    if restored and not of(history, request_id, ProblemReported):
        if not paid:
            found.append(Violation("I16", request_id, "was restored, and nobody had paid for a reopening"))
        elif min(restored) + history.clock_error < min(paid):
            found.append(Violation("I16", request_id, "was restored before the fee was paid"))
    for event in events_of(history, request_id, LineReopened):
        later = [each for each in effects if each.kind in SWITCH_OFFS and each.at > event.at + history.clock_error]
        found += [Violation("I16", request_id, f"was reopened, and {each.what} went off again") for each in later]
    return found
