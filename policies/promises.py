"""Every promise of a pack with a time in it."""

from datetime import timedelta

from contracts.messages.commands import ComplaintLevel
from contracts.words import Kind, Value
from policies.spans import Span


class NoticePeriod(Value):
    """How long before the end the customer must ask (R18): inside a commitment, and outside one."""

    inside_contract: Span
    outside_contract: Span


class Clocks(Value):
    """Every promise with a time in it (N4)."""

    review_decision: Span
    information_answer: Span
    quote_validity: Span
    payment_retry: Span
    notice_period: dict[Kind, NoticePeriod]
    termination_promise: Span  # after the service's end, until every item must be off
    complaint_answer: dict[ComplaintLevel, Span]
    dispute_answer: Span
    dispute_window: Span
    number_quarantine: Span
    records_kept: Span = timedelta(days=183)  # after a request's end, before what is kept of it may be erased
    awaited_request: Span = timedelta(minutes=15)  # how long what came before its request is kept
