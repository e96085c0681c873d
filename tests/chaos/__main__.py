"""`python -m tests.chaos`: everything goes wrong on real Kafka, real databases and real processes; then the judgement.

Exit codes: 0 green, 1 red, 2 it could not start (the sentence says why).
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.status import Status

from runtime.kafka.connect import BrokerTrouble
from tests.chaos import bites, report
from tests.chaos.databases import NoDatabase
from tests.chaos.faults import EVERY, FAULTS, OF_SEVERAL_BROKERS, OF_SEVERAL_MACHINES
from tests.chaos.machines import NoMachines
from tests.chaos.place import NotReady
from tests.chaos.run import Say, Wanted, run

ROOT = Path(__file__).resolve().parents[2]
RED, NOT_STARTED = 1, 2
TELL_SECONDS = 10.0
LONG_MINUTES = 3.0  # from here on everything is read once more at the end


def main(words: list[str] | None = None) -> int:
    given = _arguments(words)
    wanted = Wanted(
        given.minutes * 60,
        given.database,
        given.seed,
        given.faults,
        given.rate,
        given.customers,
        given.replay or given.minutes >= LONG_MINUTES,
        given.brokers,
        given.machines,
        given.beside and str(Path(given.beside).resolve()),
    )
    console = Console(stderr=True)
    console.print(f"seed {wanted.seed}: python -m tests.chaos {_again(given)}", highlight=False)
    with tempfile.TemporaryDirectory(prefix="tuiding-chaos-") as folder:
        try:
            with console.status("") as status:
                _, seen = run(wanted, Path(given.keep or folder), _teller(console, status))
        except (NoDatabase, NoMachines, BrokerTrouble, NotReady) as error:
            print(f"chaos: {error}", file=sys.stderr)
            return NOT_STARTED
        red = bites.why_red(seen)
        data = report.result(seen, red)
    report.write(data, given.json or ROOT / "var" / "chaos" / f"{wanted.database}-{wanted.seed}.json")
    report.show(data, Console(width=160))
    return RED if red else 0


def _teller(console: Console, status: Status) -> Say:
    """A line that changes on a terminal; now and then a line of its own in a log."""
    told = [0.0]

    def tell(text: str) -> None:
        status.update(text)
        if not console.is_terminal and time.monotonic() - told[0] > TELL_SECONDS:
            told[0] = time.monotonic()
            console.print(text, highlight=False)

    return tell


def _again(given: argparse.Namespace) -> str:
    return (
        f"--minutes {given.minutes:g} --database {given.database} --seed {given.seed} --rate {given.rate:g} "
        f"--brokers {given.brokers} --machines {given.machines} "
        f"--faults {','.join(given.faults)}"
    )


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=_positive, default=6.0, help="of the storm; start and quiet come on top")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 10**6))
    parser.add_argument("--faults", type=_kinds, default=[], help=f"some of {','.join(EVERY)}")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1, help="3: any one of them may fail (B1-B4)")
    parser.add_argument("--machines", type=int, choices=(1, 2), default=1, help="2: a network namespace each (H1-H5)")
    parser.add_argument("--beside", default="", help="folder of another release: every second worker is of that one")
    parser.add_argument("--rate", type=_positive, default=6.0, help="requests a second")
    parser.add_argument("--customers", type=int, default=0, help="of the carrier; each can cancel once")
    parser.add_argument("--replay", action="store_true", help="read everything once more at the end")
    parser.add_argument("--json", type=Path, help="where the result goes; var/chaos/ if not given")
    parser.add_argument("--keep", help="folder to run in, kept afterwards with its logs and databases")
    given = parser.parse_args(words)
    several = (OF_SEVERAL_MACHINES if given.machines > 1 else {}) | (OF_SEVERAL_BROKERS if given.brokers > 1 else {})
    given.faults = given.faults or [*(several or FAULTS)]
    if given.brokers == 1 and (more := [kind for kind in given.faults if kind in OF_SEVERAL_BROKERS]):
        parser.error(f"{more[0]} needs several brokers: say --brokers 3")
    if given.machines == 1 and (more := [kind for kind in given.faults if kind in OF_SEVERAL_MACHINES]):
        parser.error(f"{more[0]} needs several machines: say --machines 2")
    if given.machines > 1 and given.database == "sqlite":
        parser.error("several machines share no file: say --database postgresql")
    given.customers = given.customers or int(4 * given.minutes * 60 * given.rate) + 2000
    return given


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 10_000:
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return number


def _kinds(text: str) -> list[str]:
    kinds = text.split(",")
    if unknown := [kind for kind in kinds if kind not in EVERY]:
        raise argparse.ArgumentTypeError(f"there is no fault {unknown[0]!r}; the faults are {', '.join(EVERY)}")
    return kinds


if __name__ == "__main__":
    sys.exit(main())
