"""`tuiding database`: what the administrator of the services' PostgreSQL needs."""

import os
import sys
from typing import Annotated

import typer

from cli.command import command, group
from cli.failure import Exit, Failure
from cli.screen import Screen
from contracts.flow import SERVICES
from runtime.settings import Settings

database = group("The services' database: users, and whatever else its administrator does.")


@command(database)
def users(
    screen: Screen,
    apply: Annotated[bool, typer.Option("--apply", help="Make them, as the user of TUIDING_DATABASE.")] = False,
) -> None:
    """One user a service, with its own schema and no right beside it: prints the SQL, or runs it.

    With --apply each service's password is read from <SERVICE>_DATABASE_PASSWORD in the environment.
    """
    import sqlalchemy as sa

    from runtime.kernel import database_users

    if not apply:
        sys.stdout.write(database_users.script(sa.make_url(Settings().database or "postgresql:///tuiding").database))
        return
    url = _postgresql()
    passwords = {each.name: os.environ.get(database_password(each.name), "") for each in SERVICES}
    if missing := [database_password(name) for name, password in passwords.items() if not password]:
        raise Failure(Exit.USAGE, f"{', '.join(missing)} are empty.", "Set a password for each service.")
    try:
        new = database_users.apply_users(url, passwords)
    except sa.exc.OperationalError as error:
        said = str(error.orig).strip().splitlines()[-1]
        raise Failure(Exit.UNREACHABLE, f"PostgreSQL did not let us in: {said}", "Look at TUIDING_DATABASE.") from None
    named = [database_users.database_user(name) for name in passwords]
    screen.result({"new": new, "users": named}, f"{', '.join(named)}: as contracts/flow.py says. New: {len(new)}.")


def _postgresql() -> str:
    url = Settings().database
    if not url.startswith("postgresql"):
        said = "TUIDING_DATABASE names no PostgreSQL; SQLite files have no users, only owners."
        raise Failure(Exit.USAGE, said, "Set TUIDING_DATABASE=postgresql+psycopg://administrator:...@host/database")
    return url


def database_password(service: str) -> str:
    """The variable with the password of a service's database user."""
    return f"{service.upper()}_DATABASE_PASSWORD"
