"""What the library says of a line that was typed wrongly, in words: it speaks English only, and sometimes Python."""

import re
from typing import Any

from contracts.words import Text
from runtime.http.fault_words import in_words

SENTENCES = (  # what it says, and that in Chinese; {0}, {1}: what was typed
    (r"Missing command\.", "缺少命令。"),
    (r"Missing (?:argument|option|parameter) ?(.*?)\.", "缺少 {0}。"),
    (r"Missing (?:argument|option|parameter) ?(.*?)\. Choose from:\s*(.+)", "缺少 {0}；可选：{1}"),
    (r"No such command (.+)\.", "没有命令 {0}。"),
    (r"No such command (.+)\. Did you mean (.+)\?", "没有命令 {0}。您是不是要 {1}？"),
    (r"No such option: (\S+)", "没有选项 {0}。"),
    (r"No such option: (\S+) \(Possible options: (.+)\)", "没有选项 {0}。相近的选项：{1}"),
    (r"Got unexpected extra argument\(s\) \((.+)\)", "多余的参数：{0}"),
    (r"Option (.+) requires an argument\.", "选项 {0} 需要一个值。"),
    (r"Option (.+) requires (\d+) arguments\.", "选项 {0} 需要 {1} 个值。"),
    (r"Option (.+) does not take a value\.", "选项 {0} 不带值。"),
    (r"(?:file|path|dir) (.+) does not exist\.", "{0} 不存在。"),
    (r"(?:file|path|dir) (.+) is a file\.", "{0} 是文件，这里需要文件夹。"),
    (r"(?:file|path|dir) (.+) is a directory\.", "{0} 是文件夹，这里需要文件。"),
    (r"(?:file|path|dir) (.+) is not readable\.", "{0} 不可读。"),
    (r"(?:file|path|dir) (.+) is not writable\.", "{0} 不可写。"),
    (r"(.+) is not one of (.+)\.", "只能是 {1}，不是 {0}。"),
)
PYTHONS_OWN = "Value error, "  # as the checker begins what a check of the library's said
A_NUMBER = re.compile(r"(Input should be a valid (?:integer|number)), unable to parse .*")
REFUSED = re.compile(r"Invalid value(?: for (.+?))?: (.+)", re.DOTALL)


def in_both(message: str, cause: BaseException | None = None) -> Text:
    """`cause`: what the checker of values said, where it was a value."""
    if not (refused := REFUSED.fullmatch(message)):
        return _sentence(message)
    where, why = refused[1] or "", _of_a_value(refused[2], cause)
    at = (f"{_in_a_row(where)} 的值不对：", f"Invalid value for {where}: ") if where else ("", "")
    return Text(zh=at[0] + why.zh, en=at[1] + why.en)


def _of_a_value(why: str, cause: BaseException | None) -> Text:
    errors: Any = getattr(cause, "errors", list)
    found = errors()
    if why.startswith(PYTHONS_OWN) or not found:
        return _sentence(why.removeprefix(PYTHONS_OWN))
    told = in_words(found[0])
    return Text(zh=f"{told.zh}。", en=A_NUMBER.sub(r"\1", told.en))


def _sentence(said: str) -> Text:
    known = ((re.fullmatch(pattern, said, re.DOTALL), zh) for pattern, zh in SENTENCES)
    in_chinese = next((zh.format(*map(_in_a_row, found.groups())) for found, zh in known if found), said)
    return Text(zh=in_chinese, en=said)


def _in_a_row(names: str) -> str:
    return re.sub(r"'?,\s*'?", "、", names.strip()).strip("'")
