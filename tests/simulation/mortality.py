"""Every await of the production engine is a place to die: found in its source, met by its coroutines as they wait."""

import ast
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from functools import cache
from types import CodeType, ModuleType
from typing import Any

from runtime.worker import asking, engine, patience, taking

PARTS = (taking, engine, patience, asking)  # of the engine, in the order of its work
PART_OF = {inspect.getsourcefile(part): part for part in PARTS}
LONGEST_NAME = 60
REPLACED = {"_on_store"}  # its await hands the work to a thread; here the work is done in place
Coro = Coroutine[Any, Any, Any]
Waits = Callable[[tuple[str, ...]], None]


def _functions(part: ModuleType) -> Iterator[ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(inspect.getsource(part))):
        if isinstance(node, ast.AsyncFunctionDef) and node.name not in REPLACED:
            yield node


def _waiting(function: ast.AsyncFunctionDef) -> Iterator[tuple[int, int, str]]:
    """First line, last line and text of whatever this function waits for."""
    for node in ast.walk(function):
        if isinstance(node, ast.Await):
            yield node.lineno, node.end_lineno or node.lineno, ast.unparse(node.value)
        if isinstance(node, ast.AsyncWith):
            yield node.lineno, node.lineno, ast.unparse(node.items[0].context_expr)


def _name(function: str, text: str) -> str:
    return f"at {function}: {text.replace('self.', '')}"[:LONGEST_NAME]


AWAITS = tuple(_name(each.name, text) for part in PARTS for each in _functions(part) for _, _, text in _waiting(each))


@cache
def _place(code: CodeType, line: int) -> str:
    """The await at this line of the engine; nothing for any other code."""
    part = PART_OF.get(code.co_filename)
    if part is None:
        return ""
    mine = (each for each in _functions(part) if each.name == code.co_name)
    found = [text for each in mine for first, last, text in _waiting(each) if first <= line <= last]
    return _name(code.co_name, found[0]) if found else ""


def places(coroutine: Any) -> tuple[str, ...]:
    """Which awaits of the engine a coroutine is in that waits now, from the outermost to the innermost."""
    found = []
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        if place := _place(frame.f_code, frame.f_lineno):
            found.append(place)
        coroutine = coroutine.cr_await
    return tuple(found)


class Mortal:
    """Drives a coroutine and says each time where it waits."""

    def __init__(self, coroutine: Coro, waits: Waits) -> None:
        self.coroutine, self.waits = coroutine, waits

    def __await__(self) -> Generator[Any, Any, Any]:
        step: Callable[..., Any] = self.coroutine.send
        given: Any = None
        while True:
            try:
                wanted = step(given)
            except StopIteration as done:
                return done.value
            if found := places(self.coroutine):
                self.waits(found)
            try:
                step, given = self.coroutine.send, (yield wanted)
            except BaseException as error:
                step, given = self.coroutine.throw, error


async def mortal(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
