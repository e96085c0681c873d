"""Facts of a pack that are read and can never come true: a row that cannot hold, a fee that is always nothing."""

from collections.abc import Iterator

from contracts.words import Kind, Text
from policies.decision_table import Condition, Test
from policies.facts import NUMBER_FACTS, WORD_FACTS
from policies.rules.families import FeeTerms
from policies.schema import Notice, Pack

Fault = tuple[tuple[int | str, ...], Text]
OF_NAMED_ITEMS = ("item_unknown", "item_off", "dependents_left")  # false, or none, where nothing is named
COUNTS = ("shared", "dependents_left", "targets")
CAPS = ("at_most_minor", "at_most_months", "at_most_term_percent")
NEVER = "false"


def never_holds(pack: Pack) -> Iterator[Fault]:
    for number, row in enumerate(pack.conditions):
        yield from ((("conditions", number, *place), what) for place, what in _of_row(row))
    for number, notice in enumerate(pack.notices):
        if _is_never(notice):
            en = "is never true, so the notice is never sent; leave the notice out"
            yield ("notices", number, "when"), Text(zh="永远不成立，通知不会发出；请去掉这条通知", en=en)
    if pack.reopening and not pack.clocks.number_quarantine:
        en = "is never used: clocks/number_quarantine keeps the number for no time at all; leave one of the two out"
        zh = "永远用不到：clocks/number_quarantine 不保留号码；请去掉其中一个"
        yield ("reopening",), Text(zh=zh, en=en)


def of_terms(terms: FeeTerms) -> Iterator[tuple[str, Text]]:
    """A fee that is nothing whatever the contract says is written `family: none`."""
    for key in CAPS:
        if getattr(terms, key) == 0:
            en = "is nothing, so nothing is ever charged: write `family: none`, or leave the cap out"
            yield key, Text(zh="为零，什么也不会收：请写 `family: none`，或去掉上限", en=en)
    if terms.parameters.get("share_percent") == 0:
        en = "share_percent: is nothing, so nothing is ever charged: write `family: none`"
        yield "parameters", Text(zh="share_percent：为零，什么也不会收：请写 `family: none`", en=en)
    if any(part.family == "none" for part in terms.of):
        lowest = terms.family == "lower-of"
        zh, en = ("它总是最低的", "it is always the lowest") if lowest else ("它不增加金额", "it adds nothing")
        en = f"family none is of no use in {terms.family}: {en}; take it out"
        yield "of", Text(zh=f"none 在 {terms.family} 里没有用：{zh}；请去掉", en=en)


def _is_never(notice: Notice) -> bool:
    return notice.when.strip().lower() == NEVER


def _of_row(row: Condition) -> Iterator[Fault]:
    for number, test in enumerate(row.when):
        if test.fact in OF_NAMED_ITEMS and Kind.PRODUCT not in row.applies_to and not test.fits(0):
            kinds = ", ".join(row.applies_to)
            en = f"{test.fact} is about named items, and {kinds} names none: the row never holds"
            zh = f"{test.fact} 说的是所列业务，而 {kinds} 不列业务：这一行永远不成立"
            yield ("when", number), Text(zh=zh, en=en)
    for fact in dict.fromkeys(test.fact for test in row.when):
        tests = [test for test in row.when if test.fact == fact]
        readable = all(_compares_its_own(test) for test in tests)  # else another fault is named already
        if readable and not any(all(test.fits(value) for test in tests) for value in _values(fact, tests)):
            en = f"no {fact} fits all of this at once, so the row never holds"
            yield ("when",), Text(zh=f"没有哪个 {fact} 能同时满足这些条件，这一行永远不成立", en=en)


def _compares_its_own(test: Test) -> bool:
    named = [value for value in (test.is_, test.is_not) if value is not None]
    if test.fact in NUMBER_FACTS:
        return all(isinstance(value, int) for value in named)
    return test.above is test.below is None


def _values(fact: str, tests: list[Test]) -> list[int | str | bool]:
    """Enough of them: where any fits, one of these does."""
    if fact in WORD_FACTS:
        return list(WORD_FACTS[fact])
    if fact not in NUMBER_FACTS:
        return [True, False]
    named = [each for test in tests for each in (test.above, test.below, test.is_, test.is_not) if each is not None]
    near = [int(each) + step for each in named for step in (-1, 0, 1, 2)]
    return [number for number in near if number >= 0 or fact not in COUNTS]
