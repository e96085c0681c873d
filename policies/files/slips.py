"""Slips of the hand that YAML answers with words of its own: a full-width sign, a tab, a blank that is none."""

import re

from contracts.words import Text

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


ASKEW = ("did not find expected", "mapping values are not allowed", "could not find expected")
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


def why_unreadable(text: str, error: Exception) -> Text:
    """The slip of the hand behind it, or the parser's own words, with the line and, where there is one, the cure."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if found := slip(text, mark.line + 1 if mark else None):
        return Text(zh=found, en=found)
    if mark is None or not problem:
        told = " ".join(str(error).split())
        return Text(zh=told, en=told)
    context, cure = getattr(error, "context", None) or "", _cure(problem)
    told = problem if not context or context.startswith("while ") else f"{context}, {problem}"
    return Text(zh=f"第 {mark.line + 1} 行：{told}{cure.zh}", en=f"line {mark.line + 1}: {told}{cure.en}")


def _cure(problem: str) -> Text:
    if problem.startswith(ASKEW):
        return Text(zh="；同一级的行要左对齐", en="; rows of one list, and keys of one value, begin in the same column")
    if "undefined alias" in problem:
        en = "; a word after * needs the same after & further up, and * itself quotes"
        return Text(zh="；* 后面的名称要先用 & 定义，* 本身要加引号", en=en)
    return Text(zh="", en="")


def _of_line(line: str) -> str:
    if "\t" in line:
        return "a tab; YAML takes only blanks there: write two or four of them（制表符，请改用空格）"
    blank = next((sign for sign in line if sign in NO_BLANK), "")
    if blank:
        return f"{NO_BLANK[blank]}; write an ordinary one（请改用普通空格）"
    sign = next((sign for sign in line if sign in FULL_WIDTH), "")
    after = " and a blank" if sign in "：，" else ""
    return f"a full-width {sign}; write {FULL_WIDTH[sign]}{after}（全角符号，请改用半角）" if sign else ""
