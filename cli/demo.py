"""What the demo adds to the `tuiding` command line: checking a carrier, and the demo itself."""

import os
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import looking
from cli.command import command, group
from cli.failure import Exit, Failure, both, see
from cli.presentation import table
from cli.screen import Screen

TAKES_ALL = {"allow_extra_args": True, "ignore_unknown_options": True}  # they are for `python -m demo`
carrier = group("What tuiding asks of a carrier's systems.")


@command(carrier)
def check(
    screen: Screen,
    url: Annotated[str, typer.Argument(help="Base address of the carrier's systems.")],
    subscription: Annotated[str, typer.Option(help="An open test line; it is closed at the end.")],
    item: Annotated[str, typer.Option(help="An item of it that is switched on.")],
    look_at: Annotated[list[str] | None, typer.Option(help="Further lines, which are only looked at.")] = None,
) -> None:
    """Asks a carrier everything tuiding will ask; exit code 1 when something is not as agreed."""
    from cli.priced import lines_priced, pack_in_force
    from demo.conformance import check as conformance

    screen.say(f"asking {url} ...")
    now = datetime.now(UTC)
    pack = pack_in_force(now)
    priced = lines_priced(url, subscription, look_at or (), now, pack)  # first: the check closes the line
    findings = [*conformance(url, subscription, item, currency=pack.currency), *priced]
    rows = [("ok" if each.ok else "FAILED", each.operation, each.what, each.detail) for each in findings]
    screen.result([each._asdict() for each in findings], table(rows, "", "operation", "what", "detail"))
    failed = [each for each in findings if not each.ok]
    if failed:
        away = failed[0].what == "can be reached"
        if away:
            raise Failure(Exit.UNREACHABLE, failed[0].detail)
        said = both(
            f"{len(findings)} 项检查中有 {len(failed)} 项没有通过。",
            f"{len(failed)} of {len(findings)} checks failed.",
        )
        raise Failure(Exit.FAILED, said, see("tuiding carrier describe"))
    screen.next(f"TUIDING_CARRIER={url} tuiding up --no-carrier")


command(carrier)(looking.status)


@command(carrier)
def describe(screen: Screen) -> None:
    """The OpenAPI description of what a carrier must provide; JSON with or without --json."""
    from demo.carrier.description import openapi_text

    sys.stdout.write(openapi_text())


def demo(context: typer.Context) -> None:
    """Everything at once with traffic on all channels; the same as `python -m demo`."""
    os.execv(sys.executable, [sys.executable, "-m", "demo", *context.args])
