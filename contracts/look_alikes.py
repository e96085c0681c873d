"""A source as a person or a library of URIs reads it: `//tuiding/billing`, or full-width letters, are ours to them."""

from functools import lru_cache
from posixpath import normpath
from unicodedata import category, normalize
from urllib.parse import unquote

LONGEST = 200  # nobody takes a longer one for a name; what came is kept, so it has to be small
MOST_ESCAPES = 4  # one in another, or with a sign that is made a percent sign first
UNSEEN = ("C", "Z", "M")  # control signs, blanks, marks above a letter: how their categories begin
SLASHES = {ord(each): "/" for each in "\\∕⁄⧸╱⟋∖⧵╲⟍"}
DRAWN_ALIKE = SLASHES | str.maketrans("аαᴀсϲᴄԁᴅеᴇɡɢһʜіıιɪⅼӏʟոɴѕꜱտτᴛυսᴜ", "aaacccddeegghhiiiilllnnsstttuuu")


@lru_cache(maxsize=256)
def reads_as(source: str) -> str:
    """In small letters, from the root, with a slash behind it."""
    if len(source) > LONGEST:
        return f"{source[:LONGEST].strip().lower()}/"
    path = source
    for _ in range(MOST_ESCAPES):
        before = path
        plain = normalize("NFKD", unquote(path)).casefold().translate(DRAWN_ALIKE)
        path = "".join(each for each in plain if category(each)[0] not in UNSEEN)
        if path == before:
            break
    return f"/{normpath(path).lstrip('/')}/"
