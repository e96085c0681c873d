"""Every place of a pack that names a clause, with the clause: it must exist, and a customer may be shown it or not."""

from collections.abc import Iterator

from policies.rules.refusal import Place
from policies.schema import Pack


def cited(pack: Pack) -> Iterator[tuple[Place, str]]:
    """As the file has it: rows by their number."""
    yield from ((("conditions", number, "clause"), row.clause) for number, row in enumerate(pack.conditions))
    yield from ((("fees", number, "clause"), fee.clause) for number, fee in enumerate(pack.fees))
    yield ("delay", "clause"), pack.delay.clause
    yield ("withdrawal_clause",), pack.withdrawal_clause
    yield ("quarantine_clause",), pack.quarantine_clause
    yield from ((("final_account", *place), clause) for place, clause in pack.final_account.cited())
    if pack.free_exit:
        yield ("free_exit", "clause"), pack.free_exit.clause
    yield from ((("exit_grounds", name, "clause"), ground.clause) for name, ground in pack.exit_grounds.items())
    if pack.reopening:
        yield ("reopening", "clause"), pack.reopening.clause
    if pack.cooling_off:
        found = enumerate(pack.cooling_off.clauses)
        yield from ((("cooling_off", "clauses", number), clause) for number, clause in found)
    yield from ((("dispute_clauses",), clause) for clause in pack.dispute_clauses)
    for level, clauses in pack.complaint_clauses.items():
        yield from ((("complaint_clauses", str(level)), clause) for clause in clauses)


def cited_at(pack: Pack) -> Iterator[tuple[str, str]]:
    """As people are told: rows by their names."""
    rules = {"conditions": [row.rule for row in pack.conditions], "fees": [fee.rule for fee in pack.fees]}
    for (head, *rest), clause in cited(pack):
        if (names := rules.get(str(head))) and isinstance(rest[0], int):
            rest[0] = names[rest[0]]
        yield "/".join(("", str(head), *map(str, rest))), clause
