"""A request on a time axis: a row for each stage, coloured by whose turn it was, and a line for each promise."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from services.console.kept.queries import Json
from services.console.kept.stages import ENDS, stage_of
from services.console.showing import whose_turn
from services.console.showing.whose_turn import Turn
from services.console.wording import words
from services.console.wording.saying import along, moment_of, span
from services.console.wording.saying import at as said
from services.console.wording.turns import WHOSE

LEFT, RIGHT, ROW, TOP, TICKS = 190, 1180, 28, 8, 5
NARROWEST, LETTER_WIDTH = 3.0, 6.5  # of a bar, so that it is seen; of a letter of what stands beside it
AFTER = "after"  # the row of what a person had to decide once it had ended


def axis(
    events: Sequence[Json], clocks: Sequence[Json], zone: Any, language: str, now: datetime, away: Turn | None = None
) -> Json:
    """The stages in the order they were reached; `away`: while the system that it asks now does not answer."""
    reached = list(_reached(events))
    if not reached:
        return {"bars": [], "dues": [], "ticks": [], "height": 0, "key": []}
    rows = _rows(reached, whose_turn.persons(events, now), now, away)
    first, last = reached[0][1], max(each[-1].until for _, each in rows) if rows else reached[-1][1]
    dues = [
        (each, moment_of(each["due"]))
        for each in clocks
        if each["name"] == "termination-promise" or each["state"] == "late"
    ]
    end = max([last, *(due for _, due in dues if due and due <= last + (last - first))])
    width = max(0.001, (end - first).total_seconds())

    def x(moment: datetime) -> float:
        return round(LEFT + (RIGHT - LEFT) * (moment - first).total_seconds() / width, 1)

    bars = [_row(number, stage, turns, x, language) for number, (stage, turns) in enumerate(rows)]
    shown = ((each, due) for each, due in dues if due and first <= due <= end)
    lines = [_due(each, x(due), len(bars), f"{each['title'][language]} {said(due, zone)}") for each, due in shown]
    ticks = [first + (end - first) * number / (TICKS - 1) for number in range(TICKS)]
    height = TOP + ROW * (len(bars) + 1) + 26
    marks = _marks(list(map(x, ticks)), [along(tick, width, zone) for tick in ticks])
    return {"bars": bars, "dues": lines, "ticks": marks, "height": height, "key": _key(rows, language)}


def _rows(
    reached: list[tuple[str, datetime]], persons: list[Turn], now: datetime, away: Turn | None
) -> list[tuple[str, list[Turn]]]:
    over, others = reached[-1][0] in ENDS, [*persons, *([away] if away else [])]
    until = [*(began for _, began in reached[1:]), reached[-1][1] if over else now]
    stages = [(*each, end) for each, end in zip(reached, until, strict=True) if each[0] not in ENDS]
    rows = [(stage, whose_turn.turns(stage, began, end, others)) for stage, began, end in stages]
    later = sorted(each for each in persons if each.until > until[-1]) if over else []
    return rows + [(AFTER, [each._replace(began=max(each.began, until[-1]))]) for each in later]


def _row(number: int, stage: str, turns: list[Turn], x: Any, language: str) -> Json:
    index = 0 if language == "zh" else 1
    left, right = x(turns[0].began), max(x(turns[0].began) + NARROWEST, x(turns[-1].until))
    whose = dict.fromkeys(WHOSE[each.whose][index] for each in turns)
    lasted = _lasted(sum(each.seconds for each in turns), language)
    title = f"{lasted} · {(', ' if index else '、').join(whose)}"
    wide = 6 + LETTER_WIDTH * (1 if index else 1.7) * len(title)
    place, text_x, anchor = _beside(left, right, wide)
    return {
        "y": TOP + ROW * number,
        "parts": [_part(each, x, language) for each in turns],
        "label": words.STAGES.get(stage, WHOSE.get(stage, (stage, stage)))[index],
        "title": title,
        "place": place,
        "text_x": text_x,
        "text_anchor": anchor,
    }


def _beside(left: float, right: float, wide: float) -> tuple[str, float, str]:
    """Where what is said of a bar has room: to its right, to its left, or inside it."""
    if right + wide < RIGHT:
        return "beside", right + 6, "start"
    return ("beside", left - 6, "end") if left - wide > LEFT else ("inside", right - 6, "end")


def _part(turn: Turn, x: Any, language: str) -> Json:
    left, index = x(turn.began), 0 if language == "zh" else 1
    return {
        "x": left,
        "width": round(max(NARROWEST, x(turn.until) - left), 1),
        "css": turn.whose,
        "title": f"{WHOSE[turn.whose][index]} · {_lasted(turn.seconds, language)}",
    }


def _key(rows: list[tuple[str, list[Turn]]], language: str) -> list[Json]:
    """Whose turn it was, with how long in all: in one order on every page, and nobody whose turn it never was."""
    lasted: dict[str, float] = {}
    for turn in (each for _, turns in rows for each in turns):
        lasted[turn.whose] = lasted.get(turn.whose, 0.0) + turn.seconds
    index = 0 if language == "zh" else 1
    return [
        {"css": name, "words": pair[index], "lasted": _lasted(lasted[name], language)}
        for name, pair in WHOSE.items()
        if name in lasted
    ]


def _lasted(seconds: float, language: str) -> str:
    return span(seconds, language) if seconds >= 1 else f"{seconds * 1000:.0f} {'毫秒' if language == 'zh' else 'ms'}"


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
