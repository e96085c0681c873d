"""`tuiding database`: what the administrator of the services' PostgreSQL needs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import command, group, refuse_without_yes
from cli.failure import Exit, Failure, both
from cli.places import store
from cli.presentation import table
from cli.run import Service
from cli.screen import Screen
from contracts.flow import SERVICES, service_user
from policies.files.whole_files import FOLDER_FOR_ITS_OWNER
from runtime.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

database = group("The services' database: users, backup, restore.")


@command(database)
def users(
    screen: Screen,
    apply: Annotated[bool, typer.Option("--apply", help="Make them, as the user of TUIDING_DATABASE.")] = False,
) -> None:
    """One user a service, with its own schema and no right beside it: prints the SQL, or runs it.

    With --apply each service's password is read from the file in <SERVICE>_DATABASE_PASSWORD_FILE, or from
    <SERVICE>_DATABASE_PASSWORD.
    """
    import sqlalchemy as sa

    from runtime.kernel import database_users, database_words

    if not apply:
        sys.stdout.write(database_users.script(sa.make_url(Settings().database or "postgresql:///tuiding").database))
        return
    url = _postgresql()
    passwords = {each.name: _password_of(each.name) for each in SERVICES}
    try:
        new = database_users.apply_users(url, passwords)
    except sa.exc.OperationalError as error:
        why = database_words.why_not(error)
        said = both(f"PostgreSQL 拒绝连接（{why}）。", f"PostgreSQL did not let us in ({why}).")
        raise Failure(Exit.UNREACHABLE, said) from None
    named = [service_user(name) for name in passwords]
    screen.result({"new": new, "users": named}, f"{', '.join(named)}: as contracts/flow.py says. New: {len(new)}.")


@command(database)
def backup(
    screen: Screen,
    folder: Annotated[Path, typer.Argument(help="One SQLite file a service; new files only.")],
    service: Annotated[Service | None, typer.Option(help="Only this one; else all.")] = None,
) -> None:
    """Copies every store at one moment of its own while the services work; both databases give the same form."""
    from runtime.kernel.backup import not_there_yet, take
    from runtime.replay.live import looked_at

    copied, url = {}, store(screen)
    for name in _named(service):  # all of them or none: half a backup would be taken for a whole one
        not_there_yet(folder, name)
        with looked_at(url, name):
            pass
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_FOR_ITS_OWNER)
    for name in _named(service):
        with looked_at(url, name) as live:
            copied[name] = take(live, name, folder, more_tables(name))
    screen.result(copied, table([(name, sum(each.values())) for name, each in copied.items()], "service", "rows"))
    screen.next(f"tuiding database restore {folder} --service ...  (docs/runbooks/restore.md first)")


@command(database)
def restore(
    screen: Screen,
    folder: Annotated[Path, typer.Argument(help="Of a backup, or of `tuiding replay --into`.")],
    service: Annotated[Service, typer.Option(help="The service to restore; all its workers have to be down.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Puts one service's store back where TUIDING_DATABASE or TUIDING_DATA says, if nothing lies there."""
    from runtime.kernel.backup import INSTEAD, NoBackup, put_back
    from runtime.replay.live import looked_at

    name, url = str(service), store(screen)
    refuse_without_yes(screen, yes, screen.words(f"{name} 的实例都停了吗？", f"Are all workers of {name} down?"))
    if not (file := folder / f"{name}.db").is_file():
        raise NoBackup(f"There is no {file}, which would be the backup of {name}: {INSTEAD}.")
    with looked_at(str(folder), name) as saved:
        copied = put_back(saved, name, url, more_tables(name))
    screen.result(copied, table(list(copied.items()), "table", "rows"))
    screen.next("docs/runbooks/restore.md: what it has forgotten since, it must hear again")


def _named(service: Service | None) -> list[str]:
    return [str(service)] if service else [each.name for each in SERVICES]


def more_tables(service: str) -> list["sa.MetaData"]:
    """The console keeps tables of its own beside those that every service has."""
    from services.console.kept.tables import METADATA

    return [METADATA] if service == "console" else []


def _postgresql() -> str:
    url = Settings().database
    if not url.startswith("postgresql"):
        said = both(
            "TUIDING_DATABASE 不是 PostgreSQL；SQLite 文件没有用户，只有文件所有者。",
            "TUIDING_DATABASE names no PostgreSQL; SQLite files have no users, only owners.",
        )
        address = "TUIDING_DATABASE=postgresql+psycopg://administrator:...@host/database"
        raise Failure(Exit.USAGE, said, both(f"请设置 {address}", f"Set {address}"))
    return url


def _password_of(service: str) -> str:
    from runtime.kernel.as_owner import password_of, password_setting

    try:
        given = password_of(service)
    except ValueError as error:
        raise Failure(Exit.USAGE, str(error)) from None
    if not given:
        name = password_setting(service)
        said = both(f"没有设置 {name}_FILE。", f"{name}_FILE is not set.")
        raise Failure(
            Exit.USAGE, said, both("请写出存放各服务密码的文件。", "Name a file with the password of each service.")
        )
    return given
