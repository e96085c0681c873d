"""Numbers of people in a text, as they are written: in digits of any script, in groups, with a country code or not.

A text may also be JSON or an address that is shown as it is: what stands for a space there is a space here.
"""

import re
from collections.abc import Iterator
from functools import partial
from itertools import accumulate, pairwise
from typing import NamedTuple
from unicodedata import digit

from contracts.number_kinds import PERHAPS, Written, hidden_number

SEEN = r"\s\-－\u2010-\u2015\u2212.．·•‧・_/()（）"
IN_NUMBERS = (  # what nobody sees: it parts no number
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0"
)
WRITTEN_OUT = r"\\u[0-9a-fA-F]{4}|\\[bfnrt]|%(?:20|2[Bb]|3[Aa]|40|0[9AaDd])"
BETWEEN = rf"(?:{WRITTEN_OUT}|[{SEEN}{IN_NUMBERS}]){{0,6}}+"
RUN = re.compile(
    rf"{WRITTEN_OUT}|(?P<plus>[(（]?[+＋]?)(?P<digits>\d(?:{BETWEEN}\d){{6,}}+)(?P<x>[xXｘＸ](?![A-Za-z0-9])|)"
)
GROUP = re.compile(rf"{WRITTEN_OUT}|(?P<digits>(?:\d[{IN_NUMBERS}]*+)+)")
PARTS_NOTHING = re.compile(rf"{WRITTEN_OUT}|[{IN_NUMBERS}()（）]")
AFTER_A_SIGN = re.compile(rf"(?:{WRITTEN_OUT})\Z")
TIED_BEFORE, TIED_AFTER = re.compile(r"(?:[A-Za-z_]|[A-Za-z0-9_]-)\Z"), re.compile(r"[A-Za-z_]|-[A-Za-z0-9_]")

LENGTHS, LONGEST_SIGN = range(20, 7, -1), 6


class Group(NamedTuple):
    digits: str
    start: int
    end: int


def masked_numbers(text: str) -> str:
    return RUN.sub(_run, text)


def _run(found: re.Match[str]) -> str:
    if not found["digits"]:
        return found[0]
    run = _Run(found)
    said, done, at = list[str](), found.start(), 0
    while at < len(run.groups):
        hidden, after = run.number(at)
        if hidden:
            said += [found.string[done : run.start(at)], hidden]
            done = run.end(after)
        at = after
    return "".join([*said, found.string[done : found.end()]])


class _Run:
    """Groups of digits with nothing but signs between them: any of them side by side may be one number."""

    def __init__(self, found: re.Match[str]) -> None:
        self.found, self.text = found, found.string
        every = GROUP.finditer(self.text, found.start("digits"), found.end("digits"))
        self.groups = [_group(each) for each in every if each["digits"]]
        plus = "+" if found["plus"][-1:] in ("+", "＋") else ""
        self.digits = "".join([plus, *(each.digits for each in self.groups), found["x"] and "X"])
        ends = list(accumulate((len(each.digits) for each in self.groups), initial=len(plus)))
        self.places = [0, *ends[1:-1]]
        self.after = {end: after for after, end in enumerate(ends)} | {len(self.digits): len(self.groups)}

    def start(self, at: int) -> int:
        return self.groups[at].start if at else self.found.start()

    def end(self, after: int) -> int:
        return self.groups[after - 1].end if after < len(self.groups) else self.found.end()

    def number(self, at: int) -> tuple[str, int]:
        """The longest number that begins with this group, hidden, and the group that comes after it."""
        if not _tied_before(self.text, self.start(at)):
            for after, digits in self._perhaps(at):
                if not TIED_AFTER.match(self.text, self.end(after)):
                    sizes = [len(each.digits) for each in self.groups[at:after]]
                    if hidden := hidden_number(Written(digits, sizes, partial(self._parts, at, after))):
                        return hidden, after
        return "", at + 1

    def _parts(self, at: int, after: int) -> list[str]:
        """What is seen between those groups."""
        pairs = pairwise(self.groups[at:after])
        return [PARTS_NOTHING.sub("", self.text[one.end : two.start]) for one, two in pairs]

    def _perhaps(self, at: int) -> Iterator[tuple[int, str]]:
        first = self.places[at]
        for length in LENGTHS:
            after = self.after.get(first + length)
            if after is not None and PERHAPS.fullmatch(self.digits, first, first + length):
                yield after, self.digits[first : first + length]


def _group(found: re.Match[str]) -> Group:
    return Group("".join(str(digit(each)) for each in found[0] if each.isdecimal()), found.start(), found.end())


def _tied_before(text: str, start: int) -> bool:
    """To a letter, or by a dash to another part of an id; `\\n` is no letter."""
    before = text[max(0, start - LONGEST_SIGN) : start]
    return TIED_BEFORE.search(before) is not None and AFTER_A_SIGN.search(before) is None
