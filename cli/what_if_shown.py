"""A what-if on a terminal: the totals, who would be decided differently, and those with the most at stake."""

from rich.table import Table

from cli.presentation import table
from insight.comparison import Comparison
from insight.past import Verdict
from insight.what_if import Change
from policies.amounts import amount


def shown(comparison: Comparison, language: str) -> list[Table | str]:
    told = comparison.as_json()
    zh = language == "zh"
    said = f"{told['changed']} / {told['requests']} {'个申请会不同' if zh else 'requests would be different'}"
    pays = told["pays"]
    more_or_less = f"{'多付' if zh else 'pay more'} {pays['more']}, {'少付' if zh else 'pay less'} {pays['less']}"
    return [f"{said}; {more_or_less}", *_tables(comparison, language)]


def _tables(comparison: Comparison, language: str) -> list[Table]:
    told = comparison.as_json()
    outcomes = ((row["before"], row["after"], row["requests"]) for row in told["outcomes"])
    totals = ((row["currency"], *(_sum(row, name, language) for name in ("before", "after"))) for row in told["totals"])
    tables = [
        table(totals, "total", "before", "after"),
        table(outcomes, "before", "after", "requests"),
        table(told["new_grounds"].items(), "new ground", "requests"),
        table((_row(each, language) for each in comparison.kept), "request", "kind", "channel", "before", "after"),
    ]
    return [each for each in tables if each.row_count]


def _sum(row: dict[str, int | str], name: str, language: str) -> str:
    return amount({"minor": row[name], "currency": row["currency"]}, language)


def _row(change: Change, language: str) -> tuple[str, ...]:
    both = (_told(each, language) for each in (change.before, change.after))
    return (change.request_id, change.kind, change.channel, *both)


def _told(verdict: Verdict, language: str) -> str:
    total = amount(verdict.total.model_dump(), language) if verdict.total else ""
    return " ".join(part for part in (verdict.outcome, total or ", ".join(verdict.grounds)) if part)
