"""How a running worker is: what it had better end for, and why it is not ready."""

import time
from typing import Any

from runtime.kafka.diagnosis import in_our_words
from runtime.kafka.polling import Polling
from runtime.kafka.security import security_of
from runtime.kafka.sending import Sending
from runtime.settings import Settings
from runtime.worker.engine import Engine


def trouble(app: Any, settings: Settings, now: float) -> str:
    """What the client's own threads would never say by themselves."""
    reading: Polling = app.consumer.polling
    sending: Sending = app.producer.sending
    stall = settings.loop_stall_seconds
    why = reading.trouble(now, settings.patience_seconds, stall) or sending.trouble(now, stall)
    kept_out = _kept_out(reading, settings, now) if why else ""
    return f"{why}: {kept_out}" if kept_out else why


def _kept_out(reading: Polling, settings: Settings, now: float) -> str:
    said = reading.kept_out(now)
    return in_our_words(said, security_of(settings)) or f"the broker does not let us in: {said}" if said else ""


def why_not_ready(app: Any, engine: Engine, settings: Settings) -> str:
    if kept_out := _kept_out(app.consumer.polling, settings, time.monotonic()):
        return kept_out
    if engine.waiting_for:
        return engine.waiting_for
    if app.rebalancing:
        return "the consumer group is rebalancing"
    return "" if app.consumer.assignment() else "no partitions are assigned to this worker yet"
