"""`tuiding signin`, `signout` and `operators`: as whom the command line asks the console, and who may at all."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import doors
from cli.command import command, group
from cli.failure import Exit, Failure, both, see
from cli.places import Places
from cli.presentation import details, table
from cli.screen import Screen
from cli.tokens import forget, keep
from runtime.local import tickets
from services.console.roles import Role

if TYPE_CHECKING:
    from services.console.signing_in.passwords import Known

app = typer.Typer()
operators = group("Who may sign in to the console by password.")
As = Annotated[str | None, typer.Option("--as", help="In development: under this name.")]
WithRole = Annotated[Role, typer.Option(help="viewer looks, operator decides, lead also gives up and erases.")]
File = Annotated[Path | None, typer.Option(help="Password file; else TUIDING_OPERATORS.")]


@command(app)
def signin(
    screen: Screen,
    name: As = None,
    role: WithRole = Role.LEAD,
    link: Annotated[bool, typer.Option("--link", help="In development: print a link for the browser.")] = False,
) -> None:
    """Signs the command line in to the console; the token is asked for where this is no development run."""
    places = Places()
    if link:
        address = tickets.link(places.console, _run_here(places), name or tickets.DEVELOPER, role)
        screen.result({"link": address}, address)
        return
    if name:
        keep(places.console, tickets.issue(_run_here(places), tickets.TOKEN, name, role))
    elif not doors.console(screen).signed_in():
        keep(places.console, _asked(screen, places.console))
    mine = doors.console(screen).get("/v1/me")
    screen.result(mine, details(mine, screen.language))


@command(app)
def signout(screen: Screen) -> None:
    """Ends the token on the console and forgets it here."""
    places = Places()
    try:
        answer = doors.console(screen).delete("/v1/me")
    finally:
        forget(places.console)
    screen.result(answer, screen.words("已退出登录。", "Signed out."))


def _run_here(places: Places) -> Path:
    if not (Path(places.data) / tickets.KEY).exists():
        said = both(f"{places.data} 里没有开发环境的运行。", f"There is no development run in {places.data}.")
        how = both(
            "请用 tuiding up 启动；其他环境请用令牌：tuiding signin。",
            "Start one with: tuiding up. Elsewhere: tuiding signin, with a token.",
        )
        raise Failure(Exit.NOT_FOUND, said, how)
    return Path(places.data)


def _asked(screen: Screen, console: str) -> str:
    page = f"{console}/sign-in/command-line"
    screen.say(screen.words(f"请在 {page} 生成令牌。", f"Make a token at {page}"))
    if os.isatty(0):
        return str(typer.prompt(screen.words("令牌", "Token"), hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()


# ---- the password file -----------------------------------------------------------------------------------------------


@command(operators)
def add(screen: Screen, name: str, role: WithRole = Role.VIEWER, file: File = None) -> None:
    """Adds one, or gives them another role and password; the password is asked for."""
    from services.console.signing_in import passwords

    place, known = _file(file), _known(file)
    if not passwords.NAME.fullmatch(name):
        how = both("请用字母、数字、点和横线；它会写进事件。", "Letters, digits, dots and dashes; it stands in events.")
        raise Failure(Exit.USAGE, both(f"{name!r} 不能用作名字。", f"{name!r} is no name."), how)
    given = _password(screen)
    if not given.isprintable():
        said = both("密码里有无法键入的字符。", "The password holds signs that nobody can type.")
        raise Failure(Exit.USAGE, said, both("请给一行 UTF-8 文本。", "Give one line of text in UTF-8."))
    if len(given) < passwords.SHORTEST_PASSWORD:
        shortest = passwords.SHORTEST_PASSWORD
        said = both(f"密码少于 {shortest} 个字符。", f"The password is shorter than {shortest} characters.")
        raise Failure(Exit.USAGE, said, both("请换一个长的，如四个词。", "Choose a longer one, such as four words."))
    passwords.write(place, known | {name: passwords.Known(role, passwords.hashed(given))})
    screen.result({"operator": name, "role": role, "file": str(place)}, f"{name}: {role} ({place})")


@command(operators, "list")
def list_operators(screen: Screen, file: File = None) -> None:
    """Names and roles."""
    known = _known(file)
    rows = [(name, each.role) for name, each in sorted(known.items())]
    screen.result([{"operator": name, "role": role} for name, role in rows], table(rows, "operator", "role"))


@command(operators)
def remove(screen: Screen, name: str, file: File = None) -> None:
    """Takes one out; who is signed in under that name is out at once."""
    from services.console.signing_in import passwords

    known = _known(file)
    if name not in known:
        said = both(f"没有叫 {name} 的人。", f"Nobody is called {name} there.")
        raise Failure(Exit.NOT_FOUND, said, see("tuiding operators list"))
    del known[name]
    passwords.write(_file(file), known)
    screen.result({"operator": name}, screen.words(f"已移除 {name}。", f"{name} is out."))


def _file(given: Path | None) -> Path:
    place = given or (Path(Places().operators) if Places().operators else None)
    if place is None:
        how = both("请用 --file 指明，或设置 TUIDING_OPERATORS。", "Name it with --file, or set TUIDING_OPERATORS.")
        raise Failure(Exit.USAGE, both("没有说明是哪个文件。", "Nobody said which file."), how)
    return place


def _known(given: Path | None) -> "dict[str, Known]":
    from services.console.signing_in import passwords

    place = _file(given)
    try:
        return passwords.read(place) if os.path.lexists(place) else {}
    except passwords.PasswordFileTrouble as trouble:
        raise Failure(Exit.FAILED, str(trouble)) from None


def _password(screen: Screen) -> str:
    if os.isatty(0):
        words = screen.words("密码", "Password")
        return str(typer.prompt(words, hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\n")
