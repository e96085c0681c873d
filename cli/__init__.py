"""`tuiding`: the command line for customers, operators, owners of rules and developers; on top of all it shows."""

import typer

from cli import (
    brokers,
    clocks,
    customers,
    demo,
    deploy,
    evidence,
    insight,
    letters,
    operators,
    packs,
    replay,
    run,
    trace,
)
from cli.command import group


def application() -> typer.Typer:
    app = group("Carries a mobile customer's cancellation (退订) from the channel to the last notice.")
    for each in (run, customers, trace, clocks, brokers, replay, operators):
        app.add_typer(each.app)
    for name, commands in {
        "topics": brokers.topics,
        "dead-letters": letters.app,
        "review": operators.review,
        "dispute": operators.dispute,
        "complaint": operators.complaint,
        "reopening": operators.reopening,
        "policy": packs.policy,
        "contracts": packs.contracts,
        "carrier": demo.carrier,
        "deploy": deploy.deploy,
        "evidence": evidence.app,
    }.items():
        app.add_typer(commands, name=name)
    app.command("demo", context_settings=demo.TAKES_ALL, add_help_option=False)(demo.demo)
    app.add_typer(insight.app)
    return app


def main() -> None:
    application()(prog_name="tuiding")
