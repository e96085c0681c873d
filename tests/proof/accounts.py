"""What I6 and I7 ask of a final account: every minor unit explained, nothing charged that was not told."""

from collections.abc import Iterator

from contracts.fee_lines import FeeLine
from contracts.final_account import FinalAccount
from contracts.messages.billing import FinalBillIssued, QuoteIssued
from contracts.offer import Quote
from tests.proof.history import History, Violation
from tests.proof.reading import is_waiting, of

ALWAYS_TOLD = {"usage", "early-termination"}  # usage by every quote; the fee is a line of the quote itself


def unexplained(history: History) -> list[Violation]:
    """Of I6: each balance and each charge has its place in the sum that moved, and others get their money back."""
    found = []
    for request_id, bill, account in _accounts(history):
        faults = [*_balances(account), *_sum(account, bill), *_all_there(account, bill)]
        faults += _not_returned(history, request_id, account)
        found += [Violation("I6", request_id, fault) for fault in faults]
    return found


def undisclosed(history: History) -> list[Violation]:
    """Of I7: what the final account charges was named in the quote, or told to be open."""
    found = []
    for request_id, _, account in _accounts(history):
        quotes = of(history, request_id, QuoteIssued)
        for line in account.lines if quotes else ():
            if line.status == "due" and line.amount.minor and not _told(line, quotes[-1].quote):
                fault = f"{line.line} of {line.amount.minor} was charged and never disclosed"
                found.append(Violation("I7", request_id, fault))
    return found


def _accounts(history: History) -> Iterator[tuple[str, FinalBillIssued, FinalAccount]]:
    for request_id in history.by_request:
        for bill in of(history, request_id, FinalBillIssued):
            if bill.account is not None:
                yield request_id, bill, bill.account


def _balances(account: FinalAccount) -> Iterator[str]:
    for fate in account.balances:
        parts = [part.minor for part in (fate.used, fate.paid_out, fate.returned, fate.lost)]
        if sum(parts) != fate.amount.minor or min(parts) < 0:
            yield f"{fate.origin} money of {fate.amount.minor} became {parts}"


def _sum(account: FinalAccount, bill: FinalBillIssued) -> Iterator[str]:
    due = sum(line.amount.minor for line in account.lines if line.status == "due")
    used, out = (sum(getattr(fate, part).minor for fate in account.balances) for part in ("used", "paid_out"))
    if due - used - out != bill.net.minor or (used < due and out):
        yield f"{due} is due, {used} is set off, {out} is paid out, and {bill.net.minor} was moved"


def _all_there(account: FinalAccount, bill: FinalBillIssued) -> Iterator[str]:
    if bill.bill is None or not bill.bill.balances:
        return
    there, told = (sum(each.amount.minor for each in rows) for rows in (bill.bill.balances, account.balances))
    if there != told:
        yield f"the carrier has {there} on the account, the final account tells of {told}"


def _not_returned(history: History, request_id: str, account: FinalAccount) -> Iterator[str]:
    back = sum(fate.returned.minor for fate in account.balances)
    effects = history.effects_of.get(request_id, ())
    done = sum(each.amount_minor for each in effects if (each.kind, each.what) == ("refund", "third-party"))
    if back != done and not is_waiting(history, request_id):
        yield f"{back} is said to go back to third parties, {done} was moved"


def _told(line: FeeLine, quote: Quote) -> bool:
    if line.kind in ALWAYS_TOLD:
        return True
    if quote.account is None:
        return False
    named = sum(each.amount.minor for each in quote.account.lines if each.line == line.line)
    return line.kind in quote.account.open_kinds or line.amount.minor <= named
