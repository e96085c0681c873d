"""Puts the commands of `tuiding --help` into groups and says all help in the reader's language.

`help.zh.tsv` has every help text of the code with its Chinese, a line each; a test holds the two together.
"""

from collections.abc import Iterator, Sequence
from functools import partialmethod
from itertools import pairwise
from pathlib import Path
from typing import Any

from typer import rich_utils
from typer._click.formatting import HelpFormatter

from cli.screen import language_of_the_environment
from cli.wrongly_typed import in_both
from contracts.words import Language

_made, _refuse = rich_utils._make_rich_text, rich_utils.rich_format_error
CHINESE = Path(__file__).with_name("help.zh.tsv")
GROUPS = {  # (Chinese, English): the commands of each, in the order in which they are shown
    ("客户与代客户办理", "Customers, and whoever speaks for one"): (
        *("quote", "submit", "confirm", "status", "withdraw", "dispute", "reopen"),
    ),
    ("查看", "Looking"): ("doctor", "top", "requests", "trace", "letters", "clocks", "lag", "topics", "report"),
    ("操作员", "Operators"): (
        *("review", "dead-letters", "retry", "complaint", "elsewhere", "reopening", "proposals", "erasure"),
    ),
    ("登录", "Signing in"): ("signin", "signout", "operators"),
    ("运行", "Running it"): ("demo", "up", "run", "healthcheck", "plan", "deploy", "database"),
    ("事后证明", "Proving it afterwards"): ("evidence", "replay"),
    ("规则、运营商与渠道", "Packs, carriers and channels"): ("policy", "carrier", "contracts"),
}
LIBRARYS_OWN = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "错误",
    "ABORTED_TEXT": "已中止。",
    "DEFAULT_STRING": "[默认：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
    "RICH_HELP": "[dim]查看说明：[blue]{command_path} {help_option}[/][/dim]",
}


def _folding(**given: Any) -> Any:
    """Chinese has no spaces to break at: what is too long goes on below, where the library would cut it off."""
    text: Any = _made(**given)
    text.overflow = "fold"
    return text


def prepared(program: Any, typed: Sequence[str]) -> Any:
    """The command with its subcommands; what is typed behind `--lang` counts before the environment."""
    language = _asked_for(typed)
    rich_utils.rich_format_error = _refusing_in(language)
    program.commands = {name: program.commands[name] for names in GROUPS.values() for name in names}
    for title, names in GROUPS.items():
        for name in names:
            program.commands[name].rich_help_panel = title[language is Language.EN]
    if language is Language.ZH:
        _in_chinese(program)
    return program


def _refusing_in(language: Language) -> Any:
    """What was typed wrongly is said by the library, in our words."""

    def refuse(error: Any) -> None:
        said = in_both(error.format_message(), error.__cause__).in_language(language)
        error.format_message = lambda: said
        _refuse(error)

    return refuse


def _asked_for(typed: Sequence[str]) -> Language:
    named = [after for word, after in pairwise([*typed, ""]) if word == "--lang"]
    named += [word.removeprefix("--lang=") for word in typed if word.startswith("--lang=")]
    return Language(named[-1]) if named and named[-1] in set(Language) else language_of_the_environment()


def _in_chinese(program: Any) -> None:
    for name, text in (LIBRARYS_OWN | {"_make_rich_text": _folding}).items():
        setattr(rich_utils, name, text)
    HelpFormatter.write_usage = partialmethod(HelpFormatter.write_usage, prefix="用法：")  # type: ignore[assignment]
    words = in_chinese()
    for each in everything(program):
        each.help = words.get(each.help or "", each.help)


def in_chinese() -> dict[str, str]:
    rows = (line.split("\t") for line in CHINESE.read_text(encoding="utf-8").splitlines())
    return {english.replace("\\n", "\n"): chinese.replace("\\n", "\n") for english, chinese in rows}


def everything(command: Any) -> Iterator[Any]:
    """The command, its arguments and options, and those below it: whatever has a help text."""
    yield command
    own = command.get_help_option(command.context_class(command)) if command.add_help_option else None
    yield from (each for each in (*command.params, own) if getattr(each, "help", None))
    for each in getattr(command, "commands", {}).values():
        yield from everything(each)
