"""`python -m demo`: everything here, with traffic on four channels, until Ctrl-C; `--once` plays and judges."""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console

from demo import ground
from demo.live import Live
from demo.once import BURST_REQUESTS, Once
from demo.scene import Scene
from demo.summary import Summary, journeys_table, numbers_table
from policies.pack import PackError
from runtime.kafka.connect import BrokerTrouble
from runtime.kafka.security import NotSecured
from runtime.local import tickets
from runtime.local.programs import Program
from runtime.local.readiness import NotReady
from runtime.local.refusals import AlreadyUp, NotSafe, PortTaken
from runtime.local.supervisor import Supervisor
from runtime.settings import WrongSetting

CROWD = 5_000
PLAIN_WIDTH = 120
INTERRUPTED = 130
KNOWN_TROUBLE = (AlreadyUp, PortTaken, BrokerTrouble, NotSecured, NotSafe, PackError, NotReady)


def main() -> None:
    wanted, console = _arguments(), Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        sys.exit(_run(wanted, console))
    except KNOWN_TROUBLE as trouble:
        console.print(f"demo: {trouble}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except WrongSetting as wrong:
        console.print(f"demo: {wrong}", style="red", markup=False, soft_wrap=True)
        sys.exit(2)
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(INTERRUPTED if wanted.once else 0)  # how else should the steady demo end?


def _run(wanted: argparse.Namespace, console: Console) -> int:
    began, known = time.monotonic(), ground.settings(wanted.policy)

    def say(sentence: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s[/]  {sentence}", highlight=False)

    beside = () if wanted.once else (ground.phone(known, wanted.phone_port),)
    supervisor = ground.supervisor(known, say, BURST_REQUESTS if wanted.once else CROWD, beside)
    if not wanted.keep:
        ground.sweep(supervisor)
    try:
        supervisor.start()
        supervisor.wait_ready(ground.READY_SECONDS)
        _announce(supervisor, console, beside)
        return asyncio.run(_perform(wanted, supervisor, console, began))
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would only leave somebody behind
        supervisor.stop()


async def _perform(wanted: argparse.Namespace, supervisor: Supervisor, console: Console, began: float) -> int:
    _end_as_ctrl_c_does()
    async with Scene(supervisor.addresses, from_the_beginning=wanted.keep) as scene:
        if not wanted.once:
            faults = await Live(scene, supervisor, console, wanted.rate).run(wanted.seconds, CROWD)
            return 1 if faults else 0
        summary = await Once(scene, supervisor, console, began).play()
    _report(summary, wanted.json or ground.summary_file(supervisor.settings), console)
    return 0 if summary.passed else 1


def _report(summary: Summary, file: Path, console: Console) -> None:
    summary.write(file)
    console.print(journeys_table(summary.journeys), numbers_table(summary))
    for fault in [*summary.money["disagreements"], *summary.dead_letters[:20], *summary.faults]:
        console.print(fault, style="red", markup=False)
    console.print(f"written to {file}")


def _announce(supervisor: Supervisor, console: Console, beside: Sequence[Program]) -> None:
    found = supervisor.addresses
    for phone in beside:
        console.print(f"\n  phone    http://127.0.0.1:{phone.port}   cancel something yourself", end="")
    here = tickets.link(found["console"], supervisor.data)
    console.print(f"\n  console  {here}", soft_wrap=True, highlight=False, markup=False)
    console.print(f"  door     {found['intake']}/v1/cancellations")
    console.print(f"  carrier  {found['carrier']}/customers\n  kafka    {found['kafka']}\n")


def _end_as_ctrl_c_does() -> None:
    """An exception thrown into whatever runs just now would leave some of it behind, with its traceback."""
    here = asyncio.current_task()
    assert here is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, here.cancel)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="play every journey and a burst of traffic, judge, end")
    parser.add_argument("--rate", type=float, default=2.0, help="requests a second of the steady traffic")
    parser.add_argument("--seconds", type=float, default=0.0, help="end the steady traffic after so long; 0: Ctrl-C")
    parser.add_argument("--policy", default="demo", help="a pack of your own that extends `demo`")
    parser.add_argument("--keep", action="store_true", help="go on with the data of the last demo (not with --once)")
    parser.add_argument("--phone-port", type=int, help="where the phone and the counter listen; else 8090")
    parser.add_argument("--json", type=Path, help="where --once writes its summary; else var/demo-summary.json")
    wanted = parser.parse_args()
    if wanted.once and wanted.keep:
        parser.error("--once needs fresh customers: leave --keep out")
    return wanted


if __name__ == "__main__":
    main()
