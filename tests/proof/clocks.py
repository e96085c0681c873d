"""I10 and I13: alarms ring in time and once; after the last fault everything moves again by itself."""

from datetime import datetime

from tests.proof.history import AlarmFact, History, Violation

LONGEST_STILL_SECONDS = 10.0


def alarms_ring_once_and_in_time(history: History) -> list[Violation]:
    """I10: never early, at most once, never after what cancelled it."""
    armed: dict[tuple[str, str, str], datetime | None] = {}
    found = []
    for fact in history.alarms:
        key = (fact.service, fact.request_id, fact.name)
        if fact.what == "rang":
            found += _rang(fact, armed.get(key))
        armed[key] = fact.due if fact.what == "armed" else None
    return found


def _rang(fact: AlarmFact, armed: datetime | None) -> list[Violation]:
    name = f"the alarm {fact.name} of {fact.service}"
    if armed is None:
        return [Violation("I10", fact.request_id, f"{name} rang although it was not armed any more")]
    if armed != fact.due:
        return [Violation("I10", fact.request_id, f"{name} rang for a time it no longer had")]
    if fact.at < armed:
        return [Violation("I10", fact.request_id, f"{name} rang at {fact.at:%F %T}, due {armed:%F %T}")]
    return []


def everything_moves_again(history: History) -> list[Violation]:
    """I13: no stand-still without a fault; no lag left; nobody had to help."""
    found = [Violation("I13", "", f"{place} is still {n} behind") for place, n in (history.lag or {}).items() if n]
    if history.longest_still_seconds > LONGEST_STILL_SECONDS:
        found.append(Violation("I13", "", f"nothing moved for {history.longest_still_seconds:.1f} s without a fault"))
    unpublished = [row for row in history.waiting if row.what == "outbox"]
    found += [Violation("I13", row.request_id, f"{row.service} never published {row.name}") for row in unpublished]
    return found + [Violation("I13", "", f"only a person could help: {step}") for step in history.manual_steps]
