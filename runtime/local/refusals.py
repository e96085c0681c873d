"""Why a run does not start beside another one: whose the port or the folder is, and what to type instead."""

import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from contracts.words import Text
from runtime.exits import visible
from runtime.local.broker_apache import HOST, is_free
from runtime.local.ports import SHIFT, IsFree, Wanted, command, free_shift, otherwise


class _InBothLanguages(Exception):
    def __init__(self, told: Text) -> None:
        super().__init__(told.en)
        self.told = told


class PortTaken(_InBothLanguages):
    """Which port, for whom, and who holds it."""


class AlreadyUp(_InBothLanguages):
    """Another run keeps its data in the same folder."""


class NotSafe(Exception):
    """Which service would end at once, again and again, and what to set."""


def refuse_taken(wanted: Sequence[Wanted], shift: int = 0, host: str = HOST) -> None:
    """`wanted` as it is under `shift`. Raises PortTaken for the first that is taken where we listen, on `host`."""
    free = free_on(host)
    for each in wanted:
        if each.port and not free(each.port):
            raise PortTaken(_taken(each, holder(each.port), otherwise(wanted, each, shift, free)))


def free_on(host: str) -> IsFree:
    """On this machine and on the address we are to listen on: what runs beside the services is on the first."""
    return lambda port: all(is_free(port, each) for each in dict.fromkeys((HOST, host)))


def already_up(data: Path, moves: bool, wanted: Sequence[Wanted], shift: int, host: str = HOST) -> AlreadyUp:
    """`moves`: the folder follows the shift of the ports, so that both are free under another one."""
    other = free_shift(wanted, shift, free_on(host)) if moves else None
    zh, en = "或用 TUIDING_DATA 指定别的目录。", "set TUIDING_DATA to another folder."
    if other is not None:
        again = command(SHIFT.format(other), _typed())
        zh, en = f"或输入：{again}", f"type: {again}"
    return AlreadyUp(
        Text(
            zh=f"{data} 上已有 tuiding 在运行：请使用它、停掉它，{zh}",
            en=f"A tuiding already runs on {data}: use it, stop it, or {en}",
        )
    )


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


def _taken(taken: Wanted, by: str, setting: str) -> Text:
    port, who = taken.port, taken.who
    zh = f"端口 {port}（{who} 要用）已被{f' {by} ' if by else ''}占用：请停掉它"
    en = f"Port {port}, which {who} needs, is taken{f' by {by}' if by else ''}: stop what listens there"
    if who == "carrier":
        zh, en = f"{zh}，若那是您自己的系统，请加 --no-carrier", f"{en}, or say --no-carrier if it is your carrier"
    if not setting:
        return Text(zh=f"{zh}；没有别的空位可移。", en=f"{en}; nowhere else are as many ports free.")
    again = command(setting, _typed())
    return Text(zh=f"{zh}，或输入：{again}", en=f"{en}, or type: {again}")


def _typed() -> list[str]:
    """As it is typed: a script names no interpreter."""
    words = sys.orig_argv
    return words[1:] if len(words) > 1 and not words[1].startswith("-") else words
