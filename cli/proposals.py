"""`tuiding proposals`: orders that wait for a second person."""

from typing import Annotated, Any

import typer

from cli import doors
from cli.command import command, group
from cli.presentation import details, local_time, table
from cli.screen import Screen

app = group("Orders that take two: much money, many dead letters at once, or an erasure.")
Which = Annotated[str, typer.Argument(metavar="PROPOSAL", help="As `tuiding proposals list` names it.")]


@command(app, "list")
def list_proposals(screen: Screen) -> None:
    """What waits, the oldest first."""
    found = doors.console(screen).get("/v1/proposals")["proposals"]
    names = ("id", "order", "request_id", "amount", "operator", "reason")
    rows = [(*(str(each[name]) for name in names), local_time(each["ends_at"])) for each in found]
    shown = table(rows, "proposal", "order", "request", "amount", "by", "reason", "until")
    screen.result(found, shown if rows else screen.words("没有。", "None."))


@command(app)
def confirm(screen: Screen, proposal: Which) -> None:
    """Gives the order, under both names; whoever proposed it cannot."""
    _answer(screen, proposal, True)


@command(app)
def refuse(screen: Screen, proposal: Which) -> None:
    """Ends it; whoever proposed it takes it back."""
    _answer(screen, proposal, False)


def _answer(screen: Screen, proposal: str, confirmed: bool) -> None:
    answer: dict[str, Any] = doors.console(screen).post(f"/v1/proposals/{proposal}/answer", {"confirm": confirmed})
    screen.result(answer, details(answer, screen.language))
