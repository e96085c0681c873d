"""What the schema alone cannot see: every clause, event, fact and word that a pack names must exist."""

import string
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from contracts.messages import TYPES, ForCustomer
from contracts.words import Kind, Text
from policies.decision_table import Condition, Test
from policies.early_end import parts_of
from policies.facts import ANSWERED, FACTS, NAME_FACTS, NUMBER_FACTS, WORD_FACTS
from policies.faults.cited import cited
from policies.faults.unused_keys import unused
from policies.rules.refusal import Place, meant
from policies.schema import Notice, Pack
from policies.spans import WorkingDays, spans_of
from policies.templates import template_fault


class Fault(NamedTuple):
    """`missing`: the list that lacks what is named there."""

    place: Place
    what: Text
    missing: str = ""


def faults(pack: Pack, folder_name: str) -> list[Fault]:
    """All of them, so that one run of the check is enough; `folder_name` is where the pack was read from."""
    silent = [Fault(*each) for each in unused(pack)]
    rows = [*_rows_named_twice(pack), *_conditions(pack), *_notices(pack)]
    return [*_head(pack, folder_name), *_clauses(pack), *_fee_rules(pack), *rows, *silent]


@cache
def _time_zones() -> set[str]:
    return available_timezones()  # walks through all their files


def _head(pack: Pack, folder_name: str) -> Iterator[Fault]:
    if pack.pack != folder_name and not folder_name.startswith(f"{pack.pack}-"):
        yield Fault(("pack",), _another_folder(pack.pack, folder_name))
    if pack.time_zone not in _time_zones() or pack.time_zone in NOWHERE:
        zh = f"没有时区 {pack.time_zone!r}；例如 Asia/Shanghai"
        en = f"there is no time zone {pack.time_zone!r}; one is Asia/Shanghai"
        yield Fault(("time_zone",), Text(zh=zh, en=en))
    for place, given in ((("charge_end",), pack.charge_end), (("clocks", "notice_period"), pack.clocks.notice_period)):
        if missing := [str(kind) for kind in Kind if kind not in given]:
            yield Fault(place, Text(zh=f"缺少 {'、'.join(missing)}", en=f"says nothing of {', '.join(missing)}"))
    yield from (Fault(("clocks", *place), NO_CALENDAR) for place in _in_working_days(pack) if pack.calendar is None)


NOWHERE = ("localtime", "Factory", "posixrules")  # another zone on each machine
NO_CALENDAR = Text(
    zh="按工作日计算，而本规则包没有日历：请加上 `calendar`，或改写为天数，如 P5D",
    en="counts working days, and the pack has no calendar: add `calendar`, or write days such as P5D",
)


def _another_folder(name: str, folder: str) -> Text:
    edition = f"for another edition of {name}, call the folder {name}-2027 or the like"
    return Text(
        zh=f"是 {name!r}，文件夹却是 {folder!r}：两者须相同；若是 {name} 的另一版本，文件夹请起名 {name}-2027 之类",
        en=f"is {name!r} but the folder is {folder!r}; they must be the same; {edition}",
    )


def _in_working_days(pack: Pack) -> Iterator[Place]:
    return (place for place, span in spans_of(pack.clocks) if isinstance(span, WorkingDays))


def _clauses(pack: Pack) -> Iterator[Fault]:
    """Each that is missing once, where it is first rested on."""
    known = {clause.clause for clause in pack.clauses}
    missing = [(place, clause) for place, clause in cited(pack) if clause not in known]
    for clause, times in Counter(clause for _, clause in missing).items():
        place = next(place for place, name in missing if name == clause)
        yield Fault(place, _named_elsewhere(_no("条款", "clause", clause), times - 1), "clauses")


def _named_elsewhere(what: Text, more: int) -> Text:
    rest = "place rests" if more == 1 else "places rest"
    return Text(zh=f"{what.zh}，另有 {more} 处写它", en=f"{what.en}; {more} more {rest} on it") if more else what


def _fee_rules(pack: Pack) -> Iterator[Fault]:
    """Every fee rule, or part of one, that a ground for leaving names."""
    known = {fee.rule for fee in pack.fees} | set(parts_of(pack))
    for name, ground in pack.exit_grounds.items():
        strange = (rule for rule in ground.by_rule if rule not in known)
        place = ("exit_grounds", name, "by_rule")
        yield from (Fault((*place, rule), _no_fee(rule, known)) for rule in strange)


def _no_fee(rule: str, known: Iterable[str]) -> Text:
    there_are = meant(rule, sorted(known))
    return Text(
        zh=f"没有收费规则 {rule!r}；现有：{there_are}", en=f"there is no fee rule {rule!r}; there are: {there_are}"
    )


def _no(zh: str, en: str, name: str) -> Text:
    return Text(zh=f"没有{zh} {name!r}", en=f"there is no {en} {name!r}")


def _rows_named_twice(pack: Pack) -> Iterator[Fault]:
    tables: dict[str, list[str]] = {
        "conditions": [row.rule for row in pack.conditions],
        "fees": [row.rule for row in pack.fees],
        "clauses": [row.clause for row in pack.clauses],
        "notices": [row.notice for row in pack.notices],
    }
    for table, names in tables.items():
        twice = [name for name, times in Counter(names).items() if times > 1]
        yield from (Fault((table,), Text(zh=f"{name!r} 出现两次", en=f"{name!r} is there twice")) for name in twice)


def _conditions(pack: Pack) -> Iterator[Fault]:
    questions = tuple(f"{ANSWERED}{row.rule}" for row in pack.conditions if row.outcome == "ask")
    for number, row in enumerate(pack.conditions):
        for place, test in enumerate(row.when):
            if fault := _test_fault(test, questions):
                yield Fault(("conditions", number, "when", place), fault)
        yield from (Fault(("conditions", number, *place), what) for place, what in _text_faults(row))


def _test_fault(test: Test, questions: tuple[str, ...]) -> Text | None:
    testable = tuple(fact for fact in FACTS if fact not in NAME_FACTS) + questions
    if test.fact not in testable:
        return _no_fact(test.fact, testable)
    wanted = [value for value in (test.is_, test.is_not) if value is not None]
    if test.fact in WORD_FACTS:
        allowed: tuple[Any, ...] = WORD_FACTS[test.fact]
        fits = all(value in allowed for value in wanted)
    elif test.fact in NUMBER_FACTS:
        whole = Text(zh=f"{test.fact} 只能与整数比较", en=f"{test.fact} is compared with a whole number")
        return None if all(type(value) is int for value in wanted) else whole
    else:
        allowed, fits = ("true", "false"), all(type(value) is bool for value in wanted)
    if fits and test.above is test.below is None:
        return None
    return Text(
        zh=f"{test.fact} 只能用 is 或 is_not 与以下之一比较：{'、'.join(allowed)}",
        en=f"{test.fact} is compared by is or is_not with one of: {', '.join(allowed)}",
    )


def _no_fact(name: str, facts: Iterable[str]) -> Text:
    there_are = ", ".join(facts)
    return Text(zh=f"没有事实 {name!r}；现有：{there_are}", en=f"there is no fact {name!r}; the facts are: {there_are}")


def _text_faults(row: Condition) -> Iterator[tuple[Place, Text]]:
    for name, text in (("reason", row.reason), ("remedy", row.remedy)):
        for language in ("zh", "en"):
            if fault := _brace_fault(text.in_language(language)):
                yield (name, language), fault


def _brace_fault(text: str) -> Text | None:
    try:
        found = [each for each in string.Formatter().parse(text) if each[1] is not None]
    except ValueError as error:
        return Text(zh=f"大括号里是事实的名字：{error}", en=f"braces are for the name of a fact: {error}")
    if unknown := [name for _, name, _, _ in found if name not in FACTS]:
        return _no_fact(str(unknown[0]), FACTS)
    if formed := [name for _, name, spec, conversion in found if spec or conversion]:
        en = f"write {{{formed[0]}}} alone: nothing may follow the name of a fact"
        return Text(zh=f"只写 {{{formed[0]}}}：事实的名字后面不能有别的", en=en)
    return None


def _notices(pack: Pack) -> Iterator[Fault]:
    for number, notice in enumerate(pack.notices):
        yield from (Fault(("notices", number, *place), what) for place, what in _notice_faults(notice))
    told = {notice.event for notice in pack.notices}
    heard = [name for name, model in TYPES.items() if issubclass(model, ForCustomer)]
    if silent := [name for name in heard if name not in told | set(pack.untold)]:
        zh = f"没有通知、也不在 untold 里的有：{'、'.join(silent)}"
        yield Fault(
            ("notices",), Text(zh=zh, en=f"no notice, and no row of untold, for: {', '.join(silent)}"), "notices"
        )
    strange = [name for name in pack.untold if name not in TYPES]
    yield from (Fault(("untold",), Text(zh=f"没有事件 {name!r}", en=f"no event {name!r}")) for name in strange)


def _notice_faults(notice: Notice) -> Iterator[tuple[Place, Text]]:
    model = TYPES.get(notice.event)
    if model is None or not issubclass(model, ForCustomer):
        events = ", ".join(sorted(name for name, each in TYPES.items() if issubclass(each, ForCustomer)))
        zh = f"没有面向客户的事件 {notice.event!r}；现有：{events}"
        yield ("event",), Text(zh=zh, en=f"no event {notice.event!r} for customers; they are: {events}")
        return
    texts = (("subject", notice.subject), ("body", notice.body))
    sources: list[tuple[Place, str]] = [((n, lang), t.in_language(lang)) for n, t in texts for lang in ("zh", "en")]
    sources.append((("when",), "{{ " + notice.when + " }}"))
    for place, source in sources:
        if fault := template_fault(source, model):
            yield place, fault
