"""What needs what on the line of a request, as its latest quote said it."""

from collections.abc import Sequence

from pydantic import ValidationError

from contracts.messages.billing import QuoteIssued
from contracts.relations import Relations
from services.console.kept.queries import Json
from services.console.kept.tally import part


def relations_of(events: Sequence[Json]) -> Json | None:
    """None where no quote was made, or none that can be read."""
    bodies = [event["body"] for event in events if event["type"] == QuoteIssued.type]
    latest = bodies[-1] if bodies else None
    if not isinstance(latest, dict):
        return None
    try:
        return Relations.model_validate(part(part(latest, "quote"), "relations")).model_dump(mode="json")
    except ValidationError:
        return None
