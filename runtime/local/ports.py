"""Which ports a run wants, who holds one that is taken, and the command that leaves all of them free."""

import re
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

import psutil

from contracts.words import Text
from runtime.exits import visible
from runtime.local.broker_apache import is_free

SHIFT = "TUIDING_PORT_SHIFT={}"
SHIFT_OPTION = "--port-shift"
STEP = 100
EPHEMERAL = 32_768  # from here on the system itself hands out ports: what is free now need not be so in a second
HIGHEST = 65_535

IsFree = Callable[[int], bool]


class Wanted(NamedTuple):
    """`setting`: how it is set, `{}` standing for the port; by default it moves with everybody's."""

    port: int
    who: str
    setting: str = SHIFT


class PortTaken(Exception):
    """One sentence: which port, for whom, who holds it, and what to type."""

    def __init__(self, told: Text) -> None:
        super().__init__(told.en)
        self.told = told


def refuse_taken(wanted: Sequence[Wanted], shift: int = 0) -> None:
    """`wanted` as it is under `shift`. Raises PortTaken for the first that is taken."""
    for each in wanted:
        if each.port and not is_free(each.port):
            raise PortTaken(_told(each, holder(each.port), otherwise(wanted, each, shift, is_free)))


def otherwise(wanted: Sequence[Wanted], taken: Wanted, shift: int, free: IsFree) -> str:
    """The setting under which `taken`, and all that moves with it, is free and apart from the rest; empty: none."""
    if taken.setting == SHIFT:
        found = free_shift(wanted, shift, free)
        return "" if found is None else SHIFT.format(found)
    together = [each.port for each in wanted if each.setting == taken.setting]
    others = {each.port for each in wanted} - set(together)
    for by in range(1, HIGHEST - max(together)):
        if all(free(port + by) and port + by not in others for port in together):
            return taken.setting.format(together[0] + by)
    return ""


def free_shift(wanted: Sequence[Wanted], shift: int, free: IsFree) -> int | None:
    """The smallest, other than `shift`, under which everything that moves is free."""
    moving = [each.port - shift for each in wanted if each.setting == SHIFT]
    staying = {each.port for each in wanted if each.setting != SHIFT}
    for other in range(0, EPHEMERAL - max(moving), STEP):
        if other != shift and all(port + other not in staying and free(port + other) for port in moving):
            return other
    return None


def command(setting: str, typed: Sequence[str]) -> str:
    """What was typed, once more with `setting`: a variable before it or an option behind it."""
    option = setting.partition(" ")[0] if setting.startswith("--") else SHIFT_OPTION
    words = shlex.join(_without(option, typed))
    return f"{words} {setting}" if setting.startswith("--") else f"{setting} {words}"


def _without(option: str, typed: Sequence[str]) -> list[str]:
    kept = [word for word in typed if not word.startswith(f"{option}=")]
    while option in kept:
        at = kept.index(option)
        del kept[at : at + 2]
    return kept


def holder(port: int) -> str:
    """As far as the system lets us see it; empty for what runs under another user or in a container."""
    with suppress(psutil.Error, OSError):
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid:
                return f"{_named(psutil.Process(each.pid))} (pid {each.pid})"
    return ""


def _named(process: psutil.Process) -> str:
    """A module of Python's by its own name: all of them are called python."""
    module = re.search(r" -m ([\w.]+)", " ".join(process.cmdline()))
    return visible(module[1] if module else process.name())


def _told(taken: Wanted, by: str, setting: str) -> Text:
    port, who = taken.port, taken.who
    zh = f"端口 {port}（{who} 要用）已被{f' {by} ' if by else ''}占用：请停掉它"
    en = f"Port {port}, which {who} needs, is taken{f' by {by}' if by else ''}: stop what listens there"
    if not setting:
        return Text(zh=f"{zh}；没有别的空位可移。", en=f"{en}; nowhere else are as many ports free.")
    again = command(setting, _typed())
    return Text(zh=f"{zh}，或输入：{again}", en=f"{en}, or type: {again}")


def _typed() -> list[str]:
    """As it is typed: a script names no interpreter."""
    words = sys.orig_argv
    return words[1:] if len(words) > 1 and not words[1].startswith("-") else words
