"""The citation linter: what a customer may not be shown as authority must not be leaned on either (N8, 4.5, R43)."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Literal

from contracts.words import Text, Value
from policies.clauses import Clause
from policies.faults.article_numbers import named_articles
from policies.faults.cited import cited_at
from policies.schema import Pack

Standing = Literal["authority", "unverified", "not-in-force"]
TITLE = re.compile(r"《[^》]+》")


class Amounts(Value):
    """A conflict in money, on an example: as the contract has it, as the law allows it, what is charged."""

    contract_minor: int
    law_minor: int
    charged_minor: int


class Finding(Value):
    """`error` fails a check; `warning` is to be known; `conflict` is settled by the engine in the customer's favour.

    `zh`: `what` in Chinese, where it was written. `inherited`: the pack it extends is told the same.
    """

    level: Literal["error", "warning", "conflict"]
    place: str
    what: str
    zh: str = ""
    inherited: bool = False
    amounts: Amounts | None = None


class Citation(Value):
    """Whether a clause may be shown to a customer on the day of the check."""

    clause: str
    instrument: Text
    standing: Standing


def citations(pack: Pack, day: date) -> tuple[Citation, ...]:
    return tuple(
        Citation(clause=clause.clause, instrument=clause.instrument, standing=_standing(clause, day))
        for clause in pack.clauses
    )


def citation_findings(pack: Pack, day: date) -> Iterator[Finding]:
    """Clauses that decisions rest on but nobody may be shown, and titles written out in customers' texts."""
    clauses = {clause.clause: clause for clause in pack.clauses}
    for place, name in cited_at(pack):
        if finding := _of_clause(place, clauses[name], day):
            yield finding
    authorities = [clause for clause in pack.clauses if clause.is_authority(day)]
    shown = {title for clause in authorities for title in _titles(clause)}
    known = {title for clause in pack.clauses for title in _titles(clause)} - shown
    for place, text in _texts(pack):
        for title in sorted(_named(text, known, shown)):
            yield Finding(level="error", place=place, what=f"names {title}, which no clause in force confirms")
        for article, title in {article: title for title, article in named_articles(text, shown)}.items():
            if article not in (articles := _articles(title, authorities)):
                known_ones = ", ".join(articles) or "none"
                what = f"names article {article} of {title}; the clauses in force confirm its articles {known_ones}"
                yield Finding(level="error", place=place, what=what)


def _named(text: str, known: set[str], shown: set[str]) -> set[str]:
    """What is written in title brackets, and names of the pack's own law, with or without brackets."""
    found = {*TITLE.findall(text)} - shown
    for title in sorted(shown, key=len, reverse=True):
        text = text.replace(title, "")
    bare = {name for name in known if name in text or name.strip("《》") in text}
    return found | {name for name in bare if not any(name != other and name in other for other in bare)}


def _articles(title: str, authorities: list[Clause]) -> list[str]:
    return [clause.article for clause in authorities if title in _titles(clause) and clause.article]


def _standing(clause: Clause, day: date) -> Standing:
    if not clause.in_force(day):
        return "not-in-force"
    return "authority" if clause.is_authority(day) else "unverified"


def _of_clause(place: str, clause: Clause, day: date) -> Finding | None:
    standing = _standing(clause, day)
    if standing == "not-in-force":
        span = f"{clause.in_force_from or ''}..{clause.in_force_until or ''}"
        what = f"rests on {clause.clause}, which is not in force on {day} ({span})"
        return Finding(level="error", place=place, what=what)
    if standing == "unverified":
        what = f"rests on {clause.clause}, which is unverified: no customer will see it as authority"
        return Finding(level="warning", place=place, what=what)
    return None


def _texts(pack: Pack) -> Iterator[tuple[str, str]]:
    """Every sentence a customer can read, with its place."""
    for name, ground in pack.exit_grounds.items():
        yield from _both(f"/exit_grounds/{name}/name", ground.name)
        yield from _both(f"/exit_grounds/{name}/proof", ground.proof)
    for row in pack.conditions:
        yield from _both(f"/conditions/{row.rule}/reason", row.reason)
        yield from _both(f"/conditions/{row.rule}/remedy", row.remedy)
    for fee in pack.fees:
        yield from _both(f"/fees/{fee.rule}/name", fee.name)
    for notice in pack.notices:
        yield from _both(f"/notices/{notice.notice}/subject", notice.subject)
        yield from _both(f"/notices/{notice.notice}/body", notice.body)


def _both(place: str, text: Text) -> Iterator[tuple[str, str]]:
    yield f"{place}/zh", text.zh
    yield f"{place}/en", text.en


def _titles(clause: Clause) -> tuple[str, ...]:
    """Whole names, and for Chinese law the part in its brackets."""
    return (clause.instrument.zh, clause.instrument.en, *TITLE.findall(clause.instrument.zh))
