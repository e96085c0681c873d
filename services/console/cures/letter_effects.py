"""What came of a dead letter that was sent again: what its service has said because of it."""

from collections.abc import Sequence

import sqlalchemy as sa

from runtime.envelope import Unreadable, decode
from runtime.http.problems import Problem
from runtime.kernel.store import Store
from services.console.cures.sending_again import original
from services.console.kept import log
from services.console.kept.queries import Json, dead_letter


def effects(store: Store, places: Sequence[str]) -> dict[str, list[Json]]:
    """By its place; none of one that was not sent again, or of which nothing was heard yet."""
    letters = [row for place in places if (row := dead_letter(store, place)) is not None and row.state == "redriven"]
    again = [(row, cause) for row in letters if (cause := _cause(row))]
    said = log.followed(store, {cause: row.request_id for row, cause in again})
    return {row.place: [each for each in said.get(cause, ()) if each["service"] == row.service] for row, cause in again}


def _cause(letter: "sa.Row[tuple[object, ...]]") -> str:
    """Under which id whoever decides it anew names it as the cause; none of what nobody can read."""
    try:
        return decode(original(letter)).id
    except (Unreadable, Problem):
        return ""
