"""What the steady demo shows: stages by channel, lag, money and the steps of one request, as Rich tables."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table

from contracts.flow import SERVICES
from contracts.words import Channel
from demo.listener import Heard
from policies.amounts import amount, written

LONGEST_TRAIL = 14
Overview = dict[str, Any]  # as the console's `/v1/overview` answers it


def line(overview: Overview, faults: int) -> str:
    """All of it in one line, for where there is no terminal."""
    parts = (f"{stage} {channels.total()}" for stage, channels in _by_stage(overview).items())
    return f"{', '.join(parts) or 'no request yet'}; dead letters {_dead(overview)}; not as it must be: {faults}"


def money(overview: Overview, followed: str) -> Table:
    table = Table("money", "moves", "amount")
    for row in overview["money"]:
        table.add_row(row["kind"], str(row["moves"]), amount(row))
    table.add_row("dead letters", str(_dead(overview)), "")
    table.add_row("followed to the end", followed, "")
    return table


def trail(about: str, heard: Sequence[Heard]) -> Table:
    table = Table("time", "topic", "event", "about", title=f"following {about}", title_justify="left")
    for each in sorted(heard, key=lambda each: each.at_ms)[-LONGEST_TRAIL:]:
        at = datetime.fromtimestamp(each.at_ms / 1000, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
        table.add_row(at, each.topic.removeprefix("cancellation."), each.type, gist(each.body))
    return table


def _by_stage(overview: Overview) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for row in overview["board"]:
        found.setdefault(row["stage"], Counter())[row["channel"]] += row["requests"]
    return found


def stages(overview: Overview) -> Table:
    table = Table("stage", *map(str, Channel), "all")
    for stage, channels in _by_stage(overview).items():
        each = (str(channels[channel] or "") for channel in map(str, Channel))
        table.add_row(stage, *each, str(channels.total()))
    return table


def lags(overview: Overview, restarts: dict[str, int]) -> Table:
    behind: Counter[str] = Counter()
    for topic in overview["topics"]:
        for group in topic["groups"]:
            behind[group["group"]] += max(0, group["behind"])  # asked a moment after the topic's end
    table = Table("service", "behind", "restarts")
    for service in SERVICES:
        table.add_row(service.name, str(behind[service.name]), str(restarts.get(service.name, 0)))
    return table


def _dead(overview: Overview) -> int:
    return int(sum(overview["dead_letters_by_state"].values()))


def gist(body: dict[str, Any]) -> str:
    """The few words that tell this event from others of its kind."""
    for name in ("quote", "paid", "amount", "ended", "notice", "grounds", "faults", "code", "channel"):
        found = body.get(name)
        match found:
            case {"total": {"minor": minor, "currency": currency}} | {"minor": minor, "currency": currency}:
                return written(minor, currency, "en")
            case {"item": item}:
                return str(item)
            case [{"code": code}, *_]:
                return str(code)
            case str():
                return found
    return ""
