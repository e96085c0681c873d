"""Standard streams as programs leave them: closed before we begin, full, or read by nobody any more."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from cli.failure import Exit

WIDEST = 1000  # columns; each line of a help text is filled up to the last of them
STREAMS = (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w"))


def streams_are_there() -> None:
    """Where one is closed, nothing takes its place: else the next file opened would get what is said."""
    for name, number, mode in STREAMS:
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a sign that it cannot write stops nobody
    _a_width_that_a_terminal_has()


def _a_width_that_a_terminal_has() -> None:
    columns = os.environ.pop("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and (width := int(columns[:9])):
        os.environ["COLUMNS"] = str(min(width, WIDEST))


@contextmanager
def last_words() -> Iterator[None]:
    """What is still to be written is written while it can be said that it could not."""
    try:
        yield
    except SystemExit as end:
        raise SystemExit(_flushed(end.code)) from None
    except OSError as error:
        raise SystemExit(_not_written(error)) from None


def _flushed(code: object) -> object:
    try:
        sys.stdout.flush()
    except OSError as error:
        return _not_written(error)
    return code


def _not_written(error: OSError) -> int:
    """Python would try again at its end, and complain."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if not isinstance(error, BrokenPipeError):  # whoever read has seen enough
        with suppress(OSError):
            print(f"The output cannot be written: {error.strerror}.", file=sys.stderr)
    return int(Exit.FAILED)
