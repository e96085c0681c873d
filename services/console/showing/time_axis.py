"""A request on a time axis: a bar for each stage, a line for each promise."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from services.console.kept.queries import Json
from services.console.kept.stages import ENDS, stage_of
from services.console.wording import words
from services.console.wording.saying import along, moment_of, span
from services.console.wording.saying import at as said

LEFT, RIGHT, ROW, TOP, TICKS = 190, 1180, 28, 8, 5
LANES = {  # stage -> the bar it belongs to
    **dict.fromkeys(("account-checked", "checking", "in-review", "information-required", "referred"), "review"),
    **dict.fromkeys(("approved", "quoted", "confirmed", "payment-failed"), "billing"),
    **dict.fromkeys(("settled", "scheduled", "switching-off", "late"), "termination"),
    "terminated": "notify",
}
CUSTOMERS, PERSONS = {"information-required", "quoted", "payment-failed"}, {"referred"}


def axis(events: Sequence[Json], clocks: Sequence[Json], zone: Any, language: str, now: datetime) -> Json:
    """Bars of the stages in the order they were reached, and the promises as lines across them."""
    reached = list(_reached(events))
    if not reached:
        return {"bars": [], "dues": [], "ticks": [], "height": 0}
    first, over = reached[0][1], reached[-1][0] in ENDS
    last = reached[-1][1] if over else now
    dues = [
        (each, moment_of(each["due"]))
        for each in clocks
        if each["name"] == "termination-promise" or each["state"] == "late"
    ]
    end = max([last, *(due for _, due in dues if due and due <= last + (last - first))])
    width = max(0.001, (end - first).total_seconds())

    def x(moment: datetime) -> float:
        return round(LEFT + (RIGHT - LEFT) * (moment - first).total_seconds() / width, 1)

    untils = [*(began for _, began in reached[1:]), last]
    spans = [(stage, began, until) for (stage, began), until in zip(reached, untils, strict=True) if stage not in ENDS]
    bars = [
        _bar(number, stage, x(began), x(until), (until - began).total_seconds(), language)
        for number, (stage, began, until) in enumerate(spans)
    ]
    shown = ((each, due) for each, due in dues if due and first <= due <= end)
    lines = [_due(each, x(due), len(bars), f"{each['title'][language]} {said(due, zone)}") for each, due in shown]
    ticks = [first + (end - first) * number / (TICKS - 1) for number in range(TICKS)]
    height = TOP + ROW * (len(bars) + 1) + 26
    marks = _marks(list(map(x, ticks)), [along(tick, width, zone) for tick in ticks])
    return {"bars": bars, "dues": lines, "ticks": marks, "height": height}


def _due(promise: Json, x: float, bars: int, label: str) -> Json:
    return {
        "x": x,
        "y": TOP + ROW * bars + 14,
        "anchor": "end" if x > (LEFT + RIGHT) / 2 else "start",
        "css": "due" if promise["state"] in ("late", "kept-late") else "due-kept",
        "label": label,
    }


def _marks(places: list[float], labels: list[str]) -> list[Json]:
    """Each label once: all of them may lie in one second."""
    anchors = ["start", *["middle"] * (TICKS - 2), "end"]
    once = ["" if label in labels[:number] else label for number, label in enumerate(labels)]
    told = zip(places, once, anchors, strict=True)
    return [{"x": x, "label": label, "anchor": anchor} for x, label, anchor in told]


def _reached(events: Sequence[Json]) -> Iterator[tuple[str, datetime]]:
    current = ""
    for event in sorted(events, key=lambda each: str(each["at"])):
        stage, moment = stage_of(event["type"], current), moment_of(event["at"])
        if stage != current and moment:
            yield stage, moment
            current = stage


def _bar(number: int, stage: str, left: float, right: float, seconds: float, language: str) -> Json:
    css = "customer" if stage in CUSTOMERS else "us" if stage in PERSONS else "bad" if stage == "late" else "ok"
    width, index = max(3.0, right - left), 0 if language == "zh" else 1
    beside = left + width + 6
    fits = beside < RIGHT - 60
    return {
        "y": TOP + ROW * number,
        "x": left,
        "width": round(width, 1),
        "css": css,
        "label": words.STAGES.get(stage, (stage, stage))[index],
        "title": span(seconds, language)
        if seconds >= 1
        else f"{seconds * 1000:.0f} {'毫秒' if language == 'zh' else 'ms'}",
        "text_x": beside if fits else left - 6,
        "text_anchor": "start" if fits else "end",
    }
