"""What came of a demo: every number one would ask for, as a table and as JSON, and whether it all went well."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from rich.table import Table

from demo.journeys import JOURNEYS, Played
from policies.amounts import number

FILE = "demo-summary.json"
LONGEST_WHY = 100


class Summary(NamedTuple):
    """`faults`: everything that did not go as it must, each a sentence."""

    requests: int
    ends: dict[str, int]
    joined: int
    journeys: Mapping[str, Played]
    money: dict[str, Any]
    dead_letters: list[str]
    records_per_request: float
    restarts: int
    seconds: float
    faults: list[str]
    currency: str

    @property
    def passed(self) -> bool:
        journeys = all(played.passed for played in self.journeys.values())
        return journeys and bool(self.money["conserved"]) and not self.dead_letters and not self.faults

    def as_json(self) -> dict[str, Any]:
        journeys = {name: played._asdict() for name, played in self.journeys.items()}
        return {
            **self._asdict(),
            "journeys": journeys,
            "dead_letters": len(self.dead_letters),
            "dead_letter_reasons": self.dead_letters[:20],
            "passed": self.passed,
        }

    def write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(orjson.dumps(self.as_json(), option=orjson.OPT_INDENT_2))


def journeys_table(journeys: Mapping[str, Played]) -> Table:
    table = Table("", "journey", "", "seconds", "why not", title="journeys", title_justify="left")
    for name in sorted(journeys, key=list(JOURNEYS).index):
        title, played = JOURNEYS[name].title, journeys[name]
        why = played.why[:LONGEST_WHY]
        table.add_row(name, f"{title.zh}  {title.en}", verdict(played.passed), f"{played.seconds:.1f}", why)
    return table


def numbers_table(summary: Summary) -> Table:
    table = Table(show_header=False, title="summary", title_justify="left")
    money = summary.money
    moved = ", ".join(f"{name} {number(money[name], summary.currency)}" for name in ("charged", "refunded", "waived"))
    table.add_row("requests", f"{summary.requests} (and {summary.joined} second presses that joined one of them)")
    table.add_row("ends", ", ".join(f"{end} {count}" for end, count in summary.ends.items()))
    table.add_row(f"money ({summary.currency})", moved)
    table.add_row("ledger and events agree", verdict(bool(money["conserved"])))
    table.add_row("dead letters", str(len(summary.dead_letters)))
    table.add_row("records a request", f"{summary.records_per_request:.1f}")
    table.add_row("restarts", str(summary.restarts))
    table.add_row("seconds", f"{summary.seconds:.0f}")
    table.add_row("passed", verdict(summary.passed))
    return table


def verdict(good: bool) -> str:
    return "[green]yes[/]" if good else "[red]NO[/]"
