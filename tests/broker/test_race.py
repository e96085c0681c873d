"""The race as `make bench` runs it: ours once more on the same broker, as its rounds do, without a fault."""

import argparse
from pathlib import Path

import pytest

from bench import systems
from bench.__main__ import place_on_broker
from bench.phases import Pace
from bench.systems import Place, Seen


def test_ours_runs_again_on_the_same_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIDING_PARTITIONS", "1")
    shown = list[Seen]()

    def rounds(place: Place) -> None:
        short = Pace(warm=0, closed=1, open=0, window=4)
        shown.extend(systems.ours(place, short, in_process=in_process) for in_process in (False, True))

    place_on_broker(tmp_path, argparse.Namespace(brokers=1, flushed=False, crowd=500, policy="demo"), rounds)
    assert [each.most.faults for each in shown] == [[], []]
    assert all(each.most.ends["closed"] for each in shown)
