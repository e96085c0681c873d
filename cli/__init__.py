"""`tuiding`: the command line for customers, operators, owners of rules and developers; on top of all it shows."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from cli import (
    brokers,
    clocks,
    customers,
    database,
    demo,
    deploy,
    erasure,
    evidence,
    insight,
    lag,
    letters,
    looking,
    operators,
    packs,
    plan,
    proposals,
    replay,
    run,
    signing_in,
    trace,
)
from cli import deploy_secrets as deploy_secrets  # its commands are in the group of cli.deploy
from cli.command import group
from cli.helping import prepared
from cli.streams import last_words, streams_are_there


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tuiding {version('tuiding')}")
        raise typer.Exit


def application() -> typer.Typer:
    app = group("Carries a mobile customer's cancellation (退订) from the channel to the last notice.")
    app.callback()(_version)
    for each in (run, plan, looking, customers, trace, clocks, lag, replay, operators, signing_in):
        app.add_typer(each.app)
    for name, commands in {
        "requests": looking.requests,
        "topics": brokers.topics,
        "dead-letters": letters.app,
        "review": operators.review,
        "dispute": operators.dispute,
        "complaint": operators.complaint,
        "elsewhere": operators.elsewhere,
        "reopening": operators.reopening,
        "policy": packs.policy,
        "contracts": packs.contracts,
        "carrier": demo.carrier,
        "deploy": deploy.deploy,
        "database": database.database,
        "evidence": evidence.app,
        "erasure": erasure.app,
        "operators": signing_in.operators,
        "proposals": proposals.app,
    }.items():
        app.add_typer(commands, name=name)
    app.command("demo", context_settings=demo.TAKES_ALL, add_help_option=False)(demo.demo)
    app.add_typer(insight.app)
    return app


def _version(
    wanted: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version and end.")
    ] = False,
) -> None:
    """Carries a mobile customer's cancellation (退订) from the channel to the last notice."""


def main() -> None:
    streams_are_there()
    with last_words():
        prepared(typer.main.get_command(application()), sys.argv[1:])(prog_name="tuiding")
