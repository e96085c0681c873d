"""The report on a terminal: one table a question."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from cli.presentation import local_time, table
from insight.report import Report
from insight.report_page import WORDS, plain_money, span


def shown(report: Report, language: str) -> list[Table | str]:
    told = report.as_json()
    zh = language == "zh"
    if not told["requests"]:
        return ["这段时间没有申请。" if zh else "Nobody asked in this time."]
    first, last = local_time(told["first_at"]), local_time(told["last_at"])
    return [
        f"{told['requests']} {'个申请，' if zh else 'requests, '}{first} – {last}",
        *(each for each in _tables(told, language) if each.row_count),
        *(found[language] for found in told["findings"]),
    ]


def _tables(told: dict[str, Any], language: str) -> Iterator[Table]:
    counts = [
        (WORDS[name].in_language(language), key, count)
        for name in ("kind", "channel", "reason", "end")
        for key, count in told["by"].get(name, {}).items()
    ]
    yield table(counts, "", "", "requests")
    yield table((_stage(stage, figures, language) for stage, figures in told["seconds"].items()), *STAGES)
    yield table(told["late"]["promises"].items(), "late", "requests")
    yield table((_money(row, language) for row in told["money"]), "money", "cause", "times", "amount")
    yield table(told["disputes"].items(), "disputes", "times")
    yield table(((row["level"], row["what"], row["times"]) for row in told["complaints"]), "complaint", "what", "times")
    yield table(
        (tuple(map(row.get, CHANNELS)) for row in told["channels"]), *(name.replace("_", " ") for name in CHANNELS)
    )


STAGES = ("stage", "times", "p50", "p95", "longest")
CHANNELS = (
    "kind",
    "channel",
    "begun",
    "confirmed",
    "steps",
    "data",
    "asked_by_the_pack",
    "identity_checks",
    "refused",
    "friction",
)


def _stage(stage: str, figures: dict[str, Any], language: str) -> tuple[str, ...]:
    times = (span(figures[name]) for name in ("p50", "p95", "longest"))
    return (WORDS[stage].in_language(language), str(figures["times"]), *times)


def _money(row: dict[str, Any], language: str) -> tuple[str, ...]:
    return (row["what"], row["cause"], str(row["times"]), plain_money(row["minor"], row["currency"], language))
