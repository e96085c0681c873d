"""What a text has that nobody sees, and that acts or hides on a reader's screen: shown instead."""

import re
from unicodedata import category

from contracts.personal import masked

# Control and format characters, halves of pairs, private and unused ones: they move a cursor, set a title, fill a
# clipboard, turn a line around. And what is drawn as nothing, though it counts as a letter: it tells two names apart.
CONTROL = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
    + "".join(f"{chr(plane)}{chr(plane + 1)}" for plane in range(0x1FFFE, 0xF0000, 0x10000))
)
BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc\U0001d159"
PICTURE = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# What joins or colours emoji is a part of them, there and nowhere else.
OF_A_PICTURE = (
    f"(?<=[{PICTURE}\ufe0f])\u200d(?=[{PICTURE}])|(?<=[{PICTURE}])[\ufe0e\ufe0f]|(?<=[#*0-9])\ufe0f(?=\u20e3)"
)
UNSEEN = re.compile(f"(?P<kept>{OF_A_PICTURE})|[{CONTROL}{BLANK}]")
# Marks stand above and below others of their own or of any script: a pile of them runs over the lines around it.
HIGHEST_PILE = 4
PERHAPS_A_PILE = re.compile(
    f"[^\x00-\u02ff\u2000-\u20cf\u2100-\ua66e\uac00-\ufe1f\ufe30-\uffff]{{{HIGHEST_PILE + 1},}}"
)
# Nearly every text is this, and needs no second look: letters of ours, hardly a digit, no address.
PLAIN = re.compile(
    "(?:[\t\n -/:-?A-~\xa0-\xa8\xb7\u2013-\u201d\u3000-\u303e\u4e00-\u9fff\uff01-\uff0f\uff1a-\uff1f]*+[0-9]?){0,5}+"
)
SEEN = re.compile("[\t\n -~\xa0-\xa8\xb7\u2013-\u201d\u3000-\u303e\u4e00-\u9fff\uff01-\uff1f]*+")
# What a list is full of, ids and times of ours: no number of a person is in them, each part is tied to another.
OURS = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00",
    re.ASCII,
)
ON_ANOTHER_LINE = re.compile("[\t\n]")


def visible(text: str) -> str:
    r"""`ESC` -> `\x1b`: what would act on the reader's screen is shown instead."""
    if SEEN.fullmatch(text):
        return text
    return PERHAPS_A_PILE.sub(_pile, UNSEEN.sub(_shown, text))


def clean(text: str) -> str:
    """Visible, and nobody's phone, identity number or address."""
    return text if PLAIN.fullmatch(text) or OURS.fullmatch(text) else visible(masked(text))


def on_one_line(text: str) -> str:
    r"""And what would begin a line of its own there: `\n`."""
    return ON_ANOTHER_LINE.sub(_escaped, visible(text))


def _shown(found: re.Match[str]) -> str:
    return found["kept"] or _escaped(found)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _pile(found: re.Match[str]) -> str:
    said, high = list[str](), 0
    for each in found[0]:
        high = high + 1 if category(each) in ("Mn", "Me") else 0
        said.append(each.encode("unicode_escape").decode() if high > HIGHEST_PILE else each)
    return "".join(said)
