"""When a line of a fee or a complaint is looked at again: once, on a new ground, in time; and which clause says so."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from contracts.words import ClauseId, Text
from policies.pack import Pack
from policies.templates import cited

MOST_LOOKS = 2


class Look(Protocol):
    """A dispute that was decided; one without lines was about all there are."""

    @property
    def lines(self) -> tuple[str, ...]: ...

    @property
    def ground(self) -> str: ...


def looks_at(named: Collection[str], earlier: Iterable[Look]) -> tuple[Look, ...]:
    """Of earlier looks those at any of these lines; whoever names none means all of them."""
    return tuple(each for each in earlier if not (named and each.lines) or not set(named).isdisjoint(each.lines))


def cannot_dispute(
    named: Collection[str],
    ground: str,
    earlier: Iterable[Look],
    open_now: bool,
    since: datetime | None,
    now: datetime,
    pack: Pack,
) -> str:
    """The code of the refusal, or nothing; each line is looked at for itself. `since`: when the fee was settled."""
    if open_now:
        return "already-disputed"
    if over(since, now, pack):
        return "dispute-window-over"
    before = looks_at(named, earlier)
    if max((len(looks_at((line,), before)) for line in named), default=len(before)) >= MOST_LOOKS:
        return "disputed-twice"
    return "dispute-same-ground" if ground in (look.ground for look in before) else ""


def cannot_complain_again(
    earlier: Collection[str], ground: str, answered_at: datetime | None, now: datetime, pack: Pack
) -> str:
    """The same for a complaint that was answered, at the same level; higher levels stay open for ever."""
    if over(answered_at, now, pack):
        return "complaint-window-over"
    if len(earlier) >= MOST_LOOKS:
        return "complaint-heard-twice"
    return "complaint-same-ground" if ground in earlier else ""


def over(since: datetime | None, now: datetime, pack: Pack) -> bool:
    return since is not None and now > pack.due(since, pack.clocks.dispute_window)


WINDOW = ("dispute-window-over", "complaint-window-over")


def clauses_for(code: str, pack: Pack) -> tuple[ClauseId, ...]:
    return pack.dispute_clauses if code in WINDOW else ()


def basis_for(code: str, pack: Pack) -> Text | None:
    """Instrument and article of the clauses that may be shown as authority."""
    words = Text(zh=cited(pack, clauses_for(code, pack), "zh"), en=cited(pack, clauses_for(code, pack), "en"))
    return words if words.en else None
