"""I3: nothing is carried out twice, counted in the carrier's own ledger."""

from collections import Counter

from contracts.messages.billing import DisputeOpened, ReopeningPaid
from contracts.messages.intake import ProblemReported
from contracts.messages.notify import NoticeSent
from contracts.messages.termination import ReopeningFailed, TerminationReprocessed
from tests.proof.history import Event, History, Violation
from tests.proof.reading import events_of, of, open_incidents

ONCE = {"charge", "refund", "final-bill", "port-code"}
SWITCHED = {"switch-off", "switch-off-lost"}


def nothing_is_done_twice(history: History) -> list[Violation]:
    """I3: no charge, refund, switch-off or notice twice for one (request, kind)."""
    return [*_done_twice(history), *_told_twice(history)]


def _done_twice(history: History) -> list[Violation]:
    found = []
    for request_id, effects in history.effects_of.items():
        times = Counter((effect.kind, effect.what) for effect in effects if effect.kind != "send" and request_id)
        for (kind, what), count in sorted(times.items()):
            allowed = _allowed(history, request_id, kind, what)
            if count > allowed:
                sentence = f"{kind} {what} was carried out {count} times, {allowed} allowed".replace("  ", " ")
                found.append(Violation("I3", request_id, sentence))
    return found


def _allowed(history: History, request_id: str, kind: str, what: str) -> int:
    """A repair that the customer asked for may switch once more and waive once more.

    Each look at a disputed fee moves money once. Each reopening that was paid restores once; one that was given up
    switches off once more, and may be paid anew.
    """
    repairs, given_up = len(of(history, request_id, ProblemReported)), len(of(history, request_id, ReopeningFailed))
    if kind in SWITCHED:
        return 1 + repairs + given_up
    if kind == "restore":
        return repairs + len([paid for paid in of(history, request_id, ReopeningPaid) if not paid.given_back])
    if what == "reopening":
        return given_up if kind == "refund" else 1 + given_up
    if what in ("dispute", "account-dispute"):
        about = "quote" if what == "dispute" else "final-account"
        return len([each for each in of(history, request_id, DisputeOpened) if each.about == about])
    if kind == "waive" and what == "wrong-switch-off":
        return len(of(history, request_id, TerminationReprocessed))
    return 1


def _told_twice(history: History) -> list[Violation]:
    """One delivery for each event that was told: a notice has the event it tells of as its cause.

    What went out and is not known to have gone out is still being tried, or on an operator's list.
    """
    found = []
    for request_id, effects in history.effects_of.items():
        notices = _delivered(history, request_id)
        told = Counter(
            (event.message.notice, event.cause) for event in notices if isinstance(event.message, NoticeSent)
        )
        twice = sorted(notice for (notice, _), count in told.items() if count > 1)
        found += [Violation("I3", request_id, f"the notice {notice} was told twice of one event") for notice in twice]
        sent = Counter(effect.what for effect in effects if effect.kind == "send")
        known = Counter(notice for notice, _ in told.elements())
        for notice, count in sorted((sent - known).items()):
            if not (history.held_up.get(request_id) or f"notice:{notice}" in open_incidents(history, request_id)):
                found.append(
                    Violation("I3", request_id, f"the notice {notice} went out {count} times more than is known")
                )
    return found


def _delivered(history: History, request_id: str) -> list[Event]:
    return events_of(history, request_id, NoticeSent)
