"""Waits until child processes can work, and says how far it is."""

import time
from collections.abc import Sequence

import httpx

from runtime.local.child import Child, Say

LOOK_SECONDS = 0.1
ANSWER_SECONDS = 2.0


class NotReady(Exception):
    """Somebody did not get ready in time; the sentence says who, why and where to look."""


def wait(children: Sequence[Child], timeout_seconds: float, say: Say) -> None:
    waiting, deadline = list(children), time.monotonic() + timeout_seconds
    with httpx.Client(timeout=ANSWER_SECONDS, trust_env=False) as client:
        while waiting:
            for child in [child for child in waiting if not why_not(client, child)]:
                waiting.remove(child)
                say(f"{child.program.name} is ready ({len(children) - len(waiting)} of {len(children)})")
            late = waiting and time.monotonic() > deadline
            if late and (why := why_not(client, waiting[0])):  # ready in this very moment is ready
                raise NotReady(_told(waiting[0], why, timeout_seconds))
            if waiting:
                time.sleep(LOOK_SECONDS)


def why_not(client: httpx.Client, child: Child) -> str:
    """Nothing when it can work; a program in the pause before its next start cannot."""
    if child.process is None:
        return "it does not run"
    try:
        answer = client.get(f"http://127.0.0.1:{child.program.port}{child.program.ready_path}")
    except httpx.TransportError:
        return "it does not answer yet"
    return "" if answer.is_success else _reason(answer)


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["reason"])
    except (ValueError, KeyError, TypeError):
        return f"it answers {answer.status_code}"


def _told(child: Child, why: str, timeout_seconds: float) -> str:
    words = child.last_words()
    said = f" Its last words: {words}" if words else ""
    return f"{child.program.name} is not ready after {timeout_seconds:.0f} s: {why}. Look at {child.log}.{said}"
