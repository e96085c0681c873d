"""What a pack takes over from the one it extends and may not mean: sums and days of another country."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from contracts.words import Text
from policies.faults.citations import Finding
from policies.files.folders import data_of, own_parts
from policies.owners.meant_otherwise import amounts_of
from policies.rules.words import money, said
from policies.schema import Pack

Says = Callable[[Sequence[str]], bool]


def own_words(folder: Path) -> Says:
    """Whether a place of a pack is said in this very folder; a list is said whole."""
    data: Any = data_of(own_parts(folder))

    def says(place: Sequence[str]) -> bool:
        here = data
        for step in place:
            if not isinstance(here, dict):
                return True
            if step not in here:
                return False
            here = here[step]
        return True

    return says


def in_another_currency(pack: Pack, parent: Pack, says: Says) -> Iterator[Finding]:
    """A number of fen is not the same number of won."""
    if pack.currency == parent.currency:
        return
    for place, minor in amounts_of(pack):
        if not says(place):
            yield _warning("/" + "/".join(place), _sum(minor, pack, parent))
    if not says(["time_zone"]):
        yield _warning("/time_zone", _zone(pack, parent))


def _sum(minor: int, pack: Pack, parent: Pack) -> Text:
    here, there = money(minor, pack.currency), money(minor, parent.currency)
    return said(
        f"是 {here}：数字取自 {parent.pack}，那里是 {there}；请写自己的金额",
        f"is {here}: the number is that of {parent.pack}, where it is {there}; write the amount you mean",
    )


def _zone(pack: Pack, parent: Pack) -> Text:
    return said(
        f"取自 {parent.pack}，是 {pack.time_zone}，货币却是 {pack.currency}：请写客户所在的时区",
        f"is {pack.time_zone}, as in {parent.pack}, though the currency is {pack.currency}: write your customers' own",
    )


def _warning(place: str, told: Text) -> Finding:
    return Finding(level="warning", place=place, what=told.en, zh=told.zh)
