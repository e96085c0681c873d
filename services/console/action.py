"""What a button of the console is."""

from typing import Any, NamedTuple

REFERENCE = r"[A-Za-z0-9_.:\/\-]{1,120}"  # of a letter, a bill or an order of the carrier's


class Field(NamedTuple):
    name: str
    zh: str
    en: str
    pattern: str
    stands: str  # in the command, until it is filled in


class Action(NamedTuple):
    """`door`: the order as the console's HTTP door calls it. `command`: words of the command line, `{}` filled in.

    `read`: the customer reads why it was ordered.
    """

    name: str
    answer: str
    door: str
    zh: str
    en: str
    effect_zh: str
    effect_en: str
    command: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    body: dict[str, Any] = {}
    read: bool = True
