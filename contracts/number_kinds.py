"""Which digits are a person's number: a phone, an identity card, a bank card, and how much of it is shown."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

PHONE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d)\d{4}(\d{4})")
IDENTITY = re.compile(r"(\d{6})\d{8}(\d{3}[\dX])")
BORN = re.compile(r"\d{6}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])....")
EARLIER_IDENTITY = re.compile(r"(\d{6})\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(\d{3})")
CARD = re.compile(r"((?:[3-6]|2[2-7])\d)\d{7,13}(\d{4})")
FIXED = re.compile(r"(0[1-9]\d)\d{4,6}(\d{3})")
ABROAD = re.compile(r"(?:\+|00)([1-9]\d)\d{3,10}(\d{3})")
MOBILE_DIGITS, LONGEST_AREA = 11, 5
MOBILE, DAY_OF_BIRTH, EARLIER_DAY = (3, 4, 4), (6, 8), (6, 6, 3)  # how they are usually parted
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"


class Written(NamedTuple):
    """Groups of digits read as one number: how long each is, and what is seen between two of them."""

    digits: str
    sizes: Sequence[int]
    parts: Callable[[], Sequence[str]]


def hidden_number(number: Written) -> str:
    """`138****5678`; empty where it is nobody's."""
    for form, stars, is_one in KINDS:
        if (found := form.fullmatch(number.digits)) and is_one(number):
            return f"{found[1]}{stars}{found[2]}"
    return ""


def _mobile(number: Written) -> bool:
    """Without the country's code: in the usual groups, or parted evenly."""
    digits = first = 0
    for size in reversed(number.sizes):
        if digits >= MOBILE_DIGITS:
            break
        digits, first = digits + size, first + 1
    sizes = number.sizes[-first:]
    return tuple(sizes) == MOBILE or _evenly(sizes, number.parts()[len(number.sizes) - first :])


def _evenly(sizes: Sequence[int], parts: Sequence[str]) -> bool:
    """By one sign everywhere, in groups or digit by digit; neither a list of small numbers nor an address."""
    address = set(parts) == {"."} and len(sizes) == 4 and max(sizes) <= 3
    few = min(sizes) > 1 or max(sizes) == 1
    return few and not address and len({_kind(part) for part in parts}) <= 1


def _kind(part: str) -> str:
    return "".join(sorted({" " if each.isspace() else "-" if each in DASHES else each for each in part}))


def _identity(number: Written) -> bool:
    if len(number.sizes) == 1 or tuple(number.sizes[:2]) == DAY_OF_BIRTH:
        return True
    return BORN.fullmatch(number.digits) is not None and _evenly(number.sizes, number.parts())


def _earlier_identity(number: Written) -> bool:
    return len(number.sizes) == 1 or tuple(number.sizes) == EARLIER_DAY


def _card(number: Written) -> bool:
    """Its last digit makes the sum even by ten (Luhn)."""
    doubled = (str(int(each) * (1 + at % 2)) for at, each in enumerate(reversed(number.digits)))
    return sum(int(each) for pair in doubled for each in pair) % 10 == 0 and _evenly(number.sizes, number.parts())


def _fixed(number: Written) -> bool:
    """An area and a number."""
    return len(number.sizes) == 1 or (len(number.sizes) == 2 and number.sizes[0] <= LONGEST_AREA)


def _always(number: Written) -> bool:
    return True


KINDS: tuple[tuple[re.Pattern[str], str, Callable[[Written], bool]], ...] = (
    (PHONE, "****", _mobile),
    (IDENTITY, "********", _identity),
    (EARLIER_IDENTITY, "****", _earlier_identity),
    (CARD, "****", _card),
    (FIXED, "****", _fixed),
    (ABROAD, "****", _always),
)
PERHAPS = re.compile("|".join(form.pattern for form, _, _ in KINDS))
