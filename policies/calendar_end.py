"""Warns before the working-day calendar of a pack ends, since then only weekends are known to be free; or is unused."""

from collections.abc import Iterator
from datetime import date, timedelta

from contracts.words import Text
from policies.faults.citations import Finding
from policies.schema import Pack
from policies.spans import OrNextWorkingDay, WorkingDays, spans_of

SOON = timedelta(days=60)  # time enough to look the next year up


def calendar_warning(pack: Pack, today: date) -> Text | None:
    """Nothing while the calendar reaches far enough, or while no clock of the pack counts working days."""
    if pack.calendar is None or not _is_asked(pack) or today + SOON <= pack.calendar.last_day:
        return None
    last = pack.calendar.last_day
    return Text(
        zh=f"工作日历只到 {last}；此后的节假日未知，仅按周一至周五计算。请在 pack.yaml 中补充 calendar。",
        en=f"the working days are known until {last}; after it every Monday to Friday counts as worked:"
        " add the next year to `calendar`",
    )


def _is_asked(pack: Pack) -> bool:
    """Whether any promise or right asks which days are worked."""
    moves = pack.cooling_off is not None and pack.cooling_off.free_day == "next-working-day"
    return moves or any(isinstance(span, WorkingDays | OrNextWorkingDay) for _, span in spans_of(pack.clocks))


NOT_ASKED = Text(
    zh="没有用到：没有一个期限按工作日计算；请删去，或写成 `5 working days`、`P14D or the next working day`。",
    en="is not used: no clock counts working days; leave it out, or write `5 working days` or "
    "`P14D or the next working day` where they count",
)


def calendar_findings(pack: Pack, today: date) -> Iterator[Finding]:
    if warning := calendar_warning(pack, today):
        place = f"{pack.pack}/pack.yaml: /calendar/last_day"
        yield Finding(level="warning", place=place, what=warning.en, zh=warning.zh)
    if pack.calendar and not _is_asked(pack):
        yield Finding(level="warning", place="/calendar", what=NOT_ASKED.en, zh=NOT_ASKED.zh)
