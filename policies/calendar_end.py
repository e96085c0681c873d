"""Warns before the working-day calendar of a pack ends: from then on only weekends are known to be free."""

from collections.abc import Iterator
from datetime import date, timedelta

from contracts.words import Text
from policies.citations import Finding
from policies.schema import Pack
from policies.spans import WorkingDays, spans_of

SOON = timedelta(days=60)  # time enough to look the next year up


def calendar_warning(pack: Pack, today: date) -> Text | None:
    """Nothing while the calendar reaches far enough, or while no clock of the pack counts working days."""
    counts = any(isinstance(span, WorkingDays) for _, span in spans_of(pack.clocks))
    if pack.calendar is None or not counts or today + SOON <= pack.calendar.last_day:
        return None
    last = pack.calendar.last_day
    return Text(
        zh=f"工作日历只到 {last}；此后的节假日未知，仅按周一至周五计算。请在 pack.yaml 中补充 calendar。",
        en=f"the working days are known until {last}; after it every Monday to Friday counts as worked:"
        " add the next year to `calendar`",
    )


def calendar_findings(pack: Pack, today: date) -> Iterator[Finding]:
    if warning := calendar_warning(pack, today):
        yield Finding(level="warning", place=f"{pack.pack}/pack.yaml: /calendar/last_day", what=warning.en)
