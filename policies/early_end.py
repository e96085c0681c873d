"""What an early end costs under a pack: the lawful term, the fee rule, a ground, tax. Quotes and checks come here."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from contracts.words import Text
from policies.account_terms import ExitGround
from policies.lawful import Term, lawful_term
from policies.money_terms import FeeRule
from policies.rules.contract_facts import ContractOnDay
from policies.rules.core import Outcome, RuleError
from policies.rules.families import EarlyEnd, FeeTerms, LetOff, early_end_fee
from policies.rules.still_asked import Asked, still_asked
from policies.schema import Pack


class Priced(NamedTuple):
    """`facts`: the contract as the law lets it stand, which is what the fee was worked out from."""

    fee: EarlyEnd
    term: Term
    facts: ContractOnDay


def term_of(contract: ContractOnDay, pack: Pack, rule: FeeRule | None = None) -> Term:
    """Counted from the conclusion where it is known, as the law does (BGH III ZR 8/25)."""
    return lawful_term(contract.concluded or contract.start, contract.end_of_term, pack, contract.leaves_on, rule)


def priced(rule: FeeRule, contract: ContractOnDay, pack: Pack) -> Priced:
    """Raises `RuleError` where the contract's facts make no sense."""
    term = term_of(contract, pack, rule)
    if term.void:
        return Priced(_nothing(contract, term), term, contract)
    facts = contract.model_copy(update={"end_of_term": term.end})
    let_off = _let_off(ground_named(contract.exit_ground, pack), rule, facts) if contract.exit_ground else None
    fee = early_end_fee(rule, facts, pack.rates_on(contract.supplied), let_off)
    steps = (*_cut(contract.end_of_term, term), *fee.steps)
    return Priced(fee.model_copy(update={"steps": steps}), term, facts)


def _nothing(contract: ContractOnDay, term: Term) -> EarlyEnd:
    zh = f"合约至 {contract.end_of_term}，长于法定最长期限：期限无效，不收费"
    en = f"the contract runs to {contract.end_of_term}, longer than the law allows: the term is void, no fee"
    return EarlyEnd(amount_minor=0, net_minor=0, tax_minor=0, reason="term_void", steps=(Text(zh=zh, en=en),))


def _let_off(ground: ExitGround, rule: FeeRule, facts: ContractOnDay) -> LetOff:
    def by(asked: Asked | None) -> Callable[[Outcome], Outcome]:
        return lambda fee: still_asked(fee, ground.name, asked, facts)

    named = {part.part: place_of(rule, part) for part in rule.of if part.part}
    parts = {part: by(ground.by_rule[place]) for part, place in named.items() if place in ground.by_rule}
    return LetOff(by(ground.asked_of(rule.rule)), parts)


def place_of(rule: FeeRule, part: FeeTerms) -> str:
    """How a ground names a part of a fee."""
    return f"{rule.rule}/{part.part}"


def ground_named(name: str, pack: Pack, place: str = "exit_ground") -> ExitGround:
    """Raises `RuleError` where the pack has no such ground: nobody guesses what it would let off."""
    if name not in pack.exit_grounds:
        known = ", ".join(pack.exit_grounds) or "none"
        raise RuleError(f"{place}: the pack has no exit ground {name!r}; its grounds are: {known}")
    return pack.exit_grounds[name]


def _cut(agreed: date, term: Term) -> tuple[Text, ...]:
    if term.cut_by is None:
        return ()
    zh = f"合约至 {agreed}，长于法定最长期限：按至 {term.end} 计"
    en = f"the contract runs to {agreed}, longer than the law allows: it is counted to {term.end}"
    return (Text(zh=zh, en=en),)


def parts_of(pack: Pack) -> dict[str, Text]:
    """Every part of a fee that a ground can name, and how it reads."""
    found = ((rule, part, part.name) for rule in pack.fees for part in rule.of)
    return {
        place_of(rule, part): Text(zh=f"{rule.name.zh}（{name.zh}）", en=f"{rule.name.en} ({name.en})")
        for rule, part, name in found
        if part.part and name
    }
