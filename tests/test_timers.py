"""The benchmark of armed alarms works, at a size that takes seconds."""

from pathlib import Path

from bench.timers import measure


def test_alarms_are_armed_and_ring_once_each_and_never_early(tmp_path: Path) -> None:
    figures = measure(str(tmp_path), alarms=10_000, soon=1_000)
    assert figures.armed_a_second > 0 and figures.restarted_in_ms > 0
    assert figures.earliest_ms >= 0 and figures.rung == figures.due == 1_000
