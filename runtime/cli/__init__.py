"""`tuiding`: the command line for customers, operators and developers."""

import importlib
import importlib.util

import typer

from runtime.cli import brokers, clocks, customers, following, letters, operators, packs, replaying, running
from runtime.cli.command import group

PLUGINS = ("demo.cli", "evidence.cli", "insight.cli")  # loaded by name: the machine does not know what is built on it


def application() -> typer.Typer:
    app = group("Carries a mobile customer's cancellation (退订) from the channel to the last notice.")
    doors = (running, customers, following, clocks, brokers, replaying, operators)
    for each in (door.app for door in doors):
        app.add_typer(each)
    for name, each in {
        "topics": brokers.topics,
        "dead-letters": letters.app,
        "review": operators.review,
        "dispute": operators.dispute,
        "complaint": operators.complaint,
        "reopening": operators.reopening,
        "policy": packs.policy,
        "contracts": packs.contracts,
    }.items():
        app.add_typer(each, name=name)
    _add_plugins(app)
    return app


def _add_plugins(app: typer.Typer) -> None:
    for name in PLUGINS:
        if importlib.util.find_spec(name.partition(".")[0]) and importlib.util.find_spec(name):
            importlib.import_module(name).add_to(app)


def main() -> None:
    application()(prog_name="tuiding")
