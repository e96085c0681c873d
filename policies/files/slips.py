"""Slips of the hand that YAML answers with words of its own: a full-width sign, a tab, a blank that is none."""

import re

NO_BLANK = {"\u3000": "a full-width blank", "\u00a0": "a non-breaking blank"}
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
COMMENT = re.compile(r"(^|\s)#.*")
FULL_WIDTH = {
    "：": ":",
    "，": ",",
    "｛": "{",
    "｝": "}",
    "［": "[",
    "］": "]",
    "“": '"',
    "”": '"',
    "－": "-",
    "＃": "#",
}


NEAR = 2  # lines: a parser often stumbles just behind what it stumbles over


def slip(text: str, at: int | None = None) -> str:
    """The first one in a text that cannot be read, with its line and the cure; empty where there is none.

    `at`: the line at which a parser gave up; what stands elsewhere is not why.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if at is not None and not at - NEAR <= number <= at:
            continue
        if said := _of_line(COMMENT.sub("", QUOTED.sub("", line))):
            return f"line {number}: {said}"
    return ""


def why_unreadable(text: str, error: Exception) -> str:
    """The slip of the hand behind it, or the parser's own words."""
    mark = getattr(error, "problem_mark", None)
    return slip(text, mark.line + 1 if mark else None) or " ".join(str(error).split())


def _of_line(line: str) -> str:
    if "\t" in line:
        return "a tab; YAML takes only blanks there: write two or four of them（制表符，请改用空格）"
    blank = next((sign for sign in line if sign in NO_BLANK), "")
    if blank:
        return f"{NO_BLANK[blank]}; write an ordinary one（请改用普通空格）"
    sign = next((sign for sign in line if sign in FULL_WIDTH), "")
    after = " and a blank" if sign in "：，" else ""
    return f"a full-width {sign}; write {FULL_WIDTH[sign]}{after}（全角符号，请改用半角）" if sign else ""
