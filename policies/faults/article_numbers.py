"""Articles of a law as letters write them out: 《…》第四十条, 《…》第40条, article 40 of the …."""

import re
from collections.abc import Iterable, Iterator

DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}
UNITS = {"十": 10, "百": 100}


def named_articles(text: str, titles: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each of these titles with each article of it that the text names, as a bare number."""
    for title in titles:
        written = re.escape(title)
        for found in re.finditer(rf"{written}(?:（[^）]*）)?第([0-9零一二三四五六七八九十百]+)条", text):
            yield title, bare(found[1])
        for found in re.finditer(rf"[Aa]rticle (\d+) of (?:the )?{written}", text):
            yield title, found[1]


def bare(number: str) -> str:
    """四十 and 40 are "40"."""
    if number.isdigit() and number.isascii():
        return number
    total, digit = 0, 0
    for character in number:
        if character in UNITS:
            total += (digit or 1) * UNITS[character]
            digit = 0
        else:
            digit = DIGITS[character]
    return str(total + digit)
