"""I17: what two people had erased is in no store any more, and everything else still is."""

from tests.proof.history import History, Violation


def erased_is_gone(history: History) -> list[Violation]:
    """I17: after an erasure no service has a row of its requests, nobody a row that says whose they were."""
    return [
        Violation("I17", request_id, f"{table} still has {key}")
        for (table, key), text in history.live.items()
        for request_id, subscription in history.erased.items()
        if _is_left(table, f"{key} {text}", request_id, subscription)
    ]


def _is_left(table: str, row: str, request_id: str, subscription: str) -> bool:
    if table.endswith(" claims"):
        return row.startswith(f"{subscription}/") or request_id in row
    if table == "console dead_letters":
        return False  # their originals go with acts of their own
    shown = table.startswith("console ")
    return request_id in row and (subscription in row if shown else not _is_a_word(table))


def _is_a_word(table: str) -> bool:
    """What was said by its id, which is on the topics alone."""
    return " said " in table
