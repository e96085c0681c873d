"""I12: the topics alone give the same state again, and reading them again changes nothing."""

from tests.proof.history import History, Violation


def rebuilt_is_live(history: History) -> list[Violation]:
    """I12: rebuilt state equals live state; a replay says, asks and wakes nothing."""
    spoke = [Violation("I12", "", f"reading everything again {sentence}") for sentence in history.spoke_again]
    if history.rebuilt is None:
        return spoke
    keys = sorted(history.rebuilt.keys() | history.live.keys())
    return spoke + [
        Violation("I12", request_id, f"{service}: {_difference(history, service, request_id)}")
        for service, request_id in keys
        if history.rebuilt.get((service, request_id)) != history.live.get((service, request_id))
    ]


def _difference(history: History, service: str, request_id: str) -> str:
    assert history.rebuilt is not None
    rebuilt, live = history.rebuilt.get((service, request_id)), history.live.get((service, request_id))
    if rebuilt is None or live is None:
        return "the case is only in " + ("the live state" if rebuilt is None else "the rebuilt state")
    at = next((i for i, (a, b) in enumerate(zip(rebuilt, live, strict=False)) if a != b), min(len(rebuilt), len(live)))
    return f"rebuilt as ...{rebuilt[max(0, at - 20) : at + 40]}... it lives as ...{live[max(0, at - 20) : at + 40]}..."
