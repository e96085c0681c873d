"""Warns of what a pack holds and nothing in it names: a tax code, a clause of the operator's own agreement."""

from collections.abc import Iterator

from contracts.words import Text
from policies.early_end import parts_of
from policies.faults.citations import Finding
from policies.faults.cited import cited_at
from policies.schema import Pack


def never_named(pack: Pack) -> Iterator[Finding]:
    """A clause of the law may stand there for its numbers or its title alone; one's own is there to be rested on."""
    codes = {fee.tax for fee in pack.fees} | set(pack.final_account.taxes.values())
    for code in pack.taxes:
        if code not in codes:
            yield _warning(f"/taxes/{code}", NO_TAX)
    named = {place for ground in pack.exit_grounds.values() for place in ground.by_rule}
    yield from (_warning(f"/fees/{place}", NO_PART) for place in parts_of(pack) if place not in named)
    rested_on = {name for _, name in cited_at(pack)}
    for clause in pack.clauses:
        if clause.status == "contract" and clause.clause not in rested_on and not _compared(clause.terms):
            yield _warning(f"/clauses/{clause.clause}", NO_CLAUSE)


def _compared(terms: object) -> bool:
    return any(number is not None for number in vars(terms).values())


def _warning(place: str, what: Text) -> Finding:
    return Finding(level="warning", place=place, what=what.en, zh=what.zh)


NO_TAX = Text(
    zh="没有用到：没有一条费用规则的 tax、也没有 final_account 的 taxes 写它；vectors 中的税率写在各自的 rates 里",
    en="is named by no `tax` of a fee rule and by no `final_account: taxes`; vectors bring rates of their own",
)
NO_PART = Text(
    zh="没有用到：没有一个 exit_grounds 的 by_rule 写它；请去掉 part 与 name，或写明谁另有规定",
    en="is named by no `by_rule` of exit_grounds: take its `part` and `name` out, or say which ground asks otherwise",
)
NO_CLAUSE = Text(
    zh="没有用到：没有一条规则、期限或账目以它为依据；请在相应的 clause 中写它，或去掉",
    en="is your own and nothing rests on it: name it where it is the reason, or leave it out",
)
