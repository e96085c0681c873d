"""Cases as they are read, as a transaction sees them, and those that this worker saw or wrote last."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from runtime.decision import Case

OfAService = TypeVar("OfAService", bound=Case)
MOST_REMEMBERED = 1_000
LATER_WORDS = {"extra_forbidden", "enum", "literal_error"}  # what only somebody who knows more than we do writes


class FromALaterRelease(Exception):
    """This case says something that this release does not know; whoever decided on it all the same would lose it."""


def read(kind: type[OfAService], request_id: str, body: str) -> OfAService:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        if any(each["type"] not in LATER_WORDS for each in error.errors(include_url=False)):
            raise
        unknown = ", ".join(".".join(map(str, each["loc"])) for each in error.errors(include_url=False))
        raise FromALaterRelease(f"the case {request_id} says {unknown}, which only a later release knows") from error


class Conflict(Exception):
    """Another worker was faster with one of these cases; decide again on the fresh ones."""


@dataclass
class Loaded:
    """A case as this transaction sees it; `version` is what the database must still have when we write."""

    version: int
    said: int
    root: str
    case: Case | None
    changed: bool = False
    policy: str = ""  # the pack it was first decided under, and is to its end


class Remembered:
    """Open cases (None: there is none) as they were after this worker's last look, so that they need not be read again.

    Nobody believes them: whatever is decided on one is stored only over the version that it has here. What is in
    doubt is dropped: after a conflict or any other failure, and when partitions come or go.
    """

    def __init__(self) -> None:
        self._cases: OrderedDict[str, Loaded | None] = OrderedDict()

    def among(self, request_ids: Iterable[str]) -> dict[str, Loaded | None]:
        return {each: self._cases[each] for each in request_ids if each in self._cases}

    def keep(self, seen: Iterable[str], cases: Mapping[str, Loaded]) -> None:
        """What a transaction saw or wrote, once it is stored."""
        for request_id in seen:
            self._cases.pop(request_id, None)
            loaded = cases.get(request_id)
            if loaded is None:
                self._cases[request_id] = None
            elif loaded.case is not None and loaded.case.open:
                version = loaded.version + 1 if loaded.changed else loaded.version
                self._cases[request_id] = Loaded(version, loaded.said, loaded.root, loaded.case, False, loaded.policy)
        while len(self._cases) > MOST_REMEMBERED:
            self._cases.popitem(last=False)

    def drop(self) -> None:
        self._cases.clear()
