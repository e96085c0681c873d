"""`python -m bench`: measures the whole system on real Kafka with real processes; see README.md for how to read it."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console

from bench import meters, null_saga, profile, ratios, report, rivals, systems
from bench.phases import Figures, Pace
from bench.programs import ROOT, Programs, add_carrier
from bench.report import Round
from bench.systems import Place
from contracts.flow import BY_NAME
from runtime.kafka import topics
from runtime.local.broker import ApacheKafka, KafkaCluster

QUICK = Pace(warm=3, closed=6, open=6, window=200, rates=(5, 10))
FULL = Pace(warm=5, closed=20, open=20, window=200, rates=(1, 5, 10))
RIVALS = ("dbos", "restate")
SYSTEMS = ("http", "in-process", "null", *RIVALS)
say = Console(stderr=True).print


def main() -> None:
    wanted = _arguments()
    pace = QUICK if wanted.quick else FULL
    if wanted.window:
        pace.window = wanted.window
    os.environ["TUIDING_PARTITIONS"] = str(wanted.partitions)
    _set_up_rivals(wanted)
    with tempfile.TemporaryDirectory(prefix="tuiding-bench-") as folder:
        place_on_broker(Path(folder), wanted, lambda place: _measure(place, pace, wanted))


def _set_up_rivals(wanted: argparse.Namespace) -> None:
    """A race without them is none, and ends with that; what can be measured is measured all the same."""
    wanted.missing = []
    for name in [name for name in wanted.systems if name in RIVALS and not wanted.profile]:
        try:
            say(f"[dim]setting up {name} under {rivals.HOME}")
            rivals.set_up(name)
        except rivals.Missing as missing:
            wanted.missing.append(f"{name}: {missing}")
            wanted.systems = [each for each in wanted.systems if each != name]


def place_on_broker(folder: Path, wanted: argparse.Namespace, work: Callable[[Place], None]) -> None:
    broker = _broker(folder / "kafka", wanted.brokers)
    broker.start()
    try:
        topics.apply(broker.bootstrap, flushed=wanted.flushed)
        null_saga.create_topics(broker.bootstrap)
        with Programs(folder / "carrier") as programs:
            carrier = add_carrier(programs, folder / "carrier", wanted.crowd)
            around = _processes(broker) | {"carrier": programs.by_name["carrier"].process}
            crowd = iter(range(1, wanted.crowd + 1))
            work(Place(broker.bootstrap, folder, wanted.policy, carrier, around, crowd))
    finally:
        broker.stop()


def _broker(folder: Path, brokers: int) -> ApacheKafka | KafkaCluster:
    if brokers == 1:
        return ApacheKafka(folder, 0, lambda text: say(f"[dim]{text}"))
    return KafkaCluster(folder, 0, lambda text: say(f"[dim]{text}"), brokers=brokers)


def _processes(broker: ApacheKafka | KafkaCluster) -> dict[str, psutil.Process]:
    nodes = broker.nodes if isinstance(broker, KafkaCluster) else [broker]
    names = ["broker", *(f"broker-{number}" for number in range(2, len(nodes) + 1))]
    return {name: psutil.Process(node.pid) for name, node in zip(names, nodes, strict=True)}


def _measure(place: Place, pace: Pace, wanted: argparse.Namespace) -> None:
    if wanted.profile:
        profile.show(place, pace, wanted.profile, in_process="http" not in wanted.systems)
        return
    rounds = [_round(place, pace, wanted, number) for number in range(1, wanted.rounds + 1)]
    result = report.result(rounds, pace, wanted)
    raced = ratios.ratios(rounds)
    result["ratios"] = [each._asdict() for each in raced]
    file = report.write(result, ROOT / "bench" / "results")
    report.show(result, file)
    ratios.show(raced)
    if wanted.missing:
        sys.exit("\n".join(("No race for P1 to P4:", *wanted.missing)))
    if result["faults"]:
        sys.exit("A wrong run scores nothing; the faults are above.")


def _round(place: Place, pace: Pace, wanted: argparse.Namespace, number: int) -> Round:
    """ABC, then CBA: whatever drifts over time falls on all of them alike."""
    order = [name for name in SYSTEMS if name in wanted.systems]
    before = meters.calibration()
    figures: dict[str, Figures] = {}
    for name in order if number % 2 else reversed(order):
        say(f"round {number} of {wanted.rounds}: {name}")
        last = number == wanted.rounds
        figures |= _one(place, pace, name, wanted.kill if last and not wanted.quick else "", figures)
    return Round(before, meters.calibration(), figures)


def _one(place: Place, pace: Pace, name: str, kill: str, so_far: dict[str, Figures]) -> dict[str, Figures]:
    if name == "null":
        rates = [so_far[each].completed_per_second for each in ("http", "in-process") if each in so_far]
        alike = {"null at our rate": systems.null(place, pace, max(1.0, median(rates)))} if rates else {}
        return {"null": systems.null(place, pace)} | alike
    seen = (
        rivals.seen(name, place.folder / name, pace)
        if name in RIVALS
        else systems.ours(place, pace, in_process=name == "in-process", kill=kill if name == "http" else "")
    )
    at = {f"{name} at {rate:g}/s": figures for rate, figures in seen.at.items()}
    return {name: seen.most, f"{name} at half": seen.half} | at


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works; no kill -9")
    parser.add_argument("--rounds", type=int, default=0, help="5, or 1 with --quick")
    parser.add_argument("--window", type=int, default=0, help="requests in flight in the closed loop")
    parser.add_argument("--crowd", type=int, default=0, help="customers of the carrier; each can cancel once")
    parser.add_argument("--partitions", type=int, default=1, help="of each topic; 1: one worker of each service")
    parser.add_argument("--brokers", type=int, default=1, choices=(1, 3), help="3: every record on three of them")
    parser.add_argument("--flushed", action="store_true", help="every record on the disk before it is acknowledged")
    parser.add_argument("--policy", default="demo", help="policy pack")
    parser.add_argument("--kill", default="billing", choices=BY_NAME, help="the service to kill -9 under load")
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=SYSTEMS, metavar="SYSTEM")
    parser.add_argument("--profile", choices=BY_NAME, help="instead: where the CPU of this service goes")
    wanted = parser.parse_args()
    wanted.rounds = wanted.rounds or (1 if wanted.quick else 5)
    wanted.crowd = wanted.crowd or (20_000 if wanted.quick else 100_000)
    return wanted


if __name__ == "__main__":
    main()
