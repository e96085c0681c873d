"""The editions of one pack: rules that take turns by their dates, so that on any day exactly one is in force."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from contracts.words import Text
from policies.rules.tax import DatedRates
from policies.schema import Pack

ONE_DAY = timedelta(days=1)
ALWAYS = datetime.min.replace(tzinfo=UTC)


class Edition(NamedTuple):
    """A pack with the folder it was read from."""

    folder: str
    pack: Pack

    @property
    def begins(self) -> datetime:
        """The midnight of its first day in the pack's time zone."""
        day = self.pack.effective_from
        return datetime.combine(day, time(), self.pack.zone).astimezone(UTC) if day else ALWAYS


class Clash(NamedTuple):
    """Two editions that cannot both be right; the fault is written at `key` in the file of `edition`."""

    edition: Edition
    key: str
    what: Text


class Editions:
    """In the order in which they come into force. `others` finds the editions of a pack of another name."""

    def __init__(self, all_of: Sequence[Edition], others: Callable[[str], Sequence[Pack]] = lambda name: ()) -> None:
        ordered = tuple(sorted(all_of, key=lambda each: each.begins))
        rates = common_rates([each.pack for each in ordered])
        self.all = tuple(each._replace(pack=each.pack.model_copy(update={"taxes": rates})) for each in ordered)
        self._others = cache(others)
        self.find = lru_cache(maxsize=1024)(self._find)  # asked for every message and every event

    @property
    def name(self) -> str:
        return self.all[0].pack.pack

    def on(self, now: datetime) -> Pack:
        """The one in force; before the first day of the first one, that one."""
        begun = [each.pack for each in self.all if each.begins <= now]
        return begun[-1] if begun else self.all[0].pack

    def on_day(self, day: date) -> Pack | None:
        """None before the first day of the first one."""
        begun = [each.pack for each in self.all if (each.pack.effective_from or day) <= day]
        return begun[-1] if begun else None

    def _find(self, policy: str) -> Pack | None:
        """By a pack's id or its `name@version`: a corrected file has another digest and is the same edition."""
        name, _, version = policy.partition("+")[0].partition("@")
        packs = [each.pack for each in self.all] if name == self.name else self._others(name)
        return next((pack for pack in packs if pack.version == version), None)

    def of_request(self, policy: str, now: datetime) -> Pack:
        """The edition a request keeps; the one in force where it names none, or where nobody has it any more."""
        return (self.find(policy) if policy else None) or self.on(now)

    def ends(self, edition: Edition) -> date | None:
        """Its last day; None for the last edition."""
        at = self.all.index(edition)
        following = self.all[at + 1].pack.effective_from if at + 1 < len(self.all) else None
        return following - ONE_DAY if following else None


def common_rates(ordered: Sequence[Pack]) -> DatedRates:
    """The tax of each day is what the edition of that day says, under whichever edition a request was made (M6)."""
    rates: DatedRates = {}
    for pack in ordered:
        first = pack.effective_from
        for code, dated in pack.taxes.items():
            before = tuple(each for each in rates.get(code, ()) if (each.from_day or date.min) < (first or date.min))
            begun = [each for each in dated if (each.from_day or date.min) <= (first or date.min)][-1]
            now = begun.model_copy(update={"from_day": first if before else None})
            rates[code] = (*before, now, *dated[dated.index(begun) + 1 :])
    return rates


def of(pack: Pack | Editions) -> Editions:
    """A pack that stands alone is its only edition."""
    return pack if isinstance(pack, Editions) else Editions((Edition(pack.pack, pack),))


def clashes(all_of: Sequence[Edition]) -> Iterator[Clash]:
    """Every reason why not exactly one would be in force on every day, and why one could not be told from another."""
    ordered = sorted(all_of, key=lambda each: each.begins)
    for earlier, later in pairwise(ordered):
        yield from _same_version(later, ordered)
        yield from _meeting(earlier, later)
    last = ordered[-1]
    if last.pack.effective_until:
        day = last.pack.effective_until + ONE_DAY
        zh = f"自 {day} 起没有生效的版本；请去掉 effective_until，或补上后续版本"
        en = f"nothing would be in force from {day} on; leave effective_until out, or add the edition that follows"
        yield Clash(last, "effective_until", Text(zh=zh, en=en))


def _same_version(later: Edition, ordered: Sequence[Edition]) -> Iterator[Clash]:
    before = ordered[: ordered.index(later)]
    for each in before:
        if each.pack.version == later.pack.version:
            en = f"{each.folder} is the version {each.pack.version!r} of {each.pack.pack} already"
            zh = f"{each.folder} 已经是 {each.pack.pack} 的版本 {each.pack.version!r}；请给每个版本各自的版本号"
            yield Clash(later, "version", Text(zh=zh, en=f"{en}; give each edition a version of its own"))


def _meeting(earlier: Edition, later: Edition) -> Iterator[Clash]:
    """The earlier one ends the day before the later one begins; it may say so, or leave its end out."""
    first, until = later.pack.effective_from, earlier.pack.effective_until
    if first is None or first == earlier.pack.effective_from:
        yield Clash(later, "effective_from", _together(earlier.folder, first))
    elif until is not None and until >= first:
        after, before = until + ONE_DAY, first - ONE_DAY
        zh = f"{earlier.folder} 到 {until} 才失效，同一天有两个版本；请从 {after} 开始，或让前一个到 {before} 为止"
        en = f"{earlier.folder} is in force until {until}: two editions on one day"
        what = Text(zh=zh, en=f"{en}; begin on {after}, or end that one on {before}")
        yield Clash(later, "effective_from", what)
    elif until is not None and until < first - ONE_DAY:
        after, before = until + ONE_DAY, first - ONE_DAY
        zh = f"{earlier.folder} 到 {until} 为止，{after} 至 {before} 没有版本；请从 {after} 开始，或去掉前一个的截止日"
        en = f"{earlier.folder} ends on {until}: no edition from {after} to {before}"
        what = Text(zh=zh, en=f"{en}; begin on {after}, or leave that one's end out")
        yield Clash(later, "effective_from", what)


def _together(earlier: str, first: date | None) -> Text:
    since = f"from {first}" if first else "from the beginning"
    en = f"{earlier} is in force {since} as well; say from which day on this edition is"
    return Text(
        zh=f"{earlier} 也自{first or '最初'}起生效；请写明本版本自哪天起生效，或给它自己的 `pack` 名称",
        en=f"{en}, or give it a `pack` name of its own",
    )
