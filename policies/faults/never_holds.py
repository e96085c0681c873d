"""Facts of a pack that are read and can never come true: a row that cannot hold, a fee that is always nothing."""

from collections.abc import Iterator

from contracts.words import Kind
from policies.rules.families import FeeTerms
from policies.schema import NUMBER_FACTS, WORD_FACTS, Condition, Notice, Pack, Test

Fault = tuple[tuple[int | str, ...], str]
OF_NAMED_ITEMS = ("item_unknown", "item_off", "dependents_left")  # false, or none, where nothing is named
COUNTS = ("shared", "dependents_left", "targets")
CAPS = ("at_most_minor", "at_most_months", "at_most_term_percent")
NEVER = "false"


def never_holds(pack: Pack) -> Iterator[Fault]:
    for number, row in enumerate(pack.conditions):
        yield from ((("conditions", number, *place), what) for place, what in _of_row(row))
    for number, notice in enumerate(pack.notices):
        if _is_never(notice):
            yield ("notices", number, "when"), "is never true, so the notice is never sent; leave the notice out"
    if pack.reopening and not pack.clocks.number_quarantine:
        what = "is never used: clocks/number_quarantine keeps the number for no time at all; leave one of the two out"
        yield ("reopening",), what


def of_terms(terms: FeeTerms) -> Iterator[tuple[str, str]]:
    """A fee that is nothing whatever the contract says is written `family: none`."""
    for key in CAPS:
        if getattr(terms, key) == 0:
            yield key, "is nothing, so nothing is ever charged: write `family: none`, or leave the cap out"
    if terms.parameters.get("share_percent") == 0:
        yield "parameters", "share_percent: is nothing, so nothing is ever charged: write `family: none`"
    if any(part.family == "none" for part in terms.of):
        why = "it is always the lowest" if terms.family == "lower-of" else "it adds nothing"
        yield "of", f"family none is of no use in {terms.family}: {why}; take it out"


def _is_never(notice: Notice) -> bool:
    return notice.when.strip().lower() == NEVER


def _of_row(row: Condition) -> Iterator[Fault]:
    for number, test in enumerate(row.when):
        if test.fact in OF_NAMED_ITEMS and Kind.PRODUCT not in row.applies_to and not test.fits(0):
            kinds = ", ".join(row.applies_to)
            yield ("when", number), f"{test.fact} is about named items, and {kinds} names none: the row never holds"
    for fact in dict.fromkeys(test.fact for test in row.when):
        tests = [test for test in row.when if test.fact == fact]
        readable = all(_compares_its_own(test) for test in tests)  # else another fault is named already
        if readable and not any(all(test.fits(value) for test in tests) for value in _values(fact, tests)):
            yield ("when",), f"no {fact} fits all of this at once, so the row never holds"


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
