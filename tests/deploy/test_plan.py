"""`tuiding plan` counts from measured figures, and says from which."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import application
from cli.plan import MEASURED, planned
from contracts.flow import BY_NAME, PARTITIONS

ONE: dict[str, Any] = {
    "cpu_ms_a_request": dict.fromkeys(BY_NAME, 10.0),
    "broker_cpu_ms_a_request": {"one": 10.0, "three": 30.0, "three flushed": 60.0},
    "megabytes_a_worker": 100,
    "kilobytes_a_request": {"topics": 10, "stores": 20},
}


@pytest.mark.parametrize(
    ("per_second", "workers", "partitions"),
    [(1, 2, 6), (100, 2, 6), (101, 3, 6), (500, 10, 24), (501, 11, 24), (1000, 20, 42)],
)
def test_workers_stay_half_idle_and_partitions_leave_room(per_second: float, workers: int, partitions: int) -> None:
    found = planned(per_second, days=1, average=1, brokers=3, measured=ONE)
    assert (set(found.workers.values()), found.partitions) == ({workers}, partitions)
    assert found.partitions % PARTITIONS == 0


def test_disk_is_what_is_kept_of_every_request_and_each_broker_has_its_share() -> None:
    three = planned(100, days=10, average=0.5, brokers=3, measured=ONE)
    six = planned(100, days=10, average=0.5, brokers=6, measured=ONE)
    requests = 100 * 0.5 * 86400 * 10
    assert three.topics_gigabytes == pytest.approx(requests * 10_000 / 1e9 / 0.7)
    assert six.topics_gigabytes == pytest.approx(three.topics_gigabytes / 2)
    assert three.stores_gigabytes == pytest.approx(requests * 20_000 / 1e9 / 0.7)
    assert three.cores == pytest.approx(12) and three.broker_cores == pytest.approx(6)


@pytest.mark.parametrize(
    ("brokers", "flushed", "cores"), [(1, False, 2), (2, False, 6), (3, False, 6), (6, False, 6), (3, True, 12)]
)
def test_brokers_cost_what_their_copies_and_flushing_cost(brokers: int, flushed: bool, cores: float) -> None:
    found = planned(100, days=1, average=1, brokers=brokers, measured=ONE, flushed=flushed)
    assert found.broker_cores == pytest.approx(cores)


def test_there_is_a_measured_figure_for_every_service_with_its_source() -> None:
    assert MEASURED["cpu_ms_a_request"].keys() == BY_NAME.keys()
    assert MEASURED["broker_cpu_ms_a_request"].keys() == ONE["broker_cpu_ms_a_request"].keys()
    figures = [*MEASURED["cpu_ms_a_request"].values(), *MEASURED["broker_cpu_ms_a_request"].values()]
    assert all(each > 0 for each in figures)
    assert "bench" in MEASURED["source"]


def test_the_command_says_all_of_it_and_where_it_is_from() -> None:
    done = CliRunner().invoke(application(), ["plan", "--per-second", "500", "--json"])
    found = json.loads(done.stdout)
    assert done.exit_code == 0 and found["source"] == MEASURED["source"]
    assert found["partitions"] >= 2 * max(found["workers"].values())
