"""Whether bytes are said to be JSON: whoever believes another label would read something else out of them."""

import re

from contracts.words import Text

BLANKS = " \t"  # that may stand around a header's value; Unicode knows more of them
CHARSET, UTF_8 = re.compile(r"charset\s*=\s*\"?([^\";\s]*)"), ("utf-8", "utf8", "us-ascii")


def other_than_json(told: str) -> Text | None:
    """What a content type says instead, for people; nothing where it says JSON."""
    media, _, more = told.lower().partition(";")
    media, named = media.strip(BLANKS), CHARSET.findall(more)
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        return header_says("Content-Type", media)
    if any(each not in UTF_8 for each in named):
        said = repr(named[0][:60])
        return Text(zh=f"其 charset 为 {said}；JSON 使用 UTF-8。", en=f"Its charset is {said}; JSON is UTF-8.")
    return None


def header_says(header: str, said: str) -> Text:
    return Text(zh=f"{header} 为 {said[:60]!r}。", en=f"{header} is {said[:60]!r}.")
