"""What a command shows: its result on stdout, all else on stderr, as text or as JSON, in the reader's language."""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text as RichText

from cli.failure import Exit, Failure, in_words
from contracts.words import Language, Text
from runtime.exits import for_people, visible

NAME = "tuiding"
OWN_NAME = re.compile(rf"(?<![\w./-]){NAME}(?= )")
WIDTH_OF_A_PIPE = 200  # nobody wants ids broken where a program reads on


class Screen:
    def __init__(self, as_json: bool, language: Language | None) -> None:
        self.as_json, self.language = as_json, str(language or language_of_the_environment())
        self.out, self._err = _console(sys.stdout), _console(sys.stderr)
        self._asked: Text | None = None
        self._prefix = ""
        self._told = as_json  # a program knows whom it asks

    def say(self, text: str) -> None:
        """Progress and remarks; a command in them is copied whole, so nothing breaks its line."""
        self._err.print(text, markup=False, highlight=False, soft_wrap=True)

    def asks(self, whom: Text, prefix: str = "") -> None:
        """One command asks one run: the first it asks stands for all. `prefix` has the next command ask it as well."""
        self._asked, self._prefix = self._asked or whom, prefix

    def tell_whom(self) -> None:
        """Once, which run the answer is from."""
        if self._asked and not self._told:
            self._told = True
            self.say(self._asked.in_language(self.language))

    def result(self, data: Any, *shown: RenderableType) -> None:
        """`data` as JSON, or `shown` for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(for_people(data, visible), ensure_ascii=False, default=str) + "\n")
            sys.stdout.flush()
            return
        self.tell_whom()
        self.show(*shown)

    def show(self, *shown: RenderableType) -> None:
        for one in shown:
            self.out.print(one, markup=False, highlight=False)

    def next(self, *commands: str) -> None:
        """The command one is likely to want now."""
        if not self.as_json:
            again = (f"{self._prefix * command.startswith(NAME)}{command}" for command in commands)
            typed = (OWN_NAME.sub(program(), command) for command in again)
            self.say("\n".join(f"{self.words('下一步', 'Next')}: {command}" for command in typed))

    def failed(self, failure: Failure) -> None:
        sentence, hint = (in_words(said, self.language) for said in (failure.sentence, failure.hint))
        if self.as_json:
            told = {"error": sentence, "hint": hint, "code": failure.code}
            self.say(json.dumps(told | {"exit_code": int(failure.exit_code)}, ensure_ascii=False))
        else:
            self.say(" ".join(part for part in (sentence, hint) if part))
            if failure.exit_code is not Exit.UNREACHABLE:  # that one says itself who did not answer
                self.tell_whom()

    def words(self, zh: str, en: str) -> str:
        return Text(zh=zh, en=en).in_language(self.language)


def program() -> str:
    """As this one was called, where `tuiding` alone would not be found: `.venv/bin/tuiding`."""
    typed = sys.argv[0]
    return typed if Path(typed).name == NAME and shutil.which(NAME) is None else NAME


def language_of_the_environment() -> Language:
    named = (os.environ.get(name, "") for name in ("TUIDING_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    return Language.ZH if next(filter(None, named), "").startswith("zh") else Language.EN


class _Visible(Console):
    """Every text on its way to the terminal passes here; the colours are added afterwards."""

    def render_str(self, text: str, **more: Any) -> RichText:
        return super().render_str(visible(text), **more)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        if isinstance(renderable, RichText) and visible(renderable.plain) != renderable.plain:
            renderable = RichText(visible(renderable.plain), renderable.style)
        return super().render(renderable, options)


def _console(stream: TextIO) -> Console:
    """Rich itself leaves colours out for NO_COLOR and where nobody looks."""
    return _Visible(file=stream, width=None if stream.isatty() else WIDTH_OF_A_PIPE, soft_wrap=not stream.isatty())
