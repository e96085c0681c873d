"""The quote: every fee, every effect, both end dates, before anybody says yes (R19-R26, R40, R41)."""

from datetime import datetime, timedelta

from contracts.carrier.subscriptions import Item, Subscription
from contracts.fee_lines import FeeLine
from contracts.final_account import FinalAccount
from contracts.offer import Impact, Quote
from contracts.words import Dates, Kind, Money
from policies.conditions import targets
from policies.kept_numbers import reopening_terms
from policies.lawful import binds
from policies.pack import Pack
from policies.rules.instants import end_of_month, first_day_not_served, last_day
from policies.spans import Length
from services.billing.account import expected
from services.billing.cooling_off import month_withdrawn, used_so_far, withdrawn_from, withdrawn_if_sooner
from services.billing.fees import early_termination_fee
from services.billing.free_exit import notice_of
from services.billing.impacts import impacts_of
from services.billing.relations import new_package_needed, relations
from services.billing.shared_contracts import not_yet, under_contracts
from services.billing.tax_of_documents import by_document


def quote(
    kind: Kind,
    items: tuple[str, ...],
    known: Subscription,
    requested_end: datetime,
    version: int,
    now: datetime,
    pack: Pack,
) -> Quote:
    """What ending these items on the earliest allowed day costs and changes, valid from `now`.

    Raises `ValueError` where that cannot be told: a contract or an account makes no sense, or nothing would end.
    """
    ending = targets(kind, items, known)
    if not ending and kind is not Kind.PORT_OUT:
        raise ValueError("nothing that is switched on would end")
    _refuse_twice(ending)
    asked, end = last_day(requested_end, pack.zone), first_day_not_served(requested_end, pack.zone)
    withdrawn = withdrawn_from(ending, known, asked, pack)
    names = tuple(item.item for item in withdrawn)
    service_end = max(requested_end, pack.due(now, _notice_period(kind, ending, withdrawn, now, pack)))
    charge_end = service_end if month_withdrawn(names, ending) else _charge_end(kind, service_end, pack)
    bound = tuple(item for item in ending if item not in withdrawn)
    fees = withdrawn_if_sooner(fee_lines(bound, known, service_end, pack, now), bound, known, now, pack)
    lines = (*(used_so_far(item, asked, pack, end) for item in withdrawn), *fees)
    impacts = impacts_of(kind, ending, known, service_end, pack)
    account = None if kind is Kind.PRODUCT else expected(known, charge_end, names, pack)
    return Quote(
        version=version,
        lines=lines,
        total=total_of(lines, pack.money(0)),
        impacts=impacts,
        clauses=_clauses(lines, impacts, account),
        service_end=service_end,
        charge_end=charge_end,
        valid_until=pack.due(now, pack.clocks.quote_validity),
        policy=pack.id,
        account=account,
        relations=relations(ending, known),
        new_package_needed=new_package_needed(kind, ending, known),
        cooling_off=names,
        reopening=reopening_terms(pack) if kind is Kind.LINE else None,
    )


def _refuse_twice(ending: tuple[Item, ...]) -> None:
    """Nobody guesses which of them it is, and nobody is charged for both."""
    names = [item.item for item in ending]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"items/{twice}: is there twice; each item that is switched on has a name of its own")


def _clauses(lines: tuple[FeeLine, ...], impacts: tuple[Impact, ...], account: FinalAccount | None) -> tuple[str, ...]:
    """Each once, in the order in which they are first named."""
    named = [clause for line in (*lines, *(account.lines if account else ())) for clause in line.clauses]
    named += [clause for impact in impacts for clause in impact.clauses]
    named += [clause for fate in (account.balances if account else ()) for clause in fate.clauses]
    return tuple(dict.fromkeys(named))


def dates(
    quote: Quote, requested: datetime, pack: Pack, settled_at: datetime | None = None, asked: datetime | None = None
) -> Dates:
    """We promise from the end of the service on, or from the settlement: a customer's own delay is not ours."""
    begins = max(quote.service_end, settled_at or quote.service_end)
    return Dates(
        requested=requested,
        asked=asked,
        promised=pack.due(begins, pack.clocks.termination_promise),
        service_end=quote.service_end,
        charge_end=quote.charge_end,
    )


def unknown_fee_rules(ending: tuple[Item, ...], pack: Pack) -> list[str]:
    known = {rule.rule for rule in pack.fees}
    return sorted({item.contract.fee_rule for item in ending if item.contract and item.contract.fee_rule not in known})


def fee_lines(
    ending: tuple[Item, ...], known: Subscription, service_end: datetime, pack: Pack, asked: datetime
) -> tuple[FeeLine, ...]:
    """`asked`: when the customer wants to leave, which is what a free exit after worse terms counts from."""
    today = asked.astimezone(pack.zone).date()
    end, last = first_day_not_served(service_end, pack.zone), last_day(service_end, pack.zone)
    found = [
        (early_termination_fee(each.item, end, pack, today, last), each.stay)
        for each in under_contracts(ending, known, end, pack)
    ]
    lines = [not_yet(line, stay) if stay and line.amount.minor else line for line, stay in found if line is not None]
    return by_document(lines, last, pack)


def _notice_period(
    kind: Kind, ending: tuple[Item, ...], withdrawn: tuple[Item, ...], now: datetime, pack: Pack
) -> Length:
    """A withdrawal needs no notice, and what has no contract of its own goes along with it."""
    today = now.astimezone(pack.zone).date()
    period = pack.clocks.notice_period[kind]
    running = tuple(
        item for item in ending if item.contract and item.contract.start <= today and binds(item.contract, pack, today)
    )
    if withdrawn and all(item in withdrawn for item in running):
        return timedelta(0)
    if not running:
        return period.outside_contract
    return notice_of(running, period.inside_contract, now, pack)


def _charge_end(kind: Kind, service_end: datetime, pack: Pack) -> datetime:
    if pack.charge_end[kind] == "at-service-end":
        return service_end
    return end_of_month(service_end, pack.zone)


def total_of(lines: tuple[FeeLine, ...], nothing: Money) -> Money:
    """`nothing`: a zero of their currency, for where there are no lines."""
    return sum((line.amount for line in lines), nothing)
