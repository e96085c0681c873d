"""I6 and I7: every minor unit is where it should be, and only what was quoted is taken."""

from collections import defaultdict
from collections.abc import Iterator

from contracts.messages import Message
from contracts.messages.billing import (
    DisputeResolved,
    FeeRefunded,
    FeeSettled,
    FeeWaived,
    FinalBillIssued,
    QuoteIssued,
    ReopeningPaid,
)
from contracts.words import End
from tests.proof.accounts import undisclosed, unexplained
from tests.proof.history import Effect, History, Violation
from tests.proof.reading import MONEY, ends_of, is_waiting, of

COSTS_NOTHING = {End.RETURNED, End.REJECTED, End.EXPIRED, End.FAILED, End.WITHDRAWN}
Flows = dict[tuple[str, str], int]  # (charge | refund | waive, purpose) -> minor units


def money_is_conserved(history: History) -> list[Violation]:
    """I6: each account and all of them balance; the events say what the ledger says; nothing is owed for no end."""
    return [*_accounts(history), *_told_as_done(history), *_free_ends(history), *unexplained(history)]


def _accounts(history: History) -> list[Violation]:
    moved: dict[str, int] = defaultdict(int)
    for effect in history.effects:
        moved[effect.subscription] += effect.effect_minor
    customers = [each for each in history.accounts if not each.account.startswith("carrier:")]
    off = [(each.account, each.closing_minor - each.opening_minor - moved[each.account]) for each in customers]
    found = [Violation("I6", "", f"the account {name} is off by {minor} minor units") for name, minor in off if minor]
    created = sum(each.closing_minor - each.opening_minor for each in history.accounts)
    return [*found, Violation("I6", "", f"{created} minor units came from nowhere")] if created else found


def _told_as_done(history: History) -> list[Violation]:
    """What the customer was told of money is what the carrier moved; still open where something is under way."""
    found = []
    for request_id, events in history.by_request.items():
        if is_waiting(history, request_id):
            continue
        told, done = _sum(each for event in events for each in _claims(event.message)), _done(history, request_id)
        if ends_of(history, request_id) and not of(history, request_id, FeeSettled):
            told[("charge", "settlement")] = done[("charge", "settlement")]  # taken, withdrawn, refunded: see below
        for kind, purpose in sorted(told.keys() | done.keys()):
            said, moved = told[kind, purpose], done[kind, purpose]
            if said != moved:
                sentence = f"{kind} for {purpose}: {said} was told, {moved} was moved"
                found.append(Violation("I6", request_id, sentence))
    return found


def _claims(message: Message) -> Iterator[tuple[str, str, int]]:
    match message:
        case FeeSettled():
            yield "charge", "settlement", message.paid.minor
        case FeeRefunded():
            yield "refund", message.cause, message.amount.minor
        case FeeWaived():
            yield "waive", message.cause, message.amount.minor
        case DisputeResolved():
            purpose = "dispute" if message.about == "quote" else "account-dispute"
            yield "charge", purpose, message.charged.minor
            yield "refund", purpose, message.refunded.minor
        case ReopeningPaid():
            yield "charge", "reopening", message.paid.minor
        case FinalBillIssued():
            yield "charge" if message.net.minor > 0 else "refund", "final-bill", abs(message.net.minor)


def _sum(parts: Iterator[tuple[str, str, int]]) -> Flows:
    sums: Flows = defaultdict(int)
    for kind, purpose, minor in parts:
        sums[kind, purpose] += minor
    return sums


def _done(history: History, request_id: str) -> Flows:
    effects: list[Effect] = history.effects_of.get(request_id, [])
    return _sum((each.kind, each.what, each.amount_minor) for each in effects if each.kind in MONEY)


def _free_ends(history: History) -> list[Violation]:
    """Who was not carried out has paid nothing in the end; what made a wrong charge good may stay with them."""
    found = []
    for request_id in history.by_request:
        names = {event.message.ends for event in ends_of(history, request_id)}
        extra = [each.compensation for each in of(history, request_id, DisputeResolved) if each.compensation]
        back = [each.elsewhere.amount for each in of(history, request_id, FeeRefunded) if each.elsewhere]
        net = sum(each.effect_minor for each in history.effects_of.get(request_id, ())) + sum(m.minor for m in extra)
        net -= sum(m.minor for m in back)
        if names and names <= COSTS_NOTHING and net and not is_waiting(history, request_id):
            found.append(Violation("I6", request_id, f"ended {min(map(str, names))} and paid {net} minor units"))
    return found


def quoted_is_settled(history: History) -> list[Violation]:
    """I7: paid, held and noted as elsewhere are the total of the confirmed quote; nothing undisclosed was charged.

    Having a closed line back costs what its quote had told, or nothing.
    """
    found = undisclosed(history)
    for request_id in history.by_request:
        quotes = {each.quote.version: each.quote.total.minor for each in of(history, request_id, QuoteIssued)}
        for settled in of(history, request_id, FeeSettled):
            total, taken = quotes.get(settled.quote_version), settled.paid.minor + settled.held.minor
            taken += settled.elsewhere.amount.minor if settled.elsewhere else 0
            if total != taken:
                found.append(Violation("I7", request_id, f"{total} was quoted, {taken} was settled"))
        shown = [each.quote.reopening.fee for each in of(history, request_id, QuoteIssued) if each.quote.reopening]
        taken_for_it = [each.paid for each in of(history, request_id, ReopeningPaid) if each.paid.minor]
        hidden = [paid.minor for paid in taken_for_it if paid not in shown]
        found += [Violation("I7", request_id, f"{paid} was paid for a reopening, undisclosed") for paid in hidden]
        charged = _done(history, request_id)[("charge", "settlement")]
        if charged > max(quotes.values(), default=0):
            found.append(Violation("I7", request_id, f"{charged} was charged, more than any quote"))
    return found
