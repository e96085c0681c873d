"""A child process that outlives neither its parent nor its directory's lock."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

PR_SET_PDEATHSIG = 1

Child = subprocess.Popen[bytes]


def locked(file: Path) -> int | None:
    """A descriptor that holds the lock until it and every inherited copy of it are closed; None if it is taken."""
    lock = os.open(file, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def spawn(command: Sequence[str], log: Path, lock: int) -> Child:
    """Linux ties a child to the *thread* that started it, so that thread stays until the child has ended."""
    born: Future[Child] = Future()

    def keep() -> None:
        try:
            child = _popen(command, log, lock)
        except (OSError, subprocess.SubprocessError) as error:
            born.set_exception(error)
            return
        born.set_result(child)
        child.wait()

    threading.Thread(target=keep, name="child-keeper", daemon=True).start()
    return born.result()


def _popen(command: Sequence[str], log: Path, lock: int) -> Child:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", __file__, str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            start_new_session=True,  # Ctrl-C reaches the workers; the broker goes last
            pass_fds=(lock,),
        )


def become(parent: int, command: list[str]) -> None:
    """Runs in the child, before it turns into the command: `preexec_fn` is not safe in a process with threads."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the kernel knew
            sys.exit("the parent has ended")
    os.execv(command[0], command)


def end(child: Child, how: signal.Signals, patience_seconds: float) -> None:
    """Signals the whole group; kills it when it is not gone in time."""
    for attempt in (how, signal.SIGKILL):
        if child.poll() is not None:
            return
        os.killpg(child.pid, attempt)
        try:
            child.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            continue


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
