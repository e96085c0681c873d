"""The sums that stand in the steps of a fee, worked out again from their own words."""

import re
from collections.abc import Iterator
from fractions import Fraction

TO_THE_UNIT = Fraction(1, 100)  # what a sum may be off by: it was rounded once
A_LIST = re.compile(r"(?<=[0-9]) \([^()]*%\)")  # `CNY 1.00 (standard 20%)`
A_WORD = re.compile(r"\b(?!x )[a-z][a-z0-9-]* (?=[A-Z]{3} )")  # `arrears CNY 3.00`
A_SUM = re.compile(r"[-+0-9. x/()%‰]+")


def sums_in(step: str) -> Iterator[tuple[str, Fraction, Fraction]]:
    """(the sum as it stands, what its left side comes to, what it says), in major units; what is no sum is passed over.

    `CNY 300.00 - 50%` takes off a share, and what stands before `...` is told in more than one step.
    """
    for part in re.split("; |: ", step):
        left, equal, right = part.partition(" = ")
        sides = [re.sub(r"[A-Z]{3} |,(?=\d{3})", "", A_WORD.sub("", A_LIST.sub("", side))) for side in (left, right)]
        if equal and "..." not in left and not re.search(r"- \d+%$", left) and all(map(A_SUM.fullmatch, sides)):
            yield part, _value(sides[0]), _value(sides[1])


def _value(formula: str) -> Fraction:
    shares = re.sub(r"([0-9.]+)%", r"(\1 / 100)", formula)  # `/ 119%` takes a tax out
    signs = shares.replace(" x ", " * ").replace("%", " / 100").replace("‰", " / 1000")
    return Fraction(eval(re.sub(r"\d+(\.\d+)?", lambda number: f"Fraction('{number[0]}')", signs)))
