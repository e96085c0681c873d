"""How tests wait: for what is to come true, and longer than any machine needs that is busy with other tests."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from runtime.kafka.connect import BrokerAway
from runtime.local.child import Child

PATIENCE_SECONDS = 120.0


def eventually(ask: Callable[[], Any], patience_seconds: float = PATIENCE_SECONDS) -> Any:
    """Who did not answer in time has not said no: a busy broker or service is asked again."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            if answer := ask():
                return answer
            assert time.monotonic() < deadline, "it never happened"
        except (BrokerAway, httpx.TransportError):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.01)  # what is waited for needs the processor


def ends(child: Child) -> bool:
    """By itself: what is still there after all this time is killed."""
    return child.ended_by(time.monotonic() + PATIENCE_SECONDS)
