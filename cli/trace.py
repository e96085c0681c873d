"""`tuiding trace`: one request event by event, as it happened or as it happens."""

import time
from typing import Annotated, Any

import typer

from cli import doors
from cli.command import command
from cli.customers import Request
from cli.failure import Exit, Failure
from cli.presentation import details, local_time, table
from cli.screen import Screen

app = typer.Typer()
LOOK_SECONDS = 0.5


@command(app)
def trace(
    screen: Screen,
    request: Request,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until the request has ended, or Ctrl-C.")] = False,
) -> None:
    """Every event of a request with the service that said it, and when."""
    if follow:
        _follow(screen, request)
    else:
        found = _look(screen, request)
        rows = [_row(event) for event in _events(found)]
        shown = table(rows, "time", "service", "event", "place")
        screen.result(found, shown, details(found.get("request") or {}, screen.language))
    screen.next(f"tuiding status {request}")


def _follow(screen: Screen, request: str) -> None:
    """One line an event, in the order in which they become known; with --json one object a line."""
    seen: set[str] = set()
    while True:
        found = _if_known(screen, request)
        for event in _events(found):
            if event.get("id") not in seen:
                seen.add(str(event.get("id")))
                screen.result(event, "  ".join(_row(event)))
        if (found.get("request") or {}).get("end"):
            return
        time.sleep(LOOK_SECONDS)


def _if_known(screen: Screen, request: str) -> dict[str, Any]:
    """The console hears of a request a moment after its channel does."""
    try:
        return _look(screen, request)
    except Failure as failure:
        if failure.exit_code is not Exit.NOT_FOUND:
            raise
        doors.intake(screen).get(f"/v1/cancellations/{request}")  # not there either: nobody will ever hear of it
        return {}


def _look(screen: Screen, request: str) -> dict[str, Any]:
    return dict(doors.console(screen).get(f"/v1/requests/{request}"))


def _events(found: dict[str, Any]) -> list[dict[str, Any]]:
    return list(found.get("events") or ())


def _row(event: dict[str, Any]) -> tuple[str, str, str, str]:
    at, service = local_time(str(event.get("at", ""))), str(event.get("service", ""))
    return at, service, str(event.get("type", "")), str(event.get("place", ""))
