"""I4 and I5: nothing is switched off without a yes that stood, nor before the money is settled."""

from datetime import datetime

from contracts.messages.billing import FeeSettled, QuoteIssued
from contracts.messages.intake import ConfirmationGiven
from contracts.messages.shared import RequestWithdrawn
from tests.proof.history import History, Violation
from tests.proof.reading import SWITCH_OFFS, events_of, of


def no_end_without_a_yes(history: History) -> list[Violation]:
    """I4: a confirmation of the very quote that was settled, given while it stood; nothing early, or once withdrawn."""
    found = []
    for request_id, at in _switched(history):
        if of(history, request_id, RequestWithdrawn):
            found.append(Violation("I4", request_id, "was withdrawn and is switched off all the same"))
        versions = {settled.quote_version for settled in of(history, request_id, FeeSettled)}
        if not any(_stood(history, request_id, version) for version in versions):
            found.append(
                Violation("I4", request_id, f"was switched off at {at:%F %T} without a confirmation that stood")
            )
        ends = [each.dates.service_end for each in of(history, request_id, FeeSettled) if each.dates.service_end]
        if ends and at < min(ends) - history.clock_error:
            found.append(
                Violation("I4", request_id, f"was switched off at {at:%F %T}, promised until {min(ends):%F %T}")
            )
    return found


def _stood(history: History, request_id: str, version: int) -> bool:
    quotes = {each.quote.version: each.quote for each in of(history, request_id, QuoteIssued)}
    given = [each for each in of(history, request_id, ConfirmationGiven) if each.quote_version == version]
    if version not in quotes:
        return False
    return any(each.clauses_acknowledged and each.given_at <= quotes[version].valid_until for each in given)


def no_end_before_the_money(history: History) -> list[Violation]:
    """I5: settled (or waived, or held as disputed) first."""
    found = []
    for request_id, at in _switched(history):
        settled = [event.at for event in events_of(history, request_id, FeeSettled)]
        if not settled:
            found.append(Violation("I5", request_id, "was switched off and never settled"))
        elif min(settled) > at + history.clock_error:
            found.append(Violation("I5", request_id, f"was switched off at {at:%F %T}, before it was settled"))
    return found


def _switched(history: History) -> list[tuple[str, datetime]]:
    """Each request that was acted on, with the first moment."""
    first: dict[str, datetime] = {}
    for effect in history.effects:
        if effect.kind in SWITCH_OFFS and effect.request_id:
            first.setdefault(effect.request_id, effect.at)
    return list(first.items())
