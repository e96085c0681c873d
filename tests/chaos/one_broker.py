"""What is done to one broker of three while the two others go on (B1 to B4)."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.local.broker_apache import ApacheKafka
from runtime.local.broker_cluster import KafkaCluster
from tests.chaos.place import NotReady, Place

DOWN_SECONDS, STILL_SECONDS = (2.0, 8.0), (3.0, 20.0)
DISK_MEGABYTES, FULL_SECONDS, MEGABYTE = 160, 60.0, 1024 * 1024
IN_STEP_SECONDS = 60.0


def kill_one(place: Place, dice: random.Random) -> str:
    """B1: as a power cut of one machine would."""
    node, seconds = dice.choice(_nodes(place)), dice.uniform(*DOWN_SECONDS)
    node.kill()
    time.sleep(seconds)
    node.start()
    return f"broker {node.port} kill -9, {seconds:.1f} s away"


def restart_in_turn(place: Place, dice: random.Random) -> str:
    """B2: as an upgrade does it: each one in order, the next once its copies are in step again."""
    for node in _nodes(place):
        node.stop()
        node.start()
        _in_step(place)
    return "all brokers restarted in turn"


def stand_still(place: Place, dice: random.Random) -> str:
    """B3: cut off from everybody, clients and brokers; its connections stay open and nobody answers."""
    node, seconds = dice.choice(_nodes(place)), dice.uniform(*STILL_SECONDS)
    assert node.pid is not None
    os.killpg(node.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.killpg(node.pid, signal.SIGCONT)
    return f"broker {node.port} cut off for {seconds:.1f} s"


def fill_disk(place: Place, dice: random.Random) -> str:
    """B4: not one byte more fits on the disk of the last broker, which ends itself; then there is room again."""
    node, began = _nodes(place)[-1], time.monotonic()
    filler = node.data_dir / "filler"
    _fill(filler)
    while not (gone := node.pid is None or not _runs(node.pid)) and time.monotonic() < began + FULL_SECONDS:
        time.sleep(0.2)
        _fill(filler)  # what its cleaner gives back is taken as well
    seconds = time.monotonic() - began
    filler.unlink()
    node.kill()
    node.start()
    return f"broker {node.port}'s disk full, {'ended' if gone else 'still there'} after {seconds:.1f} s"


def _nodes(place: Place) -> list[ApacheKafka]:
    if not isinstance(place.broker, KafkaCluster):
        raise NotReady("one of several brokers can only fail where there are several: --brokers 3")
    return place.broker.nodes


def _in_step(place: Place) -> None:
    """No partition misses a copy, or we go on after a while as an impatient operator would."""
    deadline = time.monotonic() + IN_STEP_SECONDS
    while place.broker.under_replicated() and time.monotonic() < deadline:  # type: ignore[union-attr]
        time.sleep(0.5)


def _fill(file: Path) -> None:
    """In pieces that get smaller, so that nothing else finds a gap."""
    with file.open("ab", buffering=0) as out:
        for piece in (MEGABYTE, 4096, 1):
            try:
                while out.write(b"x" * piece) == piece:
                    pass
            except OSError:
                continue


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of its own for one broker. Only root may mount one: without root this says so."""
    folder.mkdir(parents=True)
    size = f"size={DISK_MEGABYTES}m"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tuiding-chaos", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotReady(f"B4 fills a disk of its own, which only root may mount ({done.stderr.strip()}): leave B4 out.")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
