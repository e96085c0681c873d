"""What the chaos runs measure with, and the commands that cannot begin: they say so in a sentence."""

from pathlib import Path

import pytest

from contracts.flow import COMMAND_TOPICS
from runtime.local.broker_memory import InMemoryKafka
from tests import postgres
from tests.chaos import __main__ as chaos
from tests.chaos import faults
from tests.chaos.doors import Doors
from tests.chaos.ear import Ear
from tests.chaos.progress import longest_during, longest_without_fault, seconds_to_progress
from tests.chaos.storm import Injected
from tests.chaos.test_storms import FAULTS
from tests.chaos.traffic import Traffic
from tests.waiting import eventually


def test_the_short_storms_leave_no_fault_out() -> None:
    assert {kind for kinds in FAULTS.values() for kind in kinds.split(",")} == {*faults.FAULTS}


def test_a_machine_without_postgresql_is_told_so_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "deploy" / "postgres.sh"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho 'PostgreSQL is missing: install it.' >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setattr(postgres, "ROOT", tmp_path)
    monkeypatch.delenv(postgres.GIVEN, raising=False)
    assert chaos.main(["--database", "postgresql"]) == chaos.NOT_STARTED
    assert capsys.readouterr().err.splitlines()[-1] == "chaos: PostgreSQL is missing: install it."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--faults", "F1,F99"], "there is no fault 'F99'; the faults are F1, F2, "),
        (["--minutes", "0"], "0 is not above zero"),
        (["--database", "oracle"], "invalid choice: 'oracle'"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        chaos.main(words)
    assert ended.value.code
    assert sentence in capsys.readouterr().err


def test_a_partition_that_stands_still_is_counted_from_the_fault() -> None:
    fault = Injected("F1", began=10.0, ended=12.0)
    moves = {("topic", 0): [1.0, 9.0, 16.5, 20.0], ("topic", 1): [5.0, 11.0, 13.0, 19.0]}
    feeds = {("topic", 0): [9.5, 14.0], ("topic", 1): [10.5, 18.5]}
    assert longest_during(moves, feeds, [fault]) == 6.5
    assert seconds_to_progress(moves, feeds, "topic", 10.0) == 6.5
    assert seconds_to_progress(moves, feeds, "topic", 19.5) is None


def test_a_partition_without_work_does_not_stand_still() -> None:
    assert longest_during({("topic", 0): [1.0, 50.0]}, {("topic", 0): [49.0]}, [Injected("F1", 10.0, 12.0)]) == 0.0


def test_standing_still_without_a_fault_is_counted_from_the_end_of_the_last_one() -> None:
    moves = {("topic", 0): [1.0, 9.0, 25.0]}
    assert longest_without_fault(moves, [Injected("F1", began=10.0, ended=12.0)], 0.0, 26.0) == 13.0
    assert longest_without_fault(moves, [], 0.0, 26.0) == 16.0


def test_a_quote_that_comes_after_the_last_request_is_still_answered() -> None:
    broker = InMemoryKafka()
    broker.start()
    ear, doors = Ear(broker.bootstrap), Doors([], 1)
    traffic = Traffic(broker.bootstrap, doors, ear, seed=1, rate=1.0, customers=0)
    try:
        traffic.start()
        eventually(lambda: traffic.failed.startswith("every customer"))
        traffic._thread.join(1)  # it would have ended by now
        traffic.begun["kafka"].add(4)
        for tell in ear.told:
            tell("quote.issued.v1", "r-4", {"audience": {"subscription": "sub-c000004"}, "quote": {"version": 1}})
        eventually(lambda: any(topic in COMMAND_TOPICS and kept for (topic, _), kept in list(ear.records.items())))
    finally:
        traffic.close()
        doors.close()
        ear.stop()
