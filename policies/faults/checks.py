"""What the schema alone cannot see: every clause, event, fact and word that a pack names must exist."""

import string
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from contracts.messages import TYPES, ForCustomer
from contracts.words import Kind
from policies.faults.unused_keys import unused
from policies.schema import ANSWERED, FACTS, NAME_FACTS, NUMBER_FACTS, WORD_FACTS, Condition, Notice, Pack, Test
from policies.spans import WorkingDays, spans_of
from policies.templates import template_fault

Place = tuple[int | str, ...]


class Fault(NamedTuple):
    place: Place
    what: str


def faults(pack: Pack, folder_name: str) -> list[Fault]:
    """All of them, so that one run of the check is enough; `folder_name` is where the pack was read from."""
    silent = [Fault(*each) for each in unused(pack)]
    rows = [*_rows_named_twice(pack), *_conditions(pack), *_notices(pack)]
    return [*_head(pack, folder_name), *_clauses(pack), *rows, *silent]


def _head(pack: Pack, folder_name: str) -> Iterator[Fault]:
    if pack.pack != folder_name and not folder_name.startswith(f"{pack.pack}-"):
        edition = f"for another edition of {pack.pack}, call the folder {pack.pack}-2027 or the like"
        yield Fault(("pack",), f"is {pack.pack!r} but the folder is {folder_name!r}; they must be the same; {edition}")
    if pack.time_zone not in available_timezones():
        yield Fault(("time_zone",), f"there is no time zone {pack.time_zone!r}; one is Asia/Shanghai")
    for place, given in ((("charge_end",), pack.charge_end), (("clocks", "notice_period"), pack.clocks.notice_period)):
        if missing := [str(kind) for kind in Kind if kind not in given]:
            yield Fault(place, f"says nothing of {', '.join(missing)}")

    yield from (Fault(("clocks", *place), NO_CALENDAR) for place in _in_working_days(pack) if pack.calendar is None)


NO_CALENDAR = "counts working days, and the pack has no calendar: add `calendar`, or write days such as P5D"


def _in_working_days(pack: Pack) -> Iterator[Place]:
    return (place for place, span in spans_of(pack.clocks) if isinstance(span, WorkingDays))


def _clauses(pack: Pack) -> Iterator[Fault]:
    known = {clause.clause for clause in pack.clauses}
    named: list[tuple[Place, str]] = [(("conditions", n, "clause"), c.clause) for n, c in enumerate(pack.conditions)]
    named += [(("fees", n, "clause"), fee.clause) for n, fee in enumerate(pack.fees)]
    named += [(("delay", "clause"), pack.delay.clause), (("withdrawal_clause",), pack.withdrawal_clause)]
    named += [(("quarantine_clause",), pack.quarantine_clause)]
    named += [(("dispute_clauses",), clause) for clause in pack.dispute_clauses]
    named += [(("final_account", *place), clause) for place, clause in pack.final_account.cited()]
    named += [(("free_exit", "clause"), pack.free_exit.clause)] if pack.free_exit else []
    if pack.reopening:
        named.append((("reopening", "clause"), pack.reopening.clause))
    if pack.cooling_off:
        named += [(("cooling_off", "clauses", n), clause) for n, clause in enumerate(pack.cooling_off.clauses)]
    named += [(("complaint_clauses", str(level)), c) for level, cs in pack.complaint_clauses.items() for c in cs]
    return (Fault(place, f"there is no clause {clause!r}") for place, clause in named if clause not in known)


def _rows_named_twice(pack: Pack) -> Iterator[Fault]:
    tables: dict[str, list[str]] = {
        "conditions": [row.rule for row in pack.conditions],
        "fees": [row.rule for row in pack.fees],
        "clauses": [row.clause for row in pack.clauses],
        "notices": [row.notice for row in pack.notices],
    }
    for table, names in tables.items():
        yield from (Fault((table,), f"{name!r} is there twice") for name, n in Counter(names).items() if n > 1)


def _conditions(pack: Pack) -> Iterator[Fault]:
    questions = tuple(f"{ANSWERED}{row.rule}" for row in pack.conditions if row.outcome == "ask")
    for number, row in enumerate(pack.conditions):
        for place, test in enumerate(row.when):
            if fault := _test_fault(test, questions):
                yield Fault(("conditions", number, "when", place), fault)
        yield from (Fault(("conditions", number, *place), what) for place, what in _text_faults(row))


def _test_fault(test: Test, questions: tuple[str, ...]) -> str:
    testable = tuple(fact for fact in FACTS if fact not in NAME_FACTS) + questions
    if test.fact not in testable:
        return f"there is no fact {test.fact!r}; the facts are: {', '.join(testable)}"
    wanted = [value for value in (test.is_, test.is_not) if value is not None]
    if test.fact in WORD_FACTS:
        allowed: tuple[Any, ...] = WORD_FACTS[test.fact]
        fits = all(value in allowed for value in wanted)
    elif test.fact in NUMBER_FACTS:
        return "" if all(type(value) is int for value in wanted) else f"{test.fact} is compared with a whole number"
    else:
        allowed, fits = ("true", "false"), all(type(value) is bool for value in wanted)
    if fits and test.above is test.below is None:
        return ""
    return f"{test.fact} is compared by is or is_not with one of: {', '.join(allowed)}"


def _text_faults(row: Condition) -> Iterator[tuple[Place, str]]:
    for name, text in (("reason", row.reason), ("remedy", row.remedy)):
        for language in ("zh", "en"):
            if fault := _brace_fault(text.in_language(language)):
                yield (name, language), fault


def _brace_fault(text: str) -> str:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        return f"braces are for the name of a fact: {error}"
    unknown = [name for name in names if name not in FACTS]
    return f"there is no fact {unknown[0]!r}; the facts are: {', '.join(FACTS)}" if unknown else ""


def _notices(pack: Pack) -> Iterator[Fault]:
    for number, notice in enumerate(pack.notices):
        yield from (Fault(("notices", number, *place), what) for place, what in _notice_faults(notice))
    told = {notice.event for notice in pack.notices}
    for name, model in TYPES.items():
        if issubclass(model, ForCustomer) and name not in told | set(pack.untold):
            yield Fault(("notices",), f"no notice for {name}, and it is not in untold either")
    yield from (Fault(("untold",), f"no event {name!r}") for name in pack.untold if name not in TYPES)


def _notice_faults(notice: Notice) -> Iterator[tuple[Place, str]]:
    model = TYPES.get(notice.event)
    if model is None or not issubclass(model, ForCustomer):
        events = ", ".join(sorted(name for name, each in TYPES.items() if issubclass(each, ForCustomer)))
        yield ("event",), f"no event {notice.event!r} for customers; they are: {events}"
        return
    texts = (("subject", notice.subject), ("body", notice.body))
    sources: list[tuple[Place, str]] = [((n, lang), t.in_language(lang)) for n, t in texts for lang in ("zh", "en")]
    sources.append((("when",), "{{ " + notice.when + " }}"))
    for place, source in sources:
        if fault := template_fault(source, model):
            yield place, fault
