"""What an early end costs: the pack's fee rule applied to the customer's contract, each step of it in words."""

from datetime import date

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item, PriceChange
from contracts.fee_lines import FeeLine
from contracts.words import Money
from policies.early_end import Priced, priced
from policies.lawful import bound_until
from policies.money_terms import FeeRule, UnknownFeeRule
from policies.pack import Pack
from policies.rules.contract_facts import ContractOnDay
from policies.rules.core import Given, RuleError
from policies.rules.prices import two_prices
from policies.rules.reasons_for_zero import FeeDue, FeeDueOutcome, fee_due
from policies.rules.registry import read_facts
from policies.rules.still_asked import FREE_EXIT
from services.billing.free_exit import days_after_worse_terms, holding_on
from services.billing.strange_sums import refuse_another_currency


def early_termination_fee(
    item: Item, end: date, pack: Pack, asked: date | None = None, last: date | None = None
) -> FeeLine | None:
    """The fee line of one item that ends on `end`, asked for on `asked`; None where nothing can be owed.

    `end` is the first day that is not served to its end, `last` the last one served: midnight lies between them.

    Where something else than the rule makes it nothing, the line says so: no explicit lock-in, whatever the contract's
    term says (CN-19, FV-51), or worse terms announced not long ago (FV-52). Raises `UnknownFeeRule` where the pack has
    no such rule, `RuleError` where the contract's facts make no sense.
    """
    contract = item.contract
    if contract is None or end >= bound_until(contract, pack, end):
        return None  # whatever else its facts are
    if not contract.lock_in and not _makes_sense(item, end, last or end, pack):
        return None  # nobody is bound by it, so nobody has to wait until it is mended
    rule = pack.fee_rule(contract.fee_rule)
    cost = priced(rule, _facts(item, contract, end, last or end, pack), pack)
    fee = cost.fee
    if fee.amount_minor == 0 and contract.lock_in and not fee.reason:
        return None
    due = fee_due(_grounds(contract, fee.amount_minor, asked or end, pack, fee.reason == FREE_EXIT))
    line = _line(item, contract, rule, cost, pack)
    if due.reason:
        return _not_charged(line, due, pack)
    return line.model_copy(update={"status": "not-charged", "reason": fee.reason}) if fee.reason else line


def _line(item: Item, contract: Contract, rule: FeeRule, cost: Priced, pack: Pack) -> FeeLine:
    fee, term, facts = cost
    cut_by = (term.cut_by,) if term.cut_by else ()
    ground = (pack.exit_grounds[facts.exit_ground].clause,) if facts.exit_ground else ()
    return FeeLine(
        line=f"early-termination/{item.item}",
        rule=rule.rule,
        item=item.item,
        name=rule.name,
        amount=Money(minor=fee.amount_minor, currency=pack.currency),
        steps=fee.steps,
        clauses=tuple(dict.fromkeys((rule.clause, contract.clause, *cut_by, *ground))),
        inputs=inputs_of(facts),
        net=Money(minor=fee.net_minor, currency=pack.currency),
        tax=Money(minor=fee.tax_minor, currency=pack.currency),
        tax_code=rule.tax or "",
    )


def _makes_sense(item: Item, end: date, last: date, pack: Pack) -> bool:
    assert item.contract is not None
    try:
        priced(pack.fee_rule(item.contract.fee_rule), _facts(item, item.contract, end, last, pack), pack)
    except (RuleError, UnknownFeeRule):
        return False
    return True


def _grounds(contract: Contract, fee: int, asked: date, pack: Pack, found: bool) -> FeeDue:
    """The quote is the disclosure, so that reason for nothing comes up only later."""
    changed = contract.terms_changed_on
    ago = (asked - changed).days if pack.free_exit and changed and changed <= asked else None
    more = {"free_exit_days": days_after_worse_terms(changed, pack)} if pack.free_exit and changed else {}
    return read_facts(
        FeeDue,
        {
            "fee_minor": fee,
            "lock_in_in_words": contract.lock_in,
            "terms_changed_days_ago": ago,
            "free_exit_found": found,
            "currency": pack.currency,
            **more,
        },
    )


def _not_charged(line: FeeLine, due: FeeDueOutcome, pack: Pack) -> FeeLine:
    nothing = line.amount.model_copy(update={"minor": 0})
    exit_clause = (pack.free_exit.clause,) if pack.free_exit and "contract_change" in due.reasons else ()
    return line.model_copy(
        update={
            "amount": nothing,
            "net": nothing,
            "tax": nothing,
            "status": "not-charged",
            "reason": due.reason,
            "steps": (*line.steps, *due.steps),
            "clauses": tuple(dict.fromkeys((*line.clauses, *exit_clause))),
        }
    )


def inputs_of(facts: Given) -> dict[str, str]:
    """What a rule was given, for whoever wants to work it out again."""
    known = facts.model_dump(mode="json", exclude={"rounding", "currency"}, exclude_none=True)
    return {name: str(value) for name, value in known.items()}


def _facts(item: Item, contract: Contract, end: date, last: date, pack: Pack) -> ContractOnDay:
    _in_the_packs_currency(contract, (("full_fee", contract.full_fee), *_prices(item)), pack)
    known = {
        "fee_minor": contract.full_fee.minor,
        "monthly_minor": item.monthly_fee.minor,
        "price_changes": [_change(each) for each in item.price_changes],
        "start": contract.start,
        "end_of_term": contract.end,
        "leaves_on": last if pack.fee_rule(contract.fee_rule).counts_leaving_day else end,
        "concluded": contract.concluded,
        "supplied_on": last,
        "exit_ground": holding_on(contract.free_exit, end) if contract.free_exit else None,
        "currency": pack.currency,
        "rounding": pack.rounding,
    }
    try:
        return read_facts(ContractOnDay, known)
    except RuleError as error:
        lines = str(error).splitlines()
        raise RuleError("\n".join(f"contracts/{contract.contract}/{line}" for line in lines)) from None


def refuse_strange_prices(item: Item, pack: Pack) -> None:
    """Before they are added up, where no rule sees each of them. Raises `RuleError`."""
    contract = item.contract
    assert contract is not None
    _in_the_packs_currency(contract, _prices(item), pack)
    for what, amount in _prices(item):
        if amount.minor < 0:
            told = f"{amount.minor} is below zero; what is let off is no fee of a month"
            raise RuleError(f"contracts/{contract.contract}/{what}: {told}")
    if fault := two_prices((each.from_day, each.monthly_fee.minor) for each in item.price_changes):
        raise RuleError(f"contracts/{contract.contract}/price_changes: at {item.item} {fault}")


def _prices(item: Item) -> tuple[tuple[str, Money], ...]:
    changes = (("price_changes", each.monthly_fee) for each in item.price_changes)
    return (("monthly_fee", item.monthly_fee), *changes)


def _in_the_packs_currency(contract: Contract, amounts: tuple[tuple[str, Money], ...], pack: Pack) -> None:
    for what, amount in amounts:
        refuse_another_currency(f"contracts/{contract.contract}/{what}", amount, pack)


def _change(change: PriceChange) -> dict[str, object]:
    return {"from_day": change.from_day, "monthly_minor": change.monthly_fee.minor}
