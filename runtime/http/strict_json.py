"""Finds in JSON what two readers would read differently, before anybody reads it."""

import json
import re

import orjson

from runtime.http.problem_codes import GENERAL
from runtime.http.problems import Fault, Problem, pointer

DEEPEST = 32
TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},:]|-?(?:NaN|Infinity)', re.DOTALL)  # linear, whatever it is fed
TEXT = re.compile(rb'"[^"]*+"')
PLAIN = re.compile(r'"[A-Za-z0-9_-]*"')


def look_over(text: str) -> None:
    """What a JSON parser lets pass or chokes on; that it is JSON at all is checked by the parser afterwards."""
    places = _Places()
    for token in TOKEN.finditer(text):
        places.take(token[0])


def name_twice(content: bytes) -> bool:
    """Of JSON that was read already, by what costs least: where no text is there twice, no name is."""
    if b"\\" in content:
        return _found_twice(content.decode())
    texts = TEXT.findall(content)
    if [*dict.fromkeys(texts)] == texts:
        return False
    return orjson.dumps(orjson.loads(content)).count(b'"') < 2 * len(texts)  # who reads it keeps one of two


def _found_twice(text: str) -> bool:
    try:
        look_over(text)
    except Problem as found:
        return found.code == "duplicate-key"
    return False


class _Places:
    """Where in the document we are: one step and the names seen so far for each open object or list."""

    def __init__(self) -> None:
        self.steps: list[str | int] = []
        self.seen: list[set[str]] = []
        self.word = ""

    def take(self, token: str) -> None:
        match token:
            case "{" | "[":
                self._open("" if token == "{" else 0)
            case "}" | "]" if self.steps:
                self.steps.pop()
                self.seen.pop()
            case "," if self.steps and isinstance(self.steps[-1], int):
                self.steps[-1] += 1
            case ":" if self.steps and isinstance(self.steps[-1], str):
                self._name()
            case "NaN" | "Infinity" | "-NaN" | "-Infinity":
                raise self._fault("not-a-number")
            case _ if token[0] == '"':
                self.word = token

    def _open(self, step: str | int) -> None:
        if len(self.steps) >= DEEPEST:
            raise self._fault("too-deep")
        self.steps.append(step)
        self.seen.append(set())

    def _name(self) -> None:
        if not self.word:
            return  # what stands there is no text, so this is no JSON: the parser says where
        name, self.word = _unescaped(self.word), ""
        self.steps[-1] = name
        if name in self.seen[-1]:
            raise self._fault("duplicate-key")
        self.seen[-1].add(name)

    def _fault(self, code: str) -> Problem:
        return Problem(code, faults=[Fault(pointer(self.steps), GENERAL[code].title)])


def _unescaped(word: str) -> str:
    r"""`"\u0061"` and `"a"` are the same name."""
    if PLAIN.fullmatch(word):
        return word[1:-1]
    try:
        return str(json.loads(word)).encode("utf-8", "replace").decode()
    except ValueError:
        return word
