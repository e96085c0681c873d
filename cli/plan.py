"""`tuiding plan`: partitions, workers, cores and disk for so many requests a second, as `make bench` measured."""

import json
from math import ceil
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from cli.command import command
from cli.presentation import table
from cli.screen import Screen
from contracts.flow import PARTITIONS, SERVICES
from runtime.kafka.drift import MOST_REPLICAS

app = typer.Typer()
MEASURED: dict[str, Any] = json.loads(Path(__file__).with_name("measured.json").read_text(encoding="utf-8"))
BUSY = 0.5  # of one core: the rest is for the hour after an outage, and for a machine that is gone
LEAST_WORKERS = 2  # one machine may go away
ROOM_TO_GROW = 2  # partitions a worker: more workers need no new partitions
DISK_IN_USE = 0.7
SECONDS_A_DAY, KILO, GIGA = 24 * 3600, 1000, 1000**3


class Plan(NamedTuple):
    """Of everything but the carrier's own systems. Cores are whole ones of the machine that was measured."""

    partitions: int
    workers: dict[str, int]
    cores: float
    broker_cores: float
    memory_gigabytes: float
    topics_gigabytes: float  # a broker
    stores_gigabytes: float


def planned(
    per_second: float, *, days: int, average: float, brokers: int, measured: dict[str, Any], flushed: bool = False
) -> Plan:
    """`per_second` in the busiest hour; `average`: of that, over the year; `days`: what topics and stores keep."""
    cost: dict[str, float] = measured["cpu_ms_a_request"]
    cores = {service.name: per_second * cost[service.name] / KILO for service in SERVICES}
    workers = {name: max(LEAST_WORKERS, ceil(each / BUSY)) for name, each in cores.items()}
    requests = per_second * average * SECONDS_A_DAY * days
    size = {name: requests * kilobytes * KILO / GIGA for name, kilobytes in measured["kilobytes_a_request"].items()}
    copies = min(MOST_REPLICAS, brokers)
    return Plan(
        _in_sixes(max(workers.values()) * ROOM_TO_GROW),
        workers,
        sum(cores.values()) / BUSY,
        per_second * measured["broker_cpu_ms_a_request"][_kind(copies, flushed)] / KILO / BUSY,
        sum(workers.values()) * measured["megabytes_a_worker"] / KILO,
        size["topics"] * copies / brokers / DISK_IN_USE,
        size["stores"] / DISK_IN_USE,
    )


def _kind(copies: int, flushed: bool) -> str:
    """Two copies cost at most what three do; one broker that flushes was not measured."""
    if flushed:
        return "three flushed"
    return "one" if copies == 1 else "three"


def _in_sixes(wanted: int) -> int:
    """Two, three and six workers share them evenly."""
    return max(1, ceil(wanted / PARTITIONS)) * PARTITIONS


@command(app)
def plan(
    screen: Screen,
    per_second: Annotated[float, typer.Option(min=0.01, help="Requests a second in the busiest hour.")],
    days: Annotated[int, typer.Option(min=1, help="Days that topics and stores keep.")] = 430,
    average: Annotated[
        float, typer.Option(min=0.01, max=1, help="The whole year's rate, as a share of the busiest hour's.")
    ] = 0.2,
    brokers: Annotated[int, typer.Option(min=1, help="How many Kafka brokers.")] = 3,
    flushed: Annotated[bool, typer.Option("--flushed", help="As with topics apply --flushed.")] = False,
) -> None:
    """How many partitions, workers, cores, and how much disk; from measured figures, so measure on your machines."""
    found = planned(per_second, days=days, average=average, brokers=brokers, measured=MEASURED, flushed=flushed)
    rows = [
        ("partitions of every topic", str(found.partitions), "tuiding topics apply, or grow"),
        *((f"workers of {name}", str(count), "") for name, count in found.workers.items()),
        ("cores for the services", f"{found.cores:.1f}", f"each at {BUSY:.0%}"),
        ("cores for the brokers", f"{found.broker_cores:.1f}", "together"),
        ("memory of the services, GB", f"{found.memory_gigabytes:.1f}", ""),
        ("disk of each broker, GB", f"{found.topics_gigabytes:,.0f}", f"{days} days, {DISK_IN_USE:.0%} full"),
        ("disk of the stores, GB", f"{found.stores_gigabytes:,.0f}", "open and closed requests of that time"),
    ]
    screen.result(found._asdict() | {"source": MEASURED["source"]}, table(rows, "what", "wanted", "remark"))
    screen.say(f"Measured: {MEASURED['source']}.")
