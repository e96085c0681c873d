"""Two leads erase a subscription by the command line, as docs/runbooks/erasure.md says; and who still holds it."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from cli import application
from cli.tokens import VARIABLE
from contracts.flow import SERVICES
from runtime.kernel import tables as kernel
from runtime.kernel.store import Store
from runtime.local import tickets
from runtime.local.supervisor import Supervisor
from services.console.kept import tables
from services.console.kept.tables import REQUESTS
from tests.waiting import eventually

GROUND = ("--ground", "customers-request", "--reason", "in writing, case 2026-118")


class Erased(NamedTuple):
    subscription: str
    request_id: str


def erase_one(tuiding: Supervisor, folder: Path, patch: pytest.MonkeyPatch) -> Erased:
    """Proposed by one lead, refused from the same, confirmed by another."""
    console = tuiding.addresses["console"]
    patch.setenv("TUIDING_CONSOLE", console)
    patch.setenv(VARIABLE, str(folder / "tokens.json"))
    whose = closed_first(tuiding)
    eventually(lambda: not _told("erasure", "show", whose.subscription)["in_the_way"])
    proposal = _told("erasure", "order", whose.subscription, *GROUND, "--yes")["proposal"]
    alone = _say("proposals", "confirm", proposal)
    assert alone.exit_code == 5 and "Traceback" not in alone.output, alone.output
    _sign_in(folder / "tokens.json", console, tickets.issue(tuiding.data, tickets.TOKEN, "second-lead"))
    _told("proposals", "confirm", proposal)
    return whose


def closed_first(tuiding: Supervisor) -> Erased:
    """Whoever left first and never came back."""
    store = Store(tuiding.settings.store, "console")
    once = sa.select(REQUESTS.c.subscription).group_by(REQUESTS.c.subscription).having(sa.func.count() == 1)
    closed = sa.and_(REQUESTS.c.end == "closed", REQUESTS.c.attention == 0, REQUESTS.c.subscription.in_(once))
    row = store.read(sa.select(REQUESTS).where(closed).order_by(REQUESTS.c.first_at).limit(1))[0]
    store.close()
    return Erased(row.subscription, row.request_id)


def holders(tuiding: Supervisor, whose: Erased) -> set[str]:
    """The services whose store says the subscription anywhere."""
    return {service for service, text in _texts(tuiding) if whose.subscription in text}


def _texts(tuiding: Supervisor) -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        store = Store(tuiding.settings.store, service.name)
        for table in _tables(service.name):
            yield from ((service.name, str(tuple(row))) for row in store.read(sa.select(table)))
        store.close()


def _tables(service: str) -> Iterable[sa.Table]:
    return (tables.METADATA if service == "console" else kernel.METADATA).sorted_tables


def _sign_in(file: Path, console: str, token: str) -> None:
    file.touch(mode=0o600)
    file.write_text(json.dumps({console: token}), encoding="utf-8")


def _told(*words: str) -> Any:
    done = _say(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def _say(*words: str) -> Result:
    return CliRunner().invoke(application(), [*words])
