"""Small questions to a history that several invariants ask."""

from typing import TypeVar

from contracts.messages import Message
from contracts.messages.intake import SubmissionJoined
from contracts.messages.shared import AttentionRequired, AttentionResolved
from tests.proof.history import Event, History

M = TypeVar("M", bound=Message)
SWITCH_OFFS = {"switch-off", "switch-off-lost", "port-code"}  # what cannot be taken back
MONEY = {"charge", "refund", "waive"}
NUMBER_KEPT = ("alarm", "number-quarantine")


def of(history: History, request_id: str, model: type[M]) -> list[M]:
    """What was said of this kind, each once."""
    return [event.message for event in events_of(history, request_id, model) if isinstance(event.message, model)]


def events_of(history: History, request_id: str, model: type[Message]) -> list[Event]:
    return [event for event in history.by_request.get(request_id, ()) if isinstance(event.message, model)]


def ends_of(history: History, request_id: str) -> list[Event]:
    return [event for event in history.by_request.get(request_id, ()) if is_end(event.message)]


def is_end(message: Message) -> bool:
    """A joined submission ends by pointing at another request."""
    return message.ends is not None or isinstance(message, SubmissionJoined)


def end_name(message: Message) -> str:
    return str(message.ends) if message.ends else "joined"


def open_incidents(history: History, request_id: str) -> set[str]:
    """What an operator still sees, by the order in which it was asked and resolved."""
    asked = [each.incident for each in of(history, request_id, AttentionRequired)]
    resolved = [each.incident for each in of(history, request_id, AttentionResolved)]
    return {incident for incident in asked if asked.count(incident) > resolved.count(incident)}


def is_waiting(history: History, request_id: str) -> bool:
    """Visibly: an alarm that will ring, a call that will be repeated, or an incident on an operator's list.

    A closed line's number that is merely kept waits for nothing: all that was to be done is done.
    """
    rows = [row for row in history.held_up.get(request_id, ()) if (row.what, row.name) != NUMBER_KEPT]
    return bool(rows) or bool(open_incidents(history, request_id))
