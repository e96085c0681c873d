"""Makes a function a command: every one of them understands --json and --lang and ends with a meaningful exit code."""

import functools
import inspect
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

import typer

from cli.failure import Exit, Failure, as_failure, both, in_words
from cli.screen import Screen
from contracts.words import Language

Command = Callable[..., None]
AsJson = Annotated[bool, typer.Option("--json", help="The result as JSON.")]
Lang = Annotated[Language | None, typer.Option("--lang", help="Language of the result; else that of the environment.")]
SHARED = tuple(
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
    for name, kind, default in (("as_json", AsJson, False), ("lang", Lang, None))
)


def group(about: str) -> typer.Typer:
    return typer.Typer(help=about, no_args_is_help=True, pretty_exceptions_enable=False)


def command(app: typer.Typer, name: str | None = None, **more: Any) -> Callable[[Command], Command]:
    """For functions whose first parameter is the Screen; the others become arguments and options."""

    def add(work: Command) -> Command:
        app.command(name, **more)(_with_screen(work))
        return work

    return add


def _with_screen(work: Command) -> Command:
    @functools.wraps(work)
    def run(**given: Any) -> None:
        screen = Screen(given.pop("as_json"), given.pop("lang"))
        try:
            with as_failure(screen.language):
                work(screen, **given)
        except Failure as failure:
            if os.environ.get("TUIDING_TRACEBACK"):
                raise
            screen.failed(_with_other_runs(failure, screen.language))
            raise typer.Exit(failure.exit_code) from None

    signature = inspect.signature(work, eval_str=True)
    own = list(signature.parameters.values())[1:]
    run.__signature__ = signature.replace(parameters=[*_as_keywords(own), *SHARED])  # type: ignore[attr-defined]
    return run


def _with_other_runs(failure: Failure, language: str) -> Failure:
    """Where nobody answers, somebody may elsewhere."""
    if failure.exit_code is Exit.UNREACHABLE:
        from cli.places import Places

        with suppress(Exception):  # what is wrong with the settings was said before
            hint, elsewhere = (in_words(said, language) for said in (failure.hint, Places().elsewhere))
            failure.hint = f"{hint}{elsewhere}".strip()
    return failure


def _as_keywords(parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    return [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]


def refuse_without_yes(screen: Screen, yes: bool, question: str) -> None:
    """Asks a person; a program has to say --yes beforehand."""
    if yes:
        return
    if screen.as_json or not _somebody_is_there():
        said = both(f"{question}没有人可以回答。", f"{question} Nobody is there to ask.")
        raise Failure(Exit.USAGE, said, both("请加上 --yes。", "Say --yes."))
    screen.tell_whom()
    if not typer.confirm(question, err=True):
        raise Failure(Exit.FAILED, screen.words("已取消。", "Left as it was."))


def _somebody_is_there() -> bool:
    return os.isatty(0) and os.isatty(2)
