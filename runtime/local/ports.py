"""Where a run whose port is taken can go instead: computed from what is free, and said as the command to type."""

import shlex
from collections.abc import Callable, Sequence
from typing import NamedTuple

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
    """The smallest other than `shift` under which all that moves is free; `wanted` is as it is under `shift`."""
    moving = [each.port - shift for each in wanted if each.setting == SHIFT]
    staying = {each.port for each in wanted if each.setting != SHIFT}
    for other in range(0, EPHEMERAL - max(moving, default=EPHEMERAL), STEP):
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
